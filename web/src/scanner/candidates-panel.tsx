import { Table, Text } from '@mantine/core'
import type { ReactElement } from 'react'
import { Panel } from '../ui/panel.tsx'
import { SimpleTable } from '../ui/simple-table.tsx'
import type { VerdictView } from './submissions.ts'

/** CVEs that would fit and are not named, apart from those that are. */
export function CandidatesPanel({ verdict: { candidates, seen } }: { verdict: VerdictView }): ReactElement | null {
  if (candidates.length === 0) return null
  return (
    <Panel
      title="Candidates, which are not named"
      lead="What was seen would fit these vulnerabilities, but a part of the proof is missing. They do not count: the verdict is the same without them."
    >
      <SimpleTable label="Candidates" headers={['Vulnerability', 'Why it is not named', 'Where']}>
        {candidates.map(({ id, why, findings }) => (
          <Table.Tr key={id}>
            <Table.Td className="nowrap">
              <Text span c="dimmed" size="sm">
                possibly{' '}
              </Text>
              {id}
            </Table.Td>
            <Table.Td className="break">{why}</Table.Td>
            <Table.Td className="mono break">{[...new Set(findings.map((place) => seen[place]!.path))].slice(0, 5).join(' ')}</Table.Td>
          </Table.Tr>
        ))}
      </SimpleTable>
    </Panel>
  )
}
