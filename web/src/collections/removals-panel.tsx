import { Anchor, Select, Skeleton, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState, type ReactElement } from 'react'
import { DataTable, type Column } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { collectionsQuery, MOST_REMOVALS, removalsQuery, type Collection, type Removal } from './collections.ts'

const SINCE = [{ value: '', label: 'From the beginning' }, ...[7, 30, 365].map((days) => ({ value: String(days), label: `Last ${days} days` }))]

const COLUMNS: readonly Column<Removal>[] = [
  { key: 'removedAt', header: 'Taken away', text: ({ removedAt }) => removedAt, cell: ({ removedAt }) => <Instant value={removedAt} /> },
  {
    key: 'object',
    header: 'Object',
    text: ({ object }) => object,
    cell: ({ object }) => (
      <Anchor component={Link} to={`/objects/${object}`} className="break">
        {object}
      </Anchor>
    ),
  },
  { key: 'version', header: 'Version', text: ({ version }) => version },
]

/** What was taken away of what the reader was shown: what clients that keep copies have to forget. */
export function RemovalsPanel({ collection }: { collection: Collection }): ReactElement {
  const [days, setDays] = useState('')
  const removals = useQuery(removalsQuery(collection.id, days === '' ? undefined : Number(days)))
  const titles = new Map((useQuery(collectionsQuery).data ?? []).map(({ id, title }) => [id, title]))
  const ofUnion: Column<Removal> = { key: 'collection', header: 'Collection', text: (row) => titles.get(row.collection) ?? row.collection }
  const columns = collection.aggregates ? [...COLUMNS, ofUnion] : COLUMNS
  return (
    <Panel
      title="Taken away"
      lead="What was withdrawn or deleted while you could see it, and that you do not see again. Whoever keeps copies has to forget it; TAXII does not say so."
      flush
    >
      {removals.isPending && <Skeleton height={160} radius={0} />}
      <ProblemAlert error={removals.error} onRetry={() => void removals.refetch()} />
      {removals.data && (
        <>
          {removals.data.isCut && (
            <Text size="sm" p="md">
              There is more than {MOST_REMOVALS.toLocaleString('en')}: the oldest of the time chosen are shown.
            </Text>
          )}
          <DataTable
            label="Taken away"
            columns={columns}
            rows={removals.data.items}
            rowKey={({ object, version, collection: of, removedAt }) => `${object} ${version} ${of} ${removedAt}`}
            tools={<Select aria-label="Since when" data={SINCE} value={days} onChange={(value) => setDays(value ?? days)} allowDeselect={false} w={180} />}
            empty={
              <EmptyState icon="inbox" title="Nothing to forget">
                Nothing that you were shown of this collection was withdrawn or deleted in this time.
              </EmptyState>
            }
          />
        </>
      )}
    </Panel>
  )
}
