import { Anchor, Group, Table, Title } from '@mantine/core'
import type { ReactElement } from 'react'
import { EmptyState } from '../ui/empty-state.tsx'
import { Panel } from '../ui/panel.tsx'
import { SimpleTable } from '../ui/simple-table.tsx'
import styles from './findings-panel.module.css'
import { hex, LongValue } from './place-cells.tsx'
import { attackUrl, findingsOf, type FindingView } from './findings.ts'
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
    <Panel title="Findings" lead="In its bytes, by reading them; every place of every proof is in the table below." flush>
      {findings.length === 0 ? (
        <EmptyState icon="eye" title="Nothing was found in the bytes that were examined" />
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

function Finding({ finding }: { finding: FindingView }): ReactElement {
  const { kind, why, cve, tags, attack, proof } = finding
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
        {attack.map((id) => (
          <Anchor key={id} className={styles['tag']} href={attackUrl(id)} target="_blank" rel="noopener noreferrer" underline="always">
            ATT&amp;CK {id}
          </Anchor>
        ))}
      </Group>
      {kind === 'exploit' ? <Proof why={why} proof={proof} /> : <Where proof={proof} />}
    </li>
  )
}

/** The first place of a technique; the table of places has all. */
function Where({ proof: [first, ...others] }: Pick<FindingView, 'proof'>): ReactElement {
  return (
    <div className={styles['where']}>
      <span className="mono break">{first!.path}</span>
      {others.length > 0 && <span className={styles['others']}>{others.length === 1 ? 'and one place more' : `and ${others.length} places more`}</span>}
    </div>
  )
}

/** What a reader checks by hand before believing in an exploit. */
function Proof({ why, proof }: Pick<FindingView, 'why' | 'proof'>): ReactElement {
  const offsets = proof.some(({ offset }) => offset !== undefined)
  const bounds = proof.some(({ limit }) => limit !== undefined)
  return (
    <SimpleTable label={`Proof of: ${why}`} headers={['Where', ...(offsets ? ['Offset'] : []), 'What', 'Value', ...(bounds ? ['Bound'] : [])]}>
      {proof.map(({ path, offset, field, value, limit }, index) => (
        <Table.Tr key={index}>
          <Table.Td className="mono break">{path}</Table.Td>
          {offsets && <Table.Td className="nowrap mono">{hex(offset)}</Table.Td>}
          <Table.Td>{field}</Table.Td>
          <Table.Td className={`mono break ${styles['value']}`}>
            <LongValue text={String(value)} />
          </Table.Td>
          {bounds && <Table.Td className="mono">{limit ?? ''}</Table.Td>}
        </Table.Tr>
      ))}
    </SimpleTable>
  )
}
