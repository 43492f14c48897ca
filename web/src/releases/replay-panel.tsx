import { Button, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import type { z } from 'zod'
import { ReplayView } from '#program/releases/cycles/contract.ts'
import { post } from '../api/client.ts'
import { DataTable, type Column } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Fact, Facts } from '../ui/facts.tsx'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { StateMark } from '../ui/state-mark.tsx'

type Difference = z.output<typeof ReplayView>['differences'][number]

/** Decides the cycle again under the rules of its time, and says what does not agree. */
export function ReplayPanel({ release }: { release: string }): ReactElement {
  const replay = useMutation({ mutationFn: () => post(ReplayView, `/api/releases/${encodeURIComponent(release)}/replay`) })
  const { data } = replay
  return (
    <Panel
      title="Replay"
      lead="Decides every delivery again: from what its leaf recorded, under the rule of its time, and from the stored history as well. Nothing is written."
      actions={
        <Button variant="default" loading={replay.isPending} onClick={() => replay.mutate()}>
          Replay
        </Button>
      }
    >
      <ProblemAlert error={replay.error} />
      {!data && !replay.isError && (
        <Text size="sm" c="dimmed">
          Not replayed yet.
        </Text>
      )}
      {data && (
        <>
          <Facts>
            <Fact name="Result">
              <StateMark tone={data.differences.length === 0 ? 'on' : 'bad'}>
                {data.differences.length === 0 ? 'No differences' : `${data.differences.length} differences`}
              </StateMark>
            </Fact>
            <Fact name="Until">
              <Instant value={data.at} />
            </Fact>
            <Fact name="Versions">{data.versions}</Fact>
            <Fact name="Contacts">{data.contacts}</Fact>
            <Fact name="Receipts">{data.receipts}</Fact>
            <Fact name="Decisions">
              {Object.entries(data.decisions)
                .map(([rule, count]) => `${count} under ${rule}`)
                .join(', ') || 'none'}
            </Fact>
          </Facts>
          {data.differences.length > 0 && (
            <DataTable label="Differences" columns={COLUMNS} rows={data.differences} rowKey={keyOf} empty={<EmptyState icon="check" title="None" />} />
          )}
        </>
      )}
    </Panel>
  )
}

const COLUMNS: readonly Column<Difference>[] = [
  { key: 'kind', header: 'What', text: ({ kind }) => kind },
  { key: 'at', header: 'At', text: ({ at }) => at, cell: ({ at }) => <Instant value={at} /> },
  { key: 'package', header: 'Package', text: (one) => `${one.package}, version ${one.version}` },
  { key: 'person', header: 'Person', text: ({ person }) => person?.name ?? '' },
  { key: 'recorded', header: 'On record', text: ({ recorded }) => recorded },
  { key: 'found', header: 'Found', text: ({ found }) => found },
]

function keyOf({ kind, at, leaf, recorded, person }: Difference): string {
  return `${kind} ${at} ${leaf} ${person?.id} ${recorded}`
}
