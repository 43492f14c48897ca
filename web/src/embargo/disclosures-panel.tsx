import { Table } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { SimpleTable } from '../ui/simple-table.tsx'
import { disclosuresQuery, RECIPIENT_NAME, STEP_NAME } from './embargo.ts'

/** Authorities that were told of a package: holders outside the membership; nothing where there are none. */
export function DisclosuresPanel({ id }: { id: string }): ReactElement | null {
  const { data } = useQuery(disclosuresQuery(id))
  if (!data || data.length === 0) return null
  return (
    <Panel title="Disclosed outside the membership" lead="Whoever a report was filed with holds what it says." flush>
      <SimpleTable label="Disclosures" headers={['To', 'What', 'Vulnerability', 'Filed', 'Their reference']}>
        {data.map((filing) => (
          <Table.Tr key={filing.id}>
            <Table.Td>Disclosed to {RECIPIENT_NAME[filing.recipient]}</Table.Td>
            <Table.Td>{STEP_NAME[filing.step]}</Table.Td>
            <Table.Td className="nowrap">{filing.cve ?? '…'}</Table.Td>
            <Table.Td>
              <Instant value={filing.filedAt} />
            </Table.Td>
            <Table.Td className="break">{filing.reference ?? '…'}</Table.Td>
          </Table.Tr>
        ))}
      </SimpleTable>
    </Panel>
  )
}
