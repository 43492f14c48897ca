import { Button, Skeleton } from '@mantine/core'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import type { z } from 'zod'
import { OpeningList, ToldList, type OpeningView } from '#program/openings/contract.ts'
import { get } from '../api/client.ts'
import { DataTable, type Column } from '../ui/data-table.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { TIER_NAME } from './releases.ts'

type Opening = z.output<typeof OpeningView>
type Told = z.output<typeof ToldList>['items'][number]

const openingsQuery = queryOptions({
  queryKey: ['openings'],
  queryFn: async ({ signal }) => (await get(OpeningList, '/api/openings', {}, signal)).items,
  refetchInterval: 60_000,
})

const what = ({ tier }: Opening) => (tier === 'release' ? 'Release' : `${TIER_NAME[tier]} window`)

/** Windows that have opened, as they were recorded, and who was told. */
export function OpeningsPanel(): ReactElement {
  const openings = useQuery(openingsQuery)
  const [shown, setShown] = useState<Opening>()
  return (
    <Panel title="Opened windows" lead="Written down once for the log and for notices. What a member reads is computed each time, not taken from here." flush>
      {openings.isPending && <Skeleton height={90} radius={0} />}
      <ProblemAlert error={openings.error} onRetry={() => void openings.refetch()} />
      {openings.data && (
        <DataTable
          label="Opened windows"
          columns={COLUMNS}
          rows={openings.data}
          rowKey={({ release, tier }) => `${release}/${tier}`}
          rowActions={toldButton(setShown)}
          empty={<EmptyState icon="clock" title="Nothing has opened yet" />}
        />
      )}
      {shown && <ToldDialog opening={shown} onClose={() => setShown(undefined)} />}
    </Panel>
  )
}

const toldButton = (show: (opening: Opening) => void) => (opening: Opening) => (
  <Button variant="subtle" size="compact-sm" onClick={() => show(opening)} aria-label={`Who was told: ${what(opening)} of ${opening.openedAt}`}>
    Who was told
  </Button>
)

const COLUMNS: readonly Column<Opening>[] = [
  { key: 'what', header: 'What', text: what, cell: (opening) => <strong className="nowrap">{what(opening)}</strong> },
  { key: 'opened', header: 'Opened', text: ({ openedAt }) => openedAt, cell: ({ openedAt }) => <Instant value={openedAt} /> },
  { key: 'recorded', header: 'Recorded', text: ({ recordedAt }) => recordedAt, cell: ({ recordedAt }) => <Instant value={recordedAt} /> },
  { key: 'packages', header: 'Packages', text: ({ packages }) => String(packages) },
  { key: 'told', header: 'People told', text: ({ told }) => String(told) },
]

function ToldDialog({ opening, onClose }: { opening: Opening; onClose: () => void }): ReactElement {
  const told = useQuery({
    queryKey: ['openings', opening.release, opening.tier],
    queryFn: async ({ signal }) => (await get(ToldList, `/api/openings/${opening.release}/${opening.tier}/told`, {}, signal)).items,
  })
  return (
    <Dialog opened onClose={onClose} title={`Who was told: ${what(opening)}`} size="lg">
      {told.isPending && <Skeleton height={120} />}
      <ProblemAlert error={told.error} onRetry={() => void told.refetch()} />
      {told.data && (
        <DataTable
          label="People told"
          columns={TOLD_COLUMNS}
          rows={told.data}
          rowKey={({ person }) => person.id}
          empty={<EmptyState icon="people" title="Nobody had anything to read by it" />}
        />
      )}
    </Dialog>
  )
}

const TOLD_COLUMNS: readonly Column<Told>[] = [
  { key: 'organisation', header: 'Member', text: ({ organisation }) => organisation?.name ?? '' },
  { key: 'person', header: 'Person', text: ({ person }) => person.name },
  { key: 'told', header: 'Told', text: ({ toldAt }) => toldAt, cell: ({ toldAt }) => <Instant value={toldAt} /> },
]
