import { Anchor, Button, Skeleton, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState, type ReactElement } from 'react'
import { useMay } from '../session/may.ts'
import { OnlyWith } from '../session/only-with.tsx'
import { CopyText } from '../ui/copy-text.tsx'
import { DataTable, type Column } from '../ui/data-table.tsx'
import { hasDraft } from '../ui/draft.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { collectionsQuery, rightWords, taxiiAddress, type Collection } from './collections.ts'
import { COLLECTION_DRAFT, CreateCollectionDialog } from './create-collection-dialog.tsx'
import { GroupsPanel } from './groups-panel.tsx'
import { WaitingPanel } from './waiting-panel.tsx'

const COLUMNS: readonly Column<Collection>[] = [
  {
    key: 'title',
    header: 'Collection',
    text: ({ title }) => title,
    cell: ({ id, title }) => (
      <Anchor component={Link} to={`/collections/${id}`} fw={600}>
        {title}
      </Anchor>
    ),
  },
  { key: 'description', header: 'What it holds', text: ({ description }) => description },
  { key: 'operator', header: 'Operator', text: ({ operator }) => operator.name },
  { key: 'right', header: 'You', text: rightWords },
  {
    key: 'kind',
    header: 'Filled by',
    text: ({ purpose, aggregates }) => (purpose ? 'The scanner' : aggregates ? `${aggregates.length} other collections` : 'Those who write'),
  },
  {
    key: 'taxii',
    header: 'TAXII address',
    text: taxiiAddress,
    cell: (row) => <CopyText label={`Copy the TAXII address of ${row.title}`} text={taxiiAddress(row)} />,
  },
]

/** Collections that the reader may read or write, and the sharing groups within them. */
export function CollectionsPage(): ReactElement {
  return (
    <OnlyWith verb="collection.list">
      <Collections />
    </OnlyWith>
  )
}

function Collections(): ReactElement {
  const may = useMay()
  const collections = useQuery(collectionsQuery)
  const [creating, setCreating] = useState(() => hasDraft(COLLECTION_DRAFT))
  return (
    <Page
      title="Collections"
      lead="What is exchanged lies in collections. A TAXII 2.1 client reads and writes them with an API token."
      actions={may('collection.keep') && <Button onClick={() => setCreating(true)}>Make a collection</Button>}
    >
      <Stack>
        {may('access.list') && <WaitingPanel />}
        <Panel title="Collections" flush>
          {collections.isPending && <Skeleton height={160} radius={0} />}
          <ProblemAlert error={collections.error} onRetry={() => void collections.refetch()} />
          {collections.data && (
            <DataTable
              label="Collections"
              columns={COLUMNS}
              rows={collections.data}
              rowKey={({ id }) => id}
              empty={
                <EmptyState icon="inbox" title="No collection">
                  Nobody has given you a right in a collection yet. The operator&rsquo;s membership officers give rights to members.
                </EmptyState>
              }
            />
          )}
        </Panel>
        {may('sharing-group.list') && <GroupsPanel />}
      </Stack>
      <CreateCollectionDialog opened={creating} onClose={() => setCreating(false)} />
    </Page>
  )
}
