import { Table } from '@mantine/core'
import type { ReactElement, ReactNode } from 'react'

interface SimpleTableProps {
  readonly label: string
  readonly headers: readonly string[]
  readonly children: ReactNode
}

/** A short table whose rows need no sorting. */
export function SimpleTable({ label, headers, children }: SimpleTableProps): ReactElement {
  return (
    <section aria-label={`${label}, table`} tabIndex={0} className="scroll-x">
      <Table verticalSpacing={7} horizontalSpacing="md" fz="sm" highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            {headers.map((header) => (
              <Table.Th key={header} scope="col" className="nowrap">
                {header || <span className="visually-hidden">Actions</span>}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>{children}</Table.Tbody>
      </Table>
    </section>
  )
}
