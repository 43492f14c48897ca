import { Group, NativeSelect, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState, type ReactElement } from 'react'
import { OnlyWith } from '../session/only-with.tsx'
import { DataTable, type Column } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Instant } from '../ui/instant.tsx'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import { applicationsQuery, daysBetween, STATES, type Line } from './applications.ts'

const age = ({ submittedAt, decidedAt }: Line): string => {
  const days = daysBetween(submittedAt, decidedAt === null ? Date.now() : Date.parse(decidedAt))
  return days === 1 ? '1 day' : `${days} days`
}

const COLUMNS: readonly Column<Line>[] = [
  {
    key: 'name',
    header: 'Organisation',
    text: ({ name }) => name,
    cell: ({ id, name }) => (
      <Link to="/applications/$id" params={{ id }} className="break">
        {name}
      </Link>
    ),
  },
  { key: 'kind', header: 'Kind', text: ({ kind, renewal }) => (renewal ? `Renewal, ${kind}` : kind === 'vendor' ? 'Vendor' : 'Responder') },
  {
    key: 'state',
    header: 'State',
    text: ({ state }) => STATES[state][0],
    cell: ({ state }) => <StateMark tone={STATES[state][1]}>{STATES[state][0]}</StateMark>,
  },
  { key: 'judged', header: 'Judged', text: ({ judged, criteria }) => `${judged} of ${criteria}` },
  { key: 'age', header: 'Age', text: age },
  { key: 'sent', header: 'Sent in', text: ({ submittedAt }) => submittedAt, cell: ({ submittedAt }) => <Instant value={submittedAt} /> },
  { key: 'decided', header: 'Decided', text: ({ decidedAt }) => decidedAt ?? '', cell: ({ decidedAt }) => decidedAt && <Instant value={decidedAt} /> },
]

/** Applications that were sent to the operator. */
export function ApplicationsPage(): ReactElement {
  return (
    <OnlyWith verb="application.list">
      <Applications />
    </OnlyWith>
  )
}

function Applications(): ReactElement {
  const applications = useQuery(applicationsQuery)
  const [state, setState] = useState('')
  const all = applications.data ?? []
  const rows = state === '' ? all : all.filter((one) => one.state === state)
  const count = (wanted: string) => all.filter((one) => one.state === wanted).length
  const options = [
    { value: '', label: `Every state (${all.length})` },
    ...Object.entries(STATES).map(([value, [label]]) => ({ value, label: `${label} (${count(value)})` })),
  ]
  return (
    <Page title="Applications" lead="Who wants to become a member, or to stay one. One officer judges the criteria, another decides.">
      <Panel title="Sent in" flush>
        {applications.isPending && <Skeleton height={240} radius={0} />}
        <ProblemAlert error={applications.error} onRetry={() => void applications.refetch()} />
        {applications.data && (
          <DataTable
            label="Applications"
            columns={COLUMNS}
            rows={rows}
            rowKey={({ id }) => id}
            tools={
              <Group>
                <NativeSelect aria-label="State" data={options} value={state} onChange={(event) => setState(event.currentTarget.value)} />
              </Group>
            }
            empty={
              <EmptyState icon="flag" title="No applications">
                Applicants begin at the address /apply of this Vedette, without an account. What they send in appears here.
              </EmptyState>
            }
          />
        )}
      </Panel>
    </Page>
  )
}
