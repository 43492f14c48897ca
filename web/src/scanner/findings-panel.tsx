import { Group, Table, Title } from '@mantine/core'
import type { ReactElement } from 'react'
import { EmptyState } from '../ui/empty-state.tsx'
import { Panel } from '../ui/panel.tsx'
import { SimpleTable } from '../ui/simple-table.tsx'
import styles from './findings-panel.module.css'
import { findingsOf, type FindingView } from './findings.ts'
import type { VerdictView } from './submissions.ts'

const KINDS: Readonly<Record<FindingView['kind'], string>> = {
  exploit: 'Exploit',
  technique: 'Technique',
  note: 'Note: changes no verdict',
}

/** What was found, each with the places where a reader can check it by hand. */
export function FindingsPanel({ verdict }: { verdict: VerdictView }): ReactElement {
  const findings = findingsOf(verdict)
  return (
    <Panel title="Findings" lead="Each with its proof: where it stands in the file, what stands there, and which bound it breaks." flush>
      {findings.length === 0 ? (
        <EmptyState icon="eye" title="Nothing was found in what was examined" />
      ) : (
        <ol className={styles['list']}>
          {findings.map((finding, index) => (
            <Finding key={index} finding={finding} />
          ))}
        </ol>
      )}
    </Panel>
  )
}

function Finding({ finding: { kind, why, cve, tags, proof } }: { finding: FindingView }): ReactElement {
  const offsets = proof.some(({ offset }) => offset !== undefined)
  const lengths = proof.some(({ length }) => length !== undefined)
  const bounds = proof.some(({ limit }) => limit !== undefined)
  return (
    <li className={styles['finding']} data-kind={kind}>
      <Title order={3} className="break">
        {why}
      </Title>
      <Group gap="xs" mt={4} mb={8}>
        <span className={styles['kind']}>{KINDS[kind]}</span>
        {cve !== undefined && <strong className={styles['tag']}>{cve}</strong>}
        {tags.map((tag) => (
          <span key={tag} className={styles['tag']}>
            {tag}
          </span>
        ))}
      </Group>
      <SimpleTable
        label={`Proof of: ${why}`}
        headers={['Where', ...(offsets ? ['Offset'] : []), ...(lengths ? ['Length'] : []), 'What', 'Value', ...(bounds ? ['Bound'] : [])]}
      >
        {proof.map(({ path, offset, length, field, value, limit }, index) => (
          <Table.Tr key={index}>
            <Table.Td className="mono break">{path}</Table.Td>
            {offsets && <Table.Td className="nowrap mono">{offset === undefined ? '' : `0x${offset.toString(16)} (${offset})`}</Table.Td>}
            {lengths && <Table.Td className="nowrap mono">{length ?? ''}</Table.Td>}
            <Table.Td>{field}</Table.Td>
            <Table.Td className="mono break">{String(value)}</Table.Td>
            {bounds && <Table.Td className="mono">{limit ?? ''}</Table.Td>}
          </Table.Tr>
        ))}
      </SimpleTable>
    </li>
  )
}
