import { Button, Group, Skeleton, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { SimpleTable } from '../ui/simple-table.tsx'
import { StateMark, type Tone } from '../ui/state-mark.tsx'
import { DetonationPanel } from './detonation-panel.tsx'
import { detonationsQuery, joinedQuery, type JoinedView, type RunView } from './detonations.ts'
import type { ScanResultView, SubmissionView } from './submissions.ts'

/** Where it was opened, how each run ended, and what it showed; while it runs, how far it is. */
export function EnvironmentsPanel({ submission, report }: { submission: SubmissionView; report: ScanResultView | undefined }): ReactElement | null {
  const open = submission.state === 'detonating'
  const runs = useQuery(detonationsQuery(submission.id, open))
  const joined = useQuery({
    ...joinedQuery(submission.id),
    enabled: submission.state === 'done' && report?.behaviour.state !== 'static-only' && report?.behaviour.state !== 'held',
  })
  const [shown, setShown] = useState<string>()
  const items = runs.data?.items ?? []
  const why = report?.behaviour.why
  return (
    <>
      <Panel title="Opened in environments" lead={open ? 'It is being opened; this goes on by itself.' : undefined}>
        {runs.isPending && <Skeleton height={80} />}
        <ProblemAlert error={runs.error} onRetry={() => void runs.refetch()} />
        {why && <Text data-testid="behaviour">{why}</Text>}
        {joined.data && <Tried joined={joined.data} />}
        {items.length > 0 && (
          <SimpleTable label="Environments" headers={['Environment', 'Opened', 'State', 'Dwell', 'Seen', '']}>
            {items.map((run) => (
              <Table.Tr key={run.id}>
                <Table.Td className="break">
                  {run.environment.name}
                  <Text size="xs" c="dimmed">
                    {run.environment.viewer} {run.environment.version}
                  </Text>
                </Table.Td>
                <Table.Td>{optionWords(run)}</Table.Td>
                <Table.Td>
                  <StateMark tone={toneOf(run)}>{runWords(run)}</StateMark>
                  {(run.whyEnded ?? run.failure?.detail) && (
                    <Text size="xs" c="dimmed">
                      {run.whyEnded ?? run.failure?.detail}
                    </Text>
                  )}
                </Table.Td>
                <Table.Td className="nowrap">{run.dwellMs === null ? '' : `${(run.dwellMs / 1000).toFixed(1)} s`}</Table.Td>
                <Table.Td className="nowrap">{run.happenings === 0 ? '' : run.happenings.toLocaleString('en')}</Table.Td>
                <Table.Td>
                  {run.end !== null && (
                    <Button
                      size="compact-sm"
                      variant="default"
                      onClick={() => setShown(shown === run.id ? undefined : run.id)}
                      aria-expanded={shown === run.id}
                    >
                      {shown === run.id ? 'Hide' : 'Show'}
                    </Button>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </SimpleTable>
        )}
      </Panel>
      {shown !== undefined && items.some(({ id }) => id === shown) && <DetonationPanel submission={submission.id} detonation={shown} />}
    </>
  )
}

/** What each environment comes to, over all its runs. */
function Tried({ joined }: { joined: JoinedView }): ReactElement {
  return (
    <Group mb="sm">
      <ul>
        {joined.environments.map(({ environment, said }) => (
          <li key={environment.name} className="break">
            {said}
          </li>
        ))}
      </ul>
    </Group>
  )
}

function optionWords({ options, run }: RunView): string {
  const parts = [
    options.macros ? 'with macros' : '',
    options.checkHeap ? 'heap checked' : '',
    options.egress === 'none' ? '' : `network: ${options.egress}`,
    run === 2 ? 'once more' : '',
  ]
  return parts.filter(Boolean).join(', ')
}

const WAITS = { machine: 'Waits for a machine', memory: 'Waits for memory', environment: 'Waits for the environment' } as const

function runWords({ state, end, waitsFor }: RunView): string {
  if (state === 'queued') return waitsFor === null ? 'Waits for its turn' : WAITS[waitsFor]
  if (state === 'running') return waitsFor === null ? 'Is open' : WAITS[waitsFor]
  if (state === 'failed') return 'Not opened'
  return end === null ? 'Held back by the operator' : `Ended: ${end}`
}

function toneOf({ state, end }: RunView): Tone {
  if (state === 'queued' || state === 'running') return 'waiting'
  if (state === 'failed') return 'off'
  return end === 'rendered' || end === 'idle' ? 'on' : end === null ? 'plain' : 'bad'
}
