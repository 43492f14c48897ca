import { Group, Table, Text, Title } from '@mantine/core'
import type { ReactElement } from 'react'
import { EmptyState } from '../ui/empty-state.tsx'
import { Panel } from '../ui/panel.tsx'
import { SimpleTable } from '../ui/simple-table.tsx'
import styles from './findings-panel.module.css'
import type { FindingView } from './submissions.ts'

const KINDS: Readonly<Record<FindingView['kind'], string>> = {
  exploit: 'Exploit',
  technique: 'Technique',
  note: 'Note: changes no verdict',
}

/** What was found, each with the places where a reader can check it by hand. */
export function FindingsPanel({ findings }: { findings: readonly FindingView[] }): ReactElement {
  return (
    <Panel title="Findings" lead="Each with its proof: where it stands in the file, what stands there, and which bound it breaks." flush>
      {findings.length === 0 ? (
        <EmptyState icon="eye" title="Nothing was found in what was examined" />
      ) : (
        <ol className={styles['list']}>
          {findings.map((finding, index) => (
            <Finding key={`${finding.id} ${index}`} finding={finding} />
          ))}
        </ol>
      )}
    </Panel>
  )
}

function Finding({ finding }: { finding: FindingView }): ReactElement {
  const { id, kind, severity, summary, attack, cve, candidate, proof } = finding
  const offsets = proof.some(({ offset }) => offset !== undefined)
  const bounds = proof.some(({ limit }) => limit !== undefined)
  return (
    <li className={styles['finding']} data-kind={kind}>
      <Title order={3} className="break">
        {summary}
      </Title>
      <Group gap="xs" mt={4} mb={8}>
        <span className={styles['kind']}>{KINDS[kind]}</span>
        {severity !== 'info' && <span className={styles['tag']}>{severity} severity</span>}
        {cve !== undefined && <strong className={styles['tag']}>{cve}</strong>}
        {candidate && <span className={styles['tag']}>possibly {candidate.id}</span>}
        {attack.map((technique) => (
          <span key={technique} className={styles['tag']}>
            ATT&amp;CK {technique}
          </span>
        ))}
        <span className={styles['tag']}>
          found by <span className="mono">{id}</span>
        </span>
      </Group>
      {candidate && (
        <Text size="sm" mb={8}>
          {candidate.id} is not named: {candidate.why}.
        </Text>
      )}
      <SimpleTable label={`Proof of: ${summary}`} headers={['Where', ...(offsets ? ['Offset'] : []), 'What', 'Value', ...(bounds ? ['Bound'] : [])]}>
        {proof.map(({ path, offset, field, value, limit }, index) => (
          <Table.Tr key={index}>
            <Table.Td className="mono break">{path}</Table.Td>
            {offsets && <Table.Td className="nowrap mono">{offset === undefined ? '' : `0x${offset.toString(16)} (${offset})`}</Table.Td>}
            <Table.Td>{field}</Table.Td>
            <Table.Td className="mono break">{String(value)}</Table.Td>
            {bounds && <Table.Td className="mono">{limit ?? ''}</Table.Td>}
          </Table.Tr>
        ))}
      </SimpleTable>
    </li>
  )
}
