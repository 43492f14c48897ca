import { Anchor, Skeleton, Stack, Table, Text } from '@mantine/core'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import type { z } from 'zod'
import { FarmView, type Environment } from '#scanner/detonation/contract.ts'
import { get } from '../api/client.ts'
import { HowToInstall } from '../detonation/no-environments.tsx'
import { viewerWords } from '../detonation/words.ts'
import { OnlyWith } from '../session/only-with.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Instant } from '../ui/instant.tsx'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { SimpleTable } from '../ui/simple-table.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import { EgressPanel } from './egress-panel.tsx'
import styles from './machines-page.module.css'

type Farm = z.output<typeof FarmView>

const farmQuery = queryOptions({
  queryKey: ['machines'],
  queryFn: ({ signal }) => get(FarmView, '/api/machines', {}, signal),
  refetchInterval: 2_000,
})
const WAITS = { machine: 'a machine', memory: 'memory', environment: 'a worker with its environment' } as const

/** The machines in which submissions are opened: which there are, what is lent to whom, and what waits for what. */
export function MachinesPage(): ReactElement {
  return (
    <OnlyWith verb="machine.list">
      <Machines />
    </OnlyWith>
  )
}

function Machines(): ReactElement {
  const { data, error, isPending, refetch } = useQuery(farmQuery)
  return (
    <Page title="Machines" lead="In which submissions are opened. One machine serves one document and is thrown away.">
      {isPending && <Skeleton height={240} />}
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {data && (
        <Stack>
          <Figures farm={data} />
          <Workers workers={data.workers} />
          <Lent leases={data.leases} />
          <Waiting waiting={data.waiting} />
          <EgressPanel />
        </Stack>
      )}
    </Page>
  )
}

/** The state of the farm at one glance. */
function Figures({ farm: { workers, leases, waiting } }: { farm: Farm }): ReactElement {
  const machines = workers.reduce((sum, one) => sum + one.machines, 0)
  const figures = [
    [workers.length, workers.length === 1 ? 'worker' : 'workers'],
    [machines, machines === 1 ? 'machine' : 'machines'],
    [leases.length, 'lent now'],
    [waiting.length, waiting.length === 200 ? 'or more wait' : waiting.length === 1 ? 'waits' : 'wait'],
  ] as const
  return (
    <ul className={styles['figures']} aria-label="At a glance">
      {figures.map(([figure, words]) => (
        <li key={words}>
          <strong>{figure}</strong> {words}
        </li>
      ))}
    </ul>
  )
}

function Workers({ workers }: { workers: Farm['workers'] }): ReactElement {
  const nothing = workers.every(({ environments }) => environments.length === 0)
  return (
    <Panel title="Workers" lead="That have told within the last minute that they live." flush>
      {workers.length === 0 ? (
        <EmptyState icon="program" title="No worker runs">
          Submissions have their static answer alone, and say so. <code>vedette start</code> and <code>vedette worker</code> run one.
        </EmptyState>
      ) : (
        <SimpleTable label="Workers" headers={['Host', 'Machines', 'Memory', 'Environments']}>
          {workers.map(({ host, machines, memoryMib, environments, notes }, index) => (
            <Table.Tr key={index}>
              <Table.Td className="break">{host}</Table.Td>
              <Table.Td>{machines}</Table.Td>
              <Table.Td className="nowrap">{memoryMib.toLocaleString('en')} MiB</Table.Td>
              <Table.Td>
                {environments.length === 0 ? <StateMark tone="bad">None is installed</StateMark> : <Environments environments={environments} />}
                <Notes notes={notes} />
              </Table.Td>
            </Table.Tr>
          ))}
        </SimpleTable>
      )}
      {nothing && (
        <div className={styles['note']}>
          <HowToInstall />
        </div>
      )}
    </Panel>
  )
}

function Environments({ environments }: { environments: readonly Environment[] }): ReactElement {
  return (
    <ul className={styles['environments']}>
      {environments
        .toSorted((a, b) => a.name.localeCompare(b.name))
        .map((one) => (
          <li key={one.name}>
            <strong>{viewerWords(one)}</strong> {one.os}
            {one.age === 'older' && ', older'} <span className={styles['quiet']}>{one.name}</span>
          </li>
        ))}
    </ul>
  )
}

/** What of a host cannot be used and why, and who runs the guests' code. */
function Notes({ notes }: { notes: readonly string[] }): ReactElement | null {
  if (notes.length === 0) return null
  return (
    <ul className={styles['notes']} aria-label="Notes of this worker">
      {notes.map((note) => (
        <li key={note}>{note}</li>
      ))}
    </ul>
  )
}

function Lent({ leases }: { leases: Farm['leases'] }): ReactElement {
  return (
    <Panel title="Lent now" flush>
      {leases.length === 0 ? (
        <Text p="md">No machine is lent.</Text>
      ) : (
        <SimpleTable label="Lent now" headers={['For', 'Host', 'Machine', 'Memory', 'Since']}>
          {leases.map(({ host, machine, memoryMib, leasedAt, submission, environment }) => (
            <Table.Tr key={`${host} ${machine}`}>
              <Table.Td className="break">{submission === null ? 'Another operator' : <Of id={submission} words={environment ?? 'A submission'} />}</Table.Td>
              <Table.Td className="break">{host}</Table.Td>
              <Table.Td>{machine}</Table.Td>
              <Table.Td className="nowrap">{memoryMib.toLocaleString('en')} MiB</Table.Td>
              <Table.Td>
                <Instant value={leasedAt} />
              </Table.Td>
            </Table.Tr>
          ))}
        </SimpleTable>
      )}
    </Panel>
  )
}

function Waiting({ waiting }: { waiting: Farm['waiting'] }): ReactElement {
  return (
    <Panel title="Waiting" lead={waiting.length === 200 ? 'The 200 that wait longest.' : undefined} flush>
      {waiting.length === 0 ? (
        <Text p="md">Nothing waits.</Text>
      ) : (
        <SimpleTable label="Waiting" headers={['What', 'Waits for', 'Since']}>
          {waiting.map(({ submission, environment, waitsFor, plannedAt }, index) => (
            <Table.Tr key={index}>
              <Table.Td className="break">
                <Of id={submission} words={environment} />
              </Table.Td>
              <Table.Td>{waitsFor === null ? 'its turn' : WAITS[waitsFor]}</Table.Td>
              <Table.Td>
                <Instant value={plannedAt} />
              </Table.Td>
            </Table.Tr>
          ))}
        </SimpleTable>
      )}
    </Panel>
  )
}

function Of({ id, words }: { id: string; words: string }): ReactElement {
  return (
    <Anchor component={Link} to={`/scanner/${id}`} inherit>
      {words}
    </Anchor>
  )
}
