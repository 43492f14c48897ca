import { Alert, Button, Group, NativeSelect, Stack, Text, Textarea } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { FormEvent, ReactElement } from 'react'
import { ReleaseView } from '#program/releases/contract.ts'
import { create } from '../api/client.ts'
import { fieldMessage } from '../api/problem.ts'
import { packagesQuery } from '../packages/packages.ts'
import { useNowMs } from '../packages/package-state.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { useDraft } from '../ui/draft.ts'
import { Icon } from '../ui/icon.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { CivilField } from './civil-field.tsx'
import { instantOf, NO_TIME, type CivilInput } from './civil-instant.ts'
import { ChoosePackages, stillSaid, type NamedContent } from './release-packages.tsx'
import { releasesQuery, TIER_NAME, WINDOW_TIERS, type WindowTier } from './releases.ts'

export const RELEASE_DRAFT = 'propose-release'
type Draft = Readonly<Record<WindowTier | 'release', CivilInput>> & {
  readonly zone: string
  readonly reason: string
  readonly packages: readonly NamedContent[]
}
const EMPTY: Draft = { zone: 'America/Los_Angeles', reason: '', packages: [], validate: NO_TIME, advance: NO_TIME, entry: NO_TIME, release: NO_TIME }
const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')]

interface Instants {
  readonly instant: string
  readonly windows: Readonly<Record<WindowTier, string>>
}

/** Proposes a release outside the programme's rule; another publisher confirms it. */
export function ProposeReleaseDialog({ opened, onClose }: { opened: boolean; onClose: () => void }): ReactElement {
  const queries = useQueryClient()
  const { values, set, clear } = useDraft<Draft>(RELEASE_DRAFT, EMPTY)
  const instants = instantsOf(values)
  const packages = stillSaid(values.packages, useQuery({ ...packagesQuery, enabled: opened }).data)
  const propose = useMutation({
    mutationFn: () => create(ReleaseView, '/api/releases', { ...instants, zone: values.zone, reason: values.reason, packages }),
    onSuccess: async () => {
      clear()
      onClose()
      await queries.invalidateQueries({ queryKey: releasesQuery.queryKey })
    },
  })
  const cancel = () => {
    propose.reset()
    clear()
    onClose()
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    propose.mutate()
  }
  const field = (name: WindowTier | 'release', label: string, pointer: string) => (
    <CivilField
      label={label}
      zone={values.zone}
      value={values[name]}
      error={fieldMessage(propose.error, pointer)}
      onChange={(value) => set({ [name]: value })}
    />
  )
  return (
    <Dialog opened={opened} onClose={cancel} title="Propose an out-of-band release">
      <form onSubmit={submit}>
        <Stack>
          <Text size="sm">
            A release outside the rule. Nothing opens by it until another publisher confirms it and one of its packages is scheduled for it.
          </Text>
          <ChoosePackages chosen={packages} error={fieldMessage(propose.error, '/packages')} onChange={(chosen) => set({ packages: chosen })} />
          <NativeSelect
            label="Zone in which you enter the times"
            data={ZONES}
            value={values.zone}
            error={fieldMessage(propose.error, '/zone')}
            onChange={(event) => set({ zone: event.currentTarget.value })}
          />
          {WINDOW_TIERS.map((tier) => (
            <div key={tier}>{field(tier, `${TIER_NAME[tier]} window opens`, `/windows/${tier}`)}</div>
          ))}
          {field('release', 'Release', '/instant')}
          <Text size="sm" c="dimmed">
            Windows open in this order, and none after the release. A window that opens with the release has no length: its tier reads with everybody else.
          </Text>
          {instants && <OpensAtOnce instants={instants} />}
          <Textarea
            label="Reason"
            description="Why it cannot wait for the next release of the rule. Leave details of the vulnerability out of it."
            required
            maxLength={2000}
            rows={3}
            resize="vertical"
            value={values.reason}
            error={fieldMessage(propose.error, '/reason')}
            onChange={(event) => set({ reason: event.currentTarget.value })}
          />
          <ProblemAlert error={propose.error} shownFields={['/packages', '/zone', '/instant', '/reason', ...WINDOW_TIERS.map((tier) => `/windows/${tier}`)]} />
          <Group justify="flex-end">
            <Button variant="default" onClick={cancel} disabled={propose.isPending}>
              Cancel
            </Button>
            <Button type="submit" loading={propose.isPending} disabled={!instants || packages.length === 0}>
              Propose
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}

/** Undefined while one of the times means no instant. */
function instantsOf({ zone, validate, advance, entry, release }: Draft): Instants | undefined {
  const [first, second, third, instant] = [validate, advance, entry, release].map((input) => instantOf(input, zone))
  if (first === undefined || second === undefined || third === undefined || instant === undefined) return undefined
  return { instant, windows: { validate: first, advance: second, entry: third } }
}

function OpensAtOnce({ instants: { windows, instant } }: { instants: Instants }): ReactElement | null {
  const nowMs = useNowMs()
  if (nowMs === undefined) return null
  if (Date.parse(instant) <= nowMs) {
    return (
      <Alert color="red" variant="light" icon={<Icon name="warning" />} title="The release lies in the past">
        Enter an instant to come.
      </Alert>
    )
  }
  const open = WINDOW_TIERS.filter((tier) => Date.parse(windows[tier]) <= nowMs)
  if (open.length === 0) return null
  return (
    <Alert color="orange" variant="light" icon={<Icon name="warning" />} title="Some windows would be open at once">
      {open.map((tier) => TIER_NAME[tier]).join(', ')}: whatever is scheduled for this release can be read there from the moment it is scheduled.
    </Alert>
  )
}
