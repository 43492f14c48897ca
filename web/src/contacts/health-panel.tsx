import { Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { findingLine } from '#program/membership/contacts/contract.ts'
import { DataTable, type Column } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { healthQuery, type FindingView } from './contacts.ts'

interface Row extends FindingView {
  readonly organisation: string
  readonly operator: string
}

const MATTER: Column<Row> = { key: 'matter', header: 'What', text: (row) => sentence(findingLine(row)) }
const AT: Column<Row> = { key: 'at', header: 'When', text: ({ at }) => at ?? '', cell: ({ at }) => at && <Instant value={at} /> }
const MEMBER: Column<Row> = {
  key: 'member',
  header: 'Member',
  text: ({ organisation }) => organisation,
  cell: ({ organisation }) => <strong>{organisation}</strong>,
}
const OPERATOR: Column<Row> = { key: 'operator', header: 'Operator', text: ({ operator }) => operator }

/** What would keep members, or the own organisation, from the next cycle or from hearing of it. */
export function HealthPanel({ whose }: { whose: 'members' | 'own' }): ReactElement {
  const health = useQuery(healthQuery(whose))
  const { data } = health
  const rows = (data?.members ?? []).flatMap(({ organisation, operator, findings }) =>
    findings.map((finding): Row => ({ ...finding, organisation: organisation.name, operator: operator.name })),
  )
  return (
    <Panel
      title="Health before the next cycle"
      lead={
        data?.cycle && (
          <>
            Its first window opens at <Instant value={data.cycle.opens} />. From two weeks before, members are told of each matter once.
          </>
        )
      }
      flush
    >
      {health.isPending && <Skeleton height={120} radius={0} />}
      <ProblemAlert error={health.error} onRetry={() => void health.refetch()} />
      {data && (
        <DataTable
          label="Health"
          columns={[whose === 'members' ? MEMBER : OPERATOR, MATTER, AT]}
          rows={rows}
          rowKey={(row) => `${row.organisation}/${row.operator}/${row.kind}/${row.person?.id ?? ''}`}
          empty={
            <EmptyState icon="check" title="All is well">
              Keys, addresses, agreements and memberships last beyond the next release.
            </EmptyState>
          }
        />
      )}
    </Panel>
  )
}

function sentence(line: string): string {
  return line.charAt(0).toUpperCase() + line.slice(1)
}
