import { useQuery } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { DataTable, type Column } from '../ui/data-table.tsx'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import { dutiesQuery, type Duty } from './versions.ts'

const KIND: Readonly<Record<Duty['kind'], string>> = { version: 'New version', terms: 'Changed terms', slip: 'Moved release' }

const COLUMNS: readonly Column<Duty>[] = [
  { key: 'organisation', header: 'Organisation', text: ({ organisation }) => organisation.name },
  { key: 'kind', header: 'What', text: ({ kind }) => KIND[kind] },
  { key: 'version', header: 'Version', text: ({ version }) => String(version) },
  { key: 'asked', header: 'Asked', text: ({ askedAt }) => askedAt, cell: ({ askedAt }) => <Instant value={askedAt} /> },
  {
    key: 'acknowledged',
    header: 'Acknowledged',
    text: ({ acknowledged }) => (acknowledged ? `${acknowledged.at} ${acknowledged.by.name}` : 'not yet'),
    cell: ({ acknowledged }) =>
      acknowledged ? (
        <>
          <Instant value={acknowledged.at} />, {acknowledged.by.name}
        </>
      ) : (
        <StateMark tone="waiting">Not yet</StateMark>
      ),
  },
]

/** Which members were asked to acknowledge what, and who did; nothing while nobody was asked. */
export function DutiesPanel({ id }: { id: string }): ReactElement | null {
  const duties = useQuery(dutiesQuery(id))
  if (!duties.data || duties.data.items.length === 0) return null
  return (
    <Panel title="Acknowledgements" lead="A new version is acknowledged by receiving it." flush>
      <DataTable label="Acknowledgements" columns={COLUMNS} rows={duties.data.items} rowKey={({ id: duty }) => duty} empty={null} />
    </Panel>
  )
}
