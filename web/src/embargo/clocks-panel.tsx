import { Button, Group, NativeSelect, Skeleton, Stack, Table, Text, Textarea, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { ClockView } from '#program/reporting/contract.ts'
import { create, post } from '../api/client.ts'
import { useNowMs } from '../packages/package-state.tsx'
import { formatSpan } from '../packages/window.ts'
import { CivilField } from '../releases/civil-field.tsx'
import { instantOf, NO_TIME } from '../releases/civil-instant.ts'
import { useMay } from '../session/may.ts'
import { useSession } from '../session/session.ts'
import { useDraft } from '../ui/draft.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { SimpleTable } from '../ui/simple-table.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import { ActButton } from './act-button.tsx'
import { BASIS_NAME, choicesOf, clocksQuery, RECIPIENT_NAME, STEP_NAME, type Clock } from './embargo.ts'
import { FormDialog } from './form-dialog.tsx'

const ZONE = 'UTC'

/** Deadlines for what is exploited: absolute hours, with what is left of each. */
export function ClocksPanel(): ReactElement {
  const clocks = useQuery(clocksQuery)
  const may = useMay()
  return (
    <Panel
      title="Deadlines of the authorities"
      lead="Hours from the instant at which you became aware that it is exploited, across weekends and changes of clocks."
      actions={may('regulatory-clock.keep') && <StartClockButton />}
      flush
    >
      {clocks.isPending && <Skeleton height={90} radius={0} />}
      <ProblemAlert error={clocks.error} onRetry={() => void clocks.refetch()} />
      {clocks.data?.length === 0 && (
        <EmptyState icon="clock" title="No deadline runs">
          Exploitation of a vulnerability of yours starts one.
        </EmptyState>
      )}
      {clocks.data && clocks.data.length > 0 && (
        <SimpleTable label="Deadlines of the authorities" headers={['Vulnerability', 'Aware since', 'Early warning', 'Notification', 'Final report', '']}>
          {clocks.data.map((clock) => (
            <OneClock key={clock.id} clock={clock} />
          ))}
        </SimpleTable>
      )}
    </Panel>
  )
}

function OneClock({ clock }: { clock: Clock }): ReactElement {
  const may = useMay()
  const self = useSession().person.id
  const { correction } = clock
  return (
    <Table.Tr>
      <Table.Td>
        <Text fw={600} className="nowrap">
          {clock.cve ?? 'A vulnerability'}
        </Text>
        <Text size="xs" c="dimmed">
          {BASIS_NAME[clock.basis]}
        </Text>
      </Table.Td>
      <Table.Td>
        <Instant value={clock.awarenessAt} />
        {correction && (
          <Text size="xs" component="div">
            To be corrected to <Instant value={correction.awarenessAt} />
          </Text>
        )}
      </Table.Td>
      {clock.deadlines.map((deadline) => (
        <Table.Td key={deadline.step}>
          <Deadline {...deadline} />
        </Table.Td>
      ))}
      <Table.Td>
        {may('regulatory-clock.keep') && (
          <Group gap="xs" wrap="nowrap" justify="flex-end">
            <FileButton clock={clock} />
            {correction ? (
              correction.proposed.by.id !== self && (
                <ActButton
                  label="Confirm the correction"
                  title="Correct the awareness instant"
                  act={() => post(ClockView, `/api/regulatory-clocks/${clock.id}/correction/confirmation`)}
                >
                  The deadlines count from <Instant value={correction.awarenessAt} /> then. {correction.reason && <>“{correction.reason}”</>}
                </ActButton>
              )
            ) : (
              <CorrectButton clock={clock} />
            )}
          </Group>
        )}
      </Table.Td>
    </Table.Tr>
  )
}

function Deadline({ dueAt, filedAt }: Clock['deadlines'][number]): ReactElement {
  const nowMs = useNowMs()
  if (filedAt)
    return (
      <Stack gap={2}>
        <StateMark tone="on">Filed</StateMark>
        <Instant value={filedAt} />
      </Stack>
    )
  if (!dueAt) return <Text size="sm">Counts from a corrective measure</Text>
  const left = nowMs === undefined ? undefined : Date.parse(dueAt) - nowMs
  return (
    <Stack gap={2}>
      {left !== undefined && <StateMark tone={left > 0 ? 'waiting' : 'bad'}>{left > 0 ? `${formatSpan(left)} left` : `${formatSpan(-left)} late`}</StateMark>}
      <Instant value={dueAt} />
    </Stack>
  )
}

function StartClockButton(): ReactElement {
  const [opened, setOpened] = useState(false)
  const { values, set, clear } = useDraft('regulatory-clock', { cve: '', basis: 'own-telemetry', evidence: '', aware: NO_TIME })
  const send = () =>
    create(ClockView, '/api/regulatory-clocks', {
      cve: values.cve.trim(),
      basis: values.basis,
      evidence: values.evidence,
      awarenessAt: instantOf(values.aware, ZONE),
    })
  return (
    <>
      <Button variant="default" onClick={() => setOpened(true)}>
        Record exploitation
      </Button>
      <FormDialog opened={opened} onClose={() => setOpened(false)} title="Record exploitation" submit="Start the hours" send={send} onSent={clear}>
        <TextInput label="Vulnerability" description="One CVE id" required value={values.cve} onChange={(event) => set({ cve: event.currentTarget.value })} />
        <NativeSelect
          label="What it was seen by"
          data={choicesOf(BASIS_NAME)}
          value={values.basis}
          onChange={(event) => set({ basis: event.currentTarget.value })}
        />
        <Textarea label="Evidence" required autosize minRows={3} value={values.evidence} onChange={(event) => set({ evidence: event.currentTarget.value })} />
        <CivilField label="Aware since (UTC)" zone={ZONE} value={values.aware} error={undefined} onChange={(aware) => set({ aware })} />
        <Text size="sm">An early end of its embargo is proposed with it, and takes a second publisher.</Text>
      </FormDialog>
    </>
  )
}

function FileButton({ clock }: { clock: Clock }): ReactElement {
  const [opened, setOpened] = useState(false)
  const empty = { step: 'early-warning', recipient: 'enisa-platform', filed: NO_TIME, reference: '', said: '' }
  const { values, set, clear } = useDraft(`filing:${clock.id}`, empty)
  const send = () => {
    const { filed, ...rest } = values
    return post(ClockView, `/api/regulatory-clocks/${clock.id}/filings`, { ...rest, filedAt: instantOf(filed, ZONE) })
  }
  return (
    <>
      <Button size="compact-md" onClick={() => setOpened(true)}>
        Record a filing
      </Button>
      <FormDialog opened={opened} onClose={() => setOpened(false)} title="Record a filing" submit="Record" send={send} onSent={clear}>
        <NativeSelect label="What" data={choicesOf(STEP_NAME)} value={values.step} onChange={(event) => set({ step: event.currentTarget.value })} />
        <NativeSelect
          label="With whom"
          data={choicesOf(RECIPIENT_NAME)}
          value={values.recipient}
          onChange={(event) => set({ recipient: event.currentTarget.value })}
        />
        <CivilField label="Filed at (UTC)" zone={ZONE} value={values.filed} error={undefined} onChange={(filed) => set({ filed })} />
        <TextInput label="Their reference" required value={values.reference} onChange={(event) => set({ reference: event.currentTarget.value })} />
        <Textarea label="What it says" required autosize minRows={4} value={values.said} onChange={(event) => set({ said: event.currentTarget.value })} />
        <Text size="sm">It is a disclosure outside the membership: it stands in the log and beside the holders of the package.</Text>
      </FormDialog>
    </>
  )
}

function CorrectButton({ clock }: { clock: Clock }): ReactElement {
  const [opened, setOpened] = useState(false)
  const { values, set, clear } = useDraft(`awareness:${clock.id}`, { aware: NO_TIME, reason: '' })
  const send = () => post(ClockView, `/api/regulatory-clocks/${clock.id}/correction`, { awarenessAt: instantOf(values.aware, ZONE), reason: values.reason })
  return (
    <>
      <Button size="compact-md" variant="default" onClick={() => setOpened(true)}>
        Correct
      </Button>
      <FormDialog opened={opened} onClose={() => setOpened(false)} title="Correct the awareness instant" submit="Propose" send={send} onSent={clear}>
        <CivilField label="Aware since (UTC)" zone={ZONE} value={values.aware} error={undefined} onChange={(aware) => set({ aware })} />
        <Textarea label="Why" required autosize minRows={2} value={values.reason} onChange={(event) => set({ reason: event.currentTarget.value })} />
      </FormDialog>
    </>
  )
}
