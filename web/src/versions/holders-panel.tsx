import { Skeleton, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { PART_NAME } from '../packages/packages.ts'
import { DataTable, type Column } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { holdersQuery, type Holders } from './versions.ts'

type Attestation = Holders['attestations'][number]
type Holder = Holders['items'][number] & { readonly attestation: Attestation | undefined }

const COLUMNS: readonly Column<Holder>[] = [
  { key: 'organisation', header: 'Organisation', text: ({ organisation }) => organisation.name },
  { key: 'person', header: 'Person', text: ({ person }) => person.name },
  { key: 'version', header: 'Version', text: ({ version }) => String(version) },
  { key: 'since', header: 'Since', text: ({ firstReceivedAt }) => firstReceivedAt, cell: ({ firstReceivedAt }) => <Instant value={firstReceivedAt} /> },
  {
    key: 'parts',
    header: 'What',
    text: ({ parts }) =>
      parts
        .filter((part) => part !== 'existence')
        .map((part) => PART_NAME[part])
        .join(', ') || 'that it exists',
  },
  { key: 'files', header: 'Files', text: ({ files }) => String(files) },
]
const ATTESTED: Column<Holder> = {
  key: 'attested',
  header: 'Destroyed',
  text: ({ attestation }) => (attestation ? `${attestation.destroyedAt}: ${attestation.text}` : 'not attested'),
  cell: ({ attestation }) =>
    attestation ? (
      <>
        <Instant value={attestation.destroyedAt} />
        <Text size="sm" className="break">
          {attestation.text}
        </Text>
      </>
    ) : (
      'Not attested yet'
    ),
}

/** Who holds which version, exactly as the receipts say; after a pull, who attested to have destroyed it. */
export function HoldersPanel({ id }: { id: string }): ReactElement {
  const holders = useQuery(holdersQuery(id))
  const rows = holders.data?.items.map((item) => ({ ...item, attestation: holders.data.attestations.find(({ person }) => person.id === item.person.id) })) ?? []
  const pulled = holders.data && holders.data.pulledAt !== null
  const missing = new Set(rows.filter(({ attestation }) => !attestation).map(({ person }) => person.id)).size
  return (
    <Panel
      title="Holders"
      lead={
        pulled
          ? missing === 0
            ? 'The package was pulled. Everybody who holds something of it attested to have destroyed it.'
            : `The package was pulled. ${missing === 1 ? 'One person has' : `${missing} people have`} not attested yet to have destroyed what they hold.`
          : 'Who was given which version. Whoever received it holds it, whatever became of it since.'
      }
      flush
    >
      {holders.isPending && <Skeleton height={90} radius={0} />}
      <ProblemAlert error={holders.error} onRetry={() => void holders.refetch()} />
      {holders.data && (
        <DataTable
          label="Holders"
          columns={pulled ? [...COLUMNS, ATTESTED] : COLUMNS}
          rows={rows}
          rowKey={({ person, version }) => `${person.id} ${version}`}
          empty={
            <EmptyState icon="shield" title="Nobody holds it">
              Whoever receives a version or one of its files appears here.
            </EmptyState>
          }
        />
      )}
    </Panel>
  )
}
