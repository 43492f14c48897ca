import { Alert, List, Skeleton, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { OnlyWith } from '../session/only-with.tsx'
import { DataTable, type Column } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Fact, Facts } from '../ui/facts.tsx'
import { formatSize } from '../ui/format-size.ts'
import { Instant } from '../ui/instant.tsx'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import { RemoteActions } from './remote-actions.tsx'
import { WaitingLogin } from './waiting-login.tsx'
import { duration, every, refusalsQuery, remoteQuery, remoteState, runsQuery, runState, SCHEMES, type Refusal, type Remote, type Run } from './remotes.ts'

/** One remote: what it is, its runs, and what was refused. */
export function RemotePage(): ReactElement {
  return (
    <OnlyWith verb="remote.list">
      <Shown />
    </OnlyWith>
  )
}

function Shown(): ReactElement {
  const { id } = useParams({ strict: false }) as { id: string }
  const remote = useQuery(remoteQuery(id))
  if (remote.isPending) return <Skeleton height={300} />
  if (!remote.data)
    return (
      <Page title="Remote server">
        <ProblemAlert error={remote.error} onRetry={() => void remote.refetch()} />
      </Page>
    )
  const { direction, name, collection, remoteCollection } = remote.data
  const ours = `your collection “${collection.title}”`
  const theirs = `“${remoteCollection.title || remoteCollection.id}”`
  return (
    <Page
      title={name}
      lead={direction === 'poll' ? `${theirs} of another server, polled into ${ours}.` : `What is new in ${ours}, pushed to ${theirs} of another server.`}
      actions={<RemoteActions remote={remote.data} />}
    >
      <Stack>
        <Troubles remote={remote.data} />
        <WaitingLogin remote={remote.data} />
        {remote.data.run && <Progress run={remote.data.run} />}
        <Panel title="What it is">
          <RemoteFacts remote={remote.data} />
        </Panel>
        <RunsPanel remote={remote.data} />
        <RefusalsPanel remote={remote.data} />
      </Stack>
    </Page>
  )
}

function Troubles({ remote: { state, failure, failingSince, remarks, created } }: { remote: Remote }): ReactElement {
  return (
    <>
      {state === 'proposed' && (
        <Alert color="blue" variant="light" title="A proposal">
          {created.by.name} proposed this push. Nothing leaves before another analyst or a publisher confirms it.
        </Alert>
      )}
      {failingSince && (
        <Alert color="red" variant="light" title={failure ?? 'It fails'}>
          Since <Instant value={failingSince} />.
        </Alert>
      )}
      {remarks.length > 0 && (
        <Alert color="yellow" variant="light" title="What is odd about this server">
          <List size="sm">
            {remarks.map((remark) => (
              <List.Item key={remark}>{remark}.</List.Item>
            ))}
          </List>
        </Alert>
      )}
    </>
  )
}

/** The run that is under way, as far as it is. */
function Progress({ run }: { run: Run }): ReactElement {
  return (
    <Alert color="blue" variant="light" title={run.state === 'waiting' ? 'A run waits for its turn' : 'A run is under way'}>
      <Text size="sm" component="output">
        {run.pages} {run.pages === 1 ? 'page' : 'pages'}, {run.received} objects received, {run.added} new, {run.known} known, {run.refused} refused,{' '}
        {formatSize(run.bytes)}
        {run.begunAt && <>, {duration(run)}</>}
      </Text>
    </Alert>
  )
}

function RemoteFacts({ remote }: { remote: Remote }): ReactElement {
  const state = remoteState(remote)
  const { direction, filters, login, created, confirmed, lastSuccessAt, nextAt } = remote
  return (
    <Facts>
      <Fact name="State">
        <StateMark tone={state.tone}>{state.text}</StateMark>
      </Fact>
      <Fact name="API root">
        <span className="mono break">{remote.apiRoot}</span>
      </Fact>
      <Fact name="Their collection">
        {remote.remoteCollection.title} <span className="mono break">{remote.remoteCollection.id}</span>
      </Fact>
      <Fact name="Sign-in">
        {SCHEMES[login.scheme]}, set on <Instant value={login.setAt} /> by {login.setBy.name}
        {remote.ownAuthority && '; the server is believed by an authority of its own'}
      </Fact>
      <Fact name={direction === 'poll' ? 'Polled' : 'Pushed to'}>{every(remote.intervalMinutes)}</Fact>
      <Fact name="Types">{filters.types.length === 0 ? 'all' : filters.types.join(', ')}</Fact>
      {direction === 'poll' && <Fact name="Without a marking">counts as TLP:{remote.unmarked}</Fact>}
      <Fact name={direction === 'poll' ? 'For whom at most' : 'Passed on up to'}>
        {direction === 'poll' && remote.audience === 'CLEAR' ? 'as each object is marked' : `TLP:${remote.audience}`}
      </Fact>
      <Fact name={direction === 'poll' ? 'Added' : 'Proposed'}>
        {created.by.name}, <Instant value={created.at} />
      </Fact>
      {confirmed && (
        <Fact name="Confirmed">
          {confirmed.by.name}, <Instant value={confirmed.at} />
        </Fact>
      )}
      {lastSuccessAt && (
        <Fact name="Last success">
          <Instant value={lastSuccessAt} />
        </Fact>
      )}
      {nextAt && (
        <Fact name="Next run">
          <Instant value={nextAt} />
        </Fact>
      )}
      <Fact name="So far">
        {remote.added} {direction === 'poll' ? 'new objects' : 'objects taken'}, {remote.refused} refused
      </Fact>
    </Facts>
  )
}

function RunsPanel({ remote: { id, run } }: { remote: Remote }): ReactElement {
  const runs = useQuery(runsQuery(id, run?.id))
  return (
    <Panel title="Runs" lead="Kept for 90 days." flush>
      {runs.isPending && <Skeleton height={120} radius={0} />}
      <ProblemAlert error={runs.error} onRetry={() => void runs.refetch()} />
      {runs.data && (
        <DataTable
          label="Runs"
          columns={RUN_COLUMNS}
          rows={runs.data}
          rowKey={(one) => one.id}
          empty={
            <EmptyState icon="clock" title="No run yet">
              The first begins once it is confirmed.
            </EmptyState>
          }
        />
      )}
    </Panel>
  )
}

const RUN_COLUMNS: readonly Column<Run>[] = [
  { key: 'created', header: 'Began', text: ({ createdAt }) => createdAt, cell: ({ createdAt }) => <Instant value={createdAt} /> },
  {
    key: 'state',
    header: 'State',
    text: (run) => runState(run).text,
    cell: (run) => <StateMark tone={runState(run).tone}>{runState(run).text}</StateMark>,
  },
  { key: 'pages', header: 'Pages', text: ({ pages }) => String(pages) },
  { key: 'received', header: 'Objects', text: ({ received }) => String(received) },
  { key: 'added', header: 'New', text: ({ added }) => String(added) },
  { key: 'known', header: 'Known', text: ({ known }) => String(known) },
  { key: 'refused', header: 'Refused', text: ({ refused }) => String(refused) },
  { key: 'bytes', header: 'Size', text: ({ bytes }) => formatSize(bytes) },
  { key: 'duration', header: 'Took', text: duration },
  { key: 'to', header: 'Up to', text: ({ to }) => to ?? '', cell: ({ to }) => to && <Instant value={to} /> },
  { key: 'by', header: 'Asked by', text: ({ askedBy }) => askedBy?.name ?? 'the interval' },
  { key: 'failure', header: 'What went wrong', text: ({ failure }) => failure ?? '' },
]

function RefusalsPanel({ remote: { id, direction, run } }: { remote: Remote }): ReactElement {
  const refusals = useQuery(refusalsQuery(id, run?.id))
  const lead =
    direction === 'poll' ? 'Objects that did not pass the checks; the others were taken.' : 'Objects that the server did not take; the others it did.'
  return (
    <Panel title="Refused lately" lead={`${lead} The newest 500.`} flush>
      {refusals.isPending && <Skeleton height={120} radius={0} />}
      <ProblemAlert error={refusals.error} onRetry={() => void refusals.refetch()} />
      {refusals.data && (
        <DataTable
          label="Refusals"
          columns={REFUSAL_COLUMNS}
          rows={refusals.data}
          rowKey={(one) => one.id}
          empty={
            <EmptyState icon="check" title="Nothing was refused">
              Every object so far was taken.
            </EmptyState>
          }
        />
      )}
    </Panel>
  )
}

const REFUSAL_COLUMNS: readonly Column<Refusal>[] = [
  { key: 'at', header: 'When', text: ({ at }) => at, cell: ({ at }) => <Instant value={at} /> },
  { key: 'object', header: 'Object', text: ({ objectId }) => objectId, cell: ({ objectId }) => <span className="mono">{objectId}</span> },
  { key: 'version', header: 'Version', text: ({ version }) => version ?? '', cell: ({ version }) => <span className="mono nowrap">{version}</span> },
  { key: 'reason', header: 'Why', text: ({ reason }) => reason },
]
