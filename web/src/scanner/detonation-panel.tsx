import { Skeleton, Stack, Table, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { SimpleTable } from '../ui/simple-table.tsx'
import styles from './detonation-panel.module.css'
import { bySeverity, detonationQuery, happeningWords, processTree, type DetonationReport, type ProcessNode } from './detonations.ts'

/** The JSON report has the rest. */
const MOST_ROWS = 300
const MOST_PICTURES = 24

/** What one detonation showed: its signals, pictures, processes, and what happened in its order. */
export function DetonationPanel({ submission, detonation }: { submission: string; detonation: string }): ReactElement {
  const { data, error, isPending, refetch } = useQuery(detonationQuery(submission, detonation))
  const at = `/api/submissions/${submission}/detonations/${detonation}`
  return (
    <Panel title={data ? `Seen in ${data.environment.name}` : 'Seen'} lead={data?.why_ended}>
      {isPending && <Skeleton height={240} />}
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {data && (
        <Stack gap="lg">
          <Signals report={data} />
          <Pictures report={data} at={at} />
          <Processes report={data} />
          <Timeline report={data} />
          <NotWatched report={data} />
        </Stack>
      )}
    </Panel>
  )
}

function Signals({ report: { signals } }: { report: DetonationReport }): ReactElement {
  if (signals.length === 0) return <Text>No signal: nothing happened that such a document does not do anyway.</Text>
  return (
    <SimpleTable label="Signals" headers={['Signal', 'Weight', 'Seen by', 'Why', 'ATT&CK']}>
      {bySeverity(signals).map(({ id, weight, rank, why, attack }, index) => (
        <Table.Tr key={index}>
          <Table.Td className="nowrap">{id}</Table.Td>
          <Table.Td>{weight}</Table.Td>
          <Table.Td>{rank}</Table.Td>
          <Table.Td className="break">{why}</Table.Td>
          <Table.Td>{attack.join(' ')}</Table.Td>
        </Table.Tr>
      ))}
    </SimpleTable>
  )
}

function Pictures({ report: { happenings }, at }: { report: DetonationReport; at: string }): ReactElement | null {
  const pictures = happenings.flatMap((one) => (one.kind === 'picture' ? [one] : []))
  if (pictures.length === 0) return null
  return (
    <div>
      <Title order={3}>Pictures</Title>
      <div className={styles['pictures']}>
        {pictures.slice(0, MOST_PICTURES).map(({ sha256, of, number, t }, index) => (
          <figure key={index} className={styles['picture']}>
            <img src={`${at}/pictures/${sha256}`} alt={`${of} ${number}, as it looked`} loading="lazy" />
            <figcaption>
              {of} {number}, {t.toFixed(1)} s
            </figcaption>
          </figure>
        ))}
      </div>
    </div>
  )
}

function Processes({ report: { happenings } }: { report: DetonationReport }): ReactElement | null {
  const roots = processTree(happenings)
  if (roots.length === 0) return null
  return (
    <div>
      <Title order={3}>Processes</Title>
      <ProcessList nodes={roots} />
    </div>
  )
}

function ProcessList({ nodes }: { nodes: readonly ProcessNode[] }): ReactElement {
  return (
    <ul className={styles['tree']}>
      {nodes.map(({ pid, image, children }) => (
        <li key={pid} className="mono break">
          {pid} {image}
          {children.length > 0 && <ProcessList nodes={children} />}
        </li>
      ))}
    </ul>
  )
}

function Timeline({ report: { happenings } }: { report: DetonationReport }): ReactElement {
  return (
    <div>
      <Title order={3}>What happened</Title>
      <SimpleTable label="What happened" headers={['At', 'Seen by', 'What']}>
        {happenings.slice(0, MOST_ROWS).map((one, index) => (
          <Table.Tr key={index}>
            <Table.Td className="nowrap mono">{one.t.toFixed(2)} s</Table.Td>
            <Table.Td>{one.rank}</Table.Td>
            <Table.Td className="break mono">{happeningWords(one)}</Table.Td>
          </Table.Tr>
        ))}
      </SimpleTable>
      {happenings.length > MOST_ROWS && (
        <Text size="sm" c="dimmed" mt="xs">
          {(happenings.length - MOST_ROWS).toLocaleString('en')} more are in the report as JSON.
        </Text>
      )}
    </div>
  )
}

function NotWatched({ report: { not_watched: left } }: { report: DetonationReport }): ReactElement | null {
  if (left.length === 0) return null
  return (
    <div>
      <Title order={3}>Not watched</Title>
      <ul>
        {left.map(({ what, why }, index) => (
          <li key={index} className="break">
            {what}: {why}
          </li>
        ))}
      </ul>
    </div>
  )
}
