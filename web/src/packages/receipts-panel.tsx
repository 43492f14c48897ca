import { Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { DataTable, type Column } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { PART_NAME, receiptsQuery, type Receipt } from './packages.ts'

const COLUMNS: readonly Column<Receipt>[] = [
  { key: 'received', header: 'Received', text: ({ receivedAt }) => receivedAt, cell: ({ receivedAt }) => <Instant value={receivedAt} /> },
  { key: 'organisation', header: 'Organisation', text: ({ organisation }) => organisation.name },
  { key: 'person', header: 'Person', text: ({ person }) => person.name },
  { key: 'version', header: 'Version', text: ({ version }) => String(version) },
  { key: 'part', header: 'What', text: whatOf },
  {
    key: 'digest',
    header: 'SHA-256 of what was given',
    text: ({ file, contentHash }) => file?.sha256 ?? contentHash,
    cell: ({ file, contentHash }) => <Digest hex={file?.sha256 ?? contentHash} />,
  },
]

function whatOf({ part, parts }: Receipt): string {
  if (part === 'attachment') return 'A file'
  const named = parts.filter((one) => one !== 'existence').map((one) => PART_NAME[one])
  return `The content: ${named.join(', ') || 'only that it exists'}`
}

/** Who received what of this package, and when. */
export function ReceiptsPanel({ id }: { id: string }): ReactElement {
  const receipts = useQuery(receiptsQuery(id))
  return (
    <Panel title="Receipts" lead="Each is written to the audit log before anything is shown." flush>
      {receipts.isPending && <Skeleton height={90} radius={0} />}
      <ProblemAlert error={receipts.error} onRetry={() => void receipts.refetch()} />
      {receipts.data && (
        <DataTable
          label="Receipts"
          columns={COLUMNS}
          rows={receipts.data}
          rowKey={(receipt) => receipt.id}
          empty={
            <EmptyState icon="shield" title="Nobody has received it">
              A receipt appears when a contact of a member receives the package or one of its files.
            </EmptyState>
          }
        />
      )}
    </Panel>
  )
}

/** Enough of a digest to tell two apart; the export has it whole. */
function Digest({ hex }: { hex: string }): ReactElement {
  return (
    <span className="mono nowrap" title={hex}>
      {hex.slice(0, 16)}…
    </span>
  )
}
