import { Anchor, Button, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState, type ReactElement } from 'react'
import { useMay } from '../session/may.ts'
import { OnlyWith } from '../session/only-with.tsx'
import { DataTable, type Column } from '../ui/data-table.tsx'
import { hasDraft } from '../ui/draft.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { Instant } from '../ui/instant.tsx'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import { AddRemoteDialog, REMOTE_DRAFT } from './add-remote-dialog.tsx'
import { remotesQuery, remoteState, type Remote } from './remotes.ts'

/** Collections of others' TAXII servers that the operator polls from or pushes to. */
export function RemotesPage(): ReactElement {
  return (
    <OnlyWith verb="remote.list">
      <Remotes />
    </OnlyWith>
  )
}

function Remotes(): ReactElement {
  const may = useMay()
  const [adding, setAdding] = useState(() => hasDraft(REMOTE_DRAFT))
  const remotes = useQuery(remotesQuery)
  return (
    <Page
      title="Remote servers"
      lead="Collections of other TAXII 2.1 servers, joined to yours: polled into a collection, or pushed to from one."
      actions={may('remote.set-up') && <Button onClick={() => setAdding(true)}>Add a remote server</Button>}
    >
      <Panel title="Polled from and pushed to" flush>
        {remotes.isPending && <Skeleton height={200} radius={0} />}
        <ProblemAlert error={remotes.error} onRetry={() => void remotes.refetch()} />
        {remotes.data && <DataTable label="Remote servers" columns={COLUMNS} rows={remotes.data.items} rowKey={({ id }) => id} empty={<NoRemote />} />}
      </Panel>
      {remotes.data && may('remote.set-up') && <AddRemoteDialog opened={adding} onClose={() => setAdding(false)} collections={remotes.data.collections} />}
    </Page>
  )
}

const COLUMNS: readonly Column<Remote>[] = [
  {
    key: 'name',
    header: 'Name',
    text: ({ name }) => name,
    cell: ({ id, name }) => (
      <Anchor component={Link} to={`/remotes/${id}`} fw={600}>
        {name}
      </Anchor>
    ),
  },
  {
    key: 'direction',
    header: 'Direction',
    text: ({ direction, collection }) => `${direction === 'poll' ? 'Into' : 'From'} ${collection.title}`,
  },
  {
    key: 'state',
    header: 'State',
    text: (remote) => remoteState(remote).text,
    cell: (remote) => <StateMark tone={remoteState(remote).tone}>{remoteState(remote).text}</StateMark>,
  },
  {
    key: 'success',
    header: 'Last success',
    text: ({ lastSuccessAt }) => lastSuccessAt ?? '',
    cell: ({ lastSuccessAt }) => lastSuccessAt && <Instant value={lastSuccessAt} />,
  },
  { key: 'next', header: 'Next run', text: ({ nextAt }) => nextAt ?? '', cell: ({ nextAt }) => nextAt && <Instant value={nextAt} /> },
  { key: 'added', header: 'New objects', text: ({ added }) => String(added) },
  { key: 'refused', header: 'Refused', text: ({ refused }) => String(refused) },
  { key: 'host', header: 'Server', text: ({ apiRoot }) => new URL(apiRoot).host, cell: ({ apiRoot }) => <span className="mono">{new URL(apiRoot).host}</span> },
]

function NoRemote(): ReactElement {
  return (
    <EmptyState icon="download" title="No remote server yet">
      Enter the address of a TAXII 2.1 server to see which collections it offers.
    </EmptyState>
  )
}
