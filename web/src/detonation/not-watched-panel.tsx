import { Table } from '@mantine/core'
import type { ReactElement } from 'react'
import { Panel } from '../ui/panel.tsx'
import { SimpleTable } from '../ui/simple-table.tsx'
import type { DetonationReport } from './detonations.ts'

/** What this run cannot speak of. */
export function NotWatchedPanel({ report: { not_watched: left, happenings } }: { report: DetonationReport }): ReactElement | null {
  const lost = happenings.flatMap((one) =>
    one.kind === 'dropped'
      ? [
          {
            what: `${one.count.toLocaleString('en')} ${one.count === 1 ? 'happening' : 'happenings'} of the kind “${one.of}”`,
            why: 'More happened than is kept.',
          },
        ]
      : one.kind === 'silence'
        ? [{ what: `What happened after ${one.t.toFixed(1)} s, by the ${one.of}`, why: one.detail }]
        : [],
  )
  const all = [...lost, ...left]
  if (all.length === 0) return null
  return (
    <Panel title={`Not watched (${all.length})`} lead="Of this the run says nothing, neither good nor bad." flush>
      <SimpleTable label="Not watched" headers={['What', 'Why']}>
        {all.map(({ what, why }, index) => (
          <Table.Tr key={index}>
            <Table.Td className="break">{what}</Table.Td>
            <Table.Td className="break">{why}</Table.Td>
          </Table.Tr>
        ))}
      </SimpleTable>
    </Panel>
  )
}
