import { Alert, Button, Group, Skeleton, Text } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { FOUND_COLUMNS } from '../search/found-columns.tsx'
import { DataTable, type Column } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { NeighboursGraph } from './neighbours-graph.tsx'
import { moreNeighbours, neighboursQuery, RELATION_WORDS, type Neighbour, type NeighbourGroup } from './objects.ts'

interface Row extends Neighbour {
  readonly relation: NeighbourGroup['relation']
}

const COLUMNS: readonly Column<Row>[] = [
  { key: 'relation', header: 'How', text: ({ relation }) => RELATION_WORDS[relation] },
  { key: 'via', header: 'By', text: ({ via }) => via.join(', '), cell: ({ via }) => <span className="break">{via.join(', ')}</span> },
  ...FOUND_COLUMNS.filter(({ key }) => key !== 'confidence'),
]

/** What the object has to do with others, drawn and as a table. */
export function NeighboursPanel({ id, title }: { id: string; title: string }): ReactElement {
  const found = useQuery(neighboursQuery(id))
  const [more, setMore] = useState<readonly NeighbourGroup[]>([])
  const groups = [...(found.data?.groups ?? []), ...more]
  const rows = groups.flatMap(({ relation, items }) => items.map((item) => ({ ...item, relation })))
  return (
    <Panel title="Neighbours" lead="What it refers to, what refers to it, and what names the same value, as far as you can see it." flush>
      {found.isPending && <Skeleton height={240} radius={0} />}
      <ProblemAlert error={found.error} onRetry={() => void found.refetch()} />
      {found.data && rows.length > 0 && <NeighboursGraph title={title} groups={groups} />}
      {found.data?.many.map((relation) => (
        <Alert key={relation} variant="light" role="none" m="md" title={`${RELATION_WORDS[relation]}: more than a thousand`}>
          <Text size="sm">So many are not listed: they say little about this object.</Text>
        </Alert>
      ))}
      {found.data && (
        <DataTable
          label="Neighbours"
          columns={COLUMNS}
          rows={rows}
          rowKey={({ relation, id: of, collection }) => `${relation} ${of} ${collection.id}`}
          empty={
            <EmptyState icon="target" title="Nothing that you can see has to do with it">
              Relationships, sightings and reports that name it appear here, and whatever names the same value.
            </EmptyState>
          }
        />
      )}
      <MoreButtons id={id} groups={groups} onMore={(group) => setMore((before) => [...before, group])} />
    </Panel>
  )
}

function MoreButtons({ id, groups, onMore }: { id: string; groups: readonly NeighbourGroup[]; onMore: (group: NeighbourGroup) => void }): ReactElement | null {
  const last = new Map(groups.map((group) => [`${group.relation} ${group.type}`, group]))
  const open = [...last.values()].filter(({ next }) => next !== null)
  const load = useMutation({
    mutationFn: (group: NeighbourGroup) => moreNeighbours(id, group),
    onSuccess: (group) => {
      if (group) onMore(group)
    },
  })
  if (open.length === 0) return null
  return (
    <Group p="md" gap="xs">
      {open.map((group) => (
        <Button key={`${group.relation} ${group.type}`} variant="default" size="compact-sm" loading={load.isPending} onClick={() => load.mutate(group)}>
          More: {RELATION_WORDS[group.relation].toLowerCase()}, {group.type}
        </Button>
      ))}
      <ProblemAlert error={load.error} />
    </Group>
  )
}
