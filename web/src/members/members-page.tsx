import { Anchor, Skeleton, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useMay } from '../session/may.ts'
import { OnlyWith } from '../session/only-with.tsx'
import { DataTable, type Column } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Instant } from '../ui/instant.tsx'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import { membersQuery, type MemberRow } from './members.ts'
import { PoliciesPanel } from './policies-panel.tsx'
import { STATE_NAMES, STATE_TONES, TIER_NAMES } from './words.ts'

const COLUMNS: readonly Column<MemberRow>[] = [
  {
    key: 'name',
    header: 'Member',
    text: ({ name }) => name,
    cell: ({ id, name }) => (
      <Anchor component={Link} to={`/members/${id}`} fw={600}>
        {name}
      </Anchor>
    ),
  },
  { key: 'kind', header: 'Kind', text: ({ kind }) => (kind === 'vendor' ? 'Vendor' : 'Responder') },
  { key: 'tier', header: 'Tier', text: ({ tier }) => TIER_NAMES[tier] },
  {
    key: 'state',
    header: 'State',
    text: ({ state }) => STATE_NAMES[state],
    cell: ({ state }) => <StateMark tone={STATE_TONES[state]}>{STATE_NAMES[state]}</StateMark>,
  },
  { key: 'jurisdiction', header: 'Jurisdiction policy', text: ({ jurisdiction }) => jurisdiction ?? 'None' },
  { key: 'since', header: 'Member since', text: ({ since }) => since, cell: ({ since }) => <Instant value={since} /> },
  { key: 'until', header: 'Lapses', text: ({ until }) => until ?? '', cell: ({ until }) => (until === null ? 'Never' : <Instant value={until} />) },
  {
    key: 'waiting',
    header: 'Proposals',
    text: ({ waiting }) => (waiting === 0 ? '' : `${waiting} waiting`),
    cell: ({ waiting }) => waiting > 0 && <StateMark tone="waiting">{waiting} waiting</StateMark>,
  },
]

/** The members of the operator, with what each holds. */
export function MembersPage(): ReactElement {
  return (
    <OnlyWith verb="organisation.list">
      <Members />
    </OnlyWith>
  )
}

function Members(): ReactElement {
  const members = useQuery(membersQuery)
  const may = useMay()
  return (
    <Page title="Members" lead="What each organisation holds with your programme, until when, and under which policy of its jurisdiction.">
      <Stack>
        <Panel title="Every member" flush>
          {members.isPending && <Skeleton height={240} radius={0} />}
          <ProblemAlert error={members.error} onRetry={() => void members.refetch()} />
          {members.data && (
            <DataTable
              label="Members"
              columns={COLUMNS}
              rows={members.data}
              rowKey={({ id }) => id}
              empty={
                <EmptyState icon="people" title="No member yet">
                  Organisations become members by an application that two officers decide.
                </EmptyState>
              }
            />
          )}
        </Panel>
        {may('jurisdiction-policy.list') && <PoliciesPanel />}
      </Stack>
    </Page>
  )
}
