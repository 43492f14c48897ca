import { Table } from '@mantine/core'
import type { ReactElement } from 'react'
import { Panel } from '../ui/panel.tsx'
import { SimpleTable } from '../ui/simple-table.tsx'
import type { ReportView } from './submissions.ts'

type Rules = NonNullable<ReportView['rules']>

const OWNERS: Readonly<Record<Rules[number]['owner'], string>> = { vedette: 'Vedette', operator: 'The operator', own: 'Your organisation', member: 'A member' }
const OUTCOMES: Readonly<Record<Rules[number]['outcome'], string>> = { matched: 'Matches', none: 'No match', 'not-matched': 'Could not be matched' }

/** Which YARA sets the file was matched against, as far as the reader may know them. */
export function RulesPanel({ rules }: { rules: Rules }): ReactElement {
  return (
    <Panel title="YARA sets" lead="The sets that you may know, each in the version that was matched. Others may have been matched as well." flush>
      <SimpleTable label="YARA sets" headers={['Set', 'Whose', 'TLP', 'Version', 'SHA-256', 'Outcome']}>
        {rules.map(({ name, owner, tlp, version, sha256, outcome }, index) => (
          <Table.Tr key={index}>
            <Table.Td className="break">{name}</Table.Td>
            <Table.Td>{OWNERS[owner]}</Table.Td>
            <Table.Td className="nowrap">TLP:{tlp}</Table.Td>
            <Table.Td>{version ?? ''}</Table.Td>
            <Table.Td className="mono">{sha256.slice(0, 16)}…</Table.Td>
            <Table.Td>{OUTCOMES[outcome]}</Table.Td>
          </Table.Tr>
        ))}
      </SimpleTable>
    </Panel>
  )
}
