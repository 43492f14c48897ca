import { Alert, Button, Group, MultiSelect, NativeSelect, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { BreachReceived } from '#program/embargo/breach/contract.ts'
import { ReportReceived } from '#program/embargo/contract.ts'
import { create } from '../api/client.ts'
import type { Package } from '../packages/packages.ts'
import { CivilField } from '../releases/civil-field.tsx'
import { instantOf, NO_TIME } from '../releases/civil-instant.ts'
import { useMay } from '../session/may.ts'
import { useDraft } from '../ui/draft.ts'
import { Icon } from '../ui/icon.tsx'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { CAUSE_NAME, choicesOf, packageEmbargoQuery } from './embargo.ts'
import { FormDialog } from './form-dialog.tsx'

/** Says on the page of a package that its embargo is over, or what of it is, and warns where related packages have other dates. */
export function EmbargoBanner({ version }: { version: Package }): ReactElement | null {
  const { data } = useQuery(packageEmbargoQuery(version.id))
  if (!data) return null
  const { staff, endedAt, ends } = data
  const merged = staff?.mergedInstant
  const later = merged && version.release && Date.parse(merged) < Date.parse(version.release.instant) ? merged : undefined
  const unassessed = staff?.relations.some(
    ({ isPart, assessed, instant }) => isPart && !assessed && (!instant || !version.release || Date.parse(instant) > Date.parse(version.release.instant)),
  )
  return (
    <>
      {ends.length > 0 && (
        <Alert
          color={endedAt ? 'blue' : 'yellow'}
          variant="light"
          icon={<Icon name="clock" />}
          title={endedAt ? 'The embargo has ended early' : 'Part of the embargo has ended early'}
        >
          {ends.map((end) => (
            <Text key={end.cve} size="sm" component="div">
              {end.cve}: over since <Instant value={end.endedAt} />
            </Text>
          ))}
          <Text size="sm">
            {endedAt ? 'It is open to every tier.' : 'The rest is still under embargo, so that its windows stand.'}
            {staff?.isPublishable && ' You may publish; nothing makes you.'}
          </Text>
        </Alert>
      )}
      {later && (
        <Alert color="yellow" variant="light" icon={<Icon name="warning" />} title="It was merged with a package that is released earlier">
          <Text size="sm" component="div">
            A merged case takes the earliest instant: <Instant value={later} />. Move this package to it.
          </Text>
        </Alert>
      )}
      {unassessed && (
        <Alert color="yellow" variant="light" icon={<Icon name="warning" />} title="It was split off from another package">
          <Text size="sm">Before it is released earlier than that one, write down what this means for it.</Text>
        </Alert>
      )}
    </>
  )
}

/** Where whoever knows a package says that something of it is public, or that it leaked. */
export function ReportPanel({ version }: { version: Package }): ReactElement | null {
  const may = useMay()
  const [opened, setOpened] = useState<'end' | 'breach'>()
  const [sent, setSent] = useState<string>()
  if (!may('embargo.report')) return null
  const close = () => setOpened(undefined)
  return (
    <Panel title="Is something of it public?" lead="Say so at once, also in doubt, and also if it was your own organisation. It ends nothing by itself.">
      <Stack gap="sm">
        <Group gap="xs">
          <Button variant="default" onClick={() => setOpened('end')}>
            Report that it is public or exploited
          </Button>
          {may('breach.report') && (
            <Button variant="default" onClick={() => setOpened('breach')}>
              Report a breach
            </Button>
          )}
        </Group>
        {sent && (
          <output>
            <Text size="sm" span>
              {sent}
            </Text>
          </output>
        )}
      </Stack>
      {opened === 'end' && <ReportEndDialog version={version} onClose={close} onSent={() => setSent('Your report was received. Publishers were told.')} />}
      {opened === 'breach' && <ReportBreachDialog version={version} onClose={close} onSent={() => setSent('Your report was received. Tracers were told.')} />}
    </Panel>
  )
}

interface ReportProps {
  readonly version: Package
  readonly onClose: () => void
  readonly onSent: () => void
}

function ReportEndDialog({ version, onClose, onSent }: ReportProps): ReactElement {
  const { values, set, clear } = useDraft(`embargo-report:${version.id}`, { cause: 'third-party', cves: [...version.cves], what: '', source: '' })
  const send = () => {
    const { source, ...rest } = values
    return create(ReportReceived, `/api/packages/${version.id}/embargo-reports`, { ...rest, ...(source.trim() && { source: source.trim() }) })
  }
  const done = () => {
    clear()
    onSent()
  }
  return (
    <FormDialog opened onClose={onClose} title="Report that it is public or exploited" submit="Report" send={send} onSent={done}>
      <NativeSelect label="What happened" data={choicesOf(CAUSE_NAME)} value={values.cause} onChange={(event) => set({ cause: event.currentTarget.value })} />
      {version.cves.length > 0 && (
        <MultiSelect
          label="Which vulnerabilities"
          data={version.cves}
          value={values.cves}
          onChange={(cves) => set({ cves })}
          comboboxProps={{ withinPortal: false }}
        />
      )}
      <Textarea
        label="What you saw, where and when"
        required
        autosize
        minRows={3}
        value={values.what}
        onChange={(event) => set({ what: event.currentTarget.value })}
      />
      <TextInput label="Where it can be read" type="url" value={values.source} onChange={(event) => set({ source: event.currentTarget.value })} />
    </FormDialog>
  )
}

function ReportBreachDialog({ version, onClose, onSent }: ReportProps): ReactElement {
  const empty = { about: 'own', since: NO_TIME, what: '', toWhom: '', learnt: '', prevention: '' }
  const { values, set, clear } = useDraft(`breach-report:${version.id}`, empty)
  const send = () => {
    const { since, ...rest } = values
    return create(BreachReceived, '/api/breach-reports', { ...rest, package: version.id, since: instantOf(since, 'UTC') })
  }
  const area = (name: 'what' | 'toWhom' | 'learnt' | 'prevention', label: string) => (
    <Textarea label={label} required autosize minRows={2} value={values[name]} onChange={(event) => set({ [name]: event.currentTarget.value })} />
  )
  const done = () => {
    clear()
    onSent()
  }
  return (
    <FormDialog opened onClose={onClose} title="Report a breach" submit="Report" send={send} onSent={done}>
      <NativeSelect
        label="Who leaked"
        data={[
          { value: 'own', label: 'Our own organisation' },
          { value: 'other', label: 'Somebody else' },
        ]}
        value={values.about}
        onChange={(event) => set({ about: event.currentTarget.value })}
      />
      {area('what', 'What leaked')}
      {area('toWhom', 'To whom')}
      <CivilField label="Since when (UTC)" zone="UTC" value={values.since} error={undefined} onChange={(since) => set({ since })} />
      {area('learnt', 'How you learnt of it')}
      {area('prevention', 'What keeps it from happening again')}
    </FormDialog>
  )
}
