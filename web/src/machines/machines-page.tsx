import { Anchor, Skeleton, Stack, Table, Text } from '@mantine/core'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { FarmView } from '#scanner/detonation/contract.ts'
import { get } from '../api/client.ts'
import { OnlyWith } from '../session/only-with.tsx'
import { Instant } from '../ui/instant.tsx'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { SimpleTable } from '../ui/simple-table.tsx'

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
          <Panel title="Workers" flush>
            {data.workers.length === 0 ? (
              <Text p="md">No worker runs: submissions have their static answer alone, and say so.</Text>
            ) : (
              <SimpleTable label="Workers" headers={['Host', 'Machines', 'Memory', 'Environments']}>
                {data.workers.map(({ host, machines, memoryMib, environments }, index) => (
                  <Table.Tr key={index}>
                    <Table.Td className="break">{host}</Table.Td>
                    <Table.Td>{machines}</Table.Td>
                    <Table.Td className="nowrap">{memoryMib.toLocaleString('en')} MiB</Table.Td>
                    <Table.Td className="break">
                      {environments.length === 0 ? 'None is installed' : environments.map(({ name, version }) => `${name} (${version})`).join(', ')}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </SimpleTable>
            )}
          </Panel>
          <Panel title="Lent now" flush>
            {data.leases.length === 0 ? (
              <Text p="md">No machine is lent.</Text>
            ) : (
              <SimpleTable label="Lent now" headers={['Host', 'Machine', 'Memory', 'Since', 'For']}>
                {data.leases.map(({ host, machine, memoryMib, leasedAt, submission, environment }) => (
                  <Table.Tr key={`${host} ${machine}`}>
                    <Table.Td className="break">{host}</Table.Td>
                    <Table.Td>{machine}</Table.Td>
                    <Table.Td className="nowrap">{memoryMib.toLocaleString('en')} MiB</Table.Td>
                    <Table.Td>
                      <Instant value={leasedAt} />
                    </Table.Td>
                    <Table.Td>{submission === null ? 'Another operator' : <Of id={submission} words={environment ?? 'A submission'} />}</Table.Td>
                  </Table.Tr>
                ))}
              </SimpleTable>
            )}
          </Panel>
          <Panel title="Waiting" flush>
            {data.waiting.length === 0 ? (
              <Text p="md">Nothing waits.</Text>
            ) : (
              <SimpleTable label="Waiting" headers={['What', 'Since', 'For']}>
                {data.waiting.map(({ submission, environment, waitsFor, plannedAt }, index) => (
                  <Table.Tr key={index}>
                    <Table.Td>
                      <Of id={submission} words={environment} />
                    </Table.Td>
                    <Table.Td>
                      <Instant value={plannedAt} />
                    </Table.Td>
                    <Table.Td>{waitsFor === null ? 'its turn' : WAITS[waitsFor]}</Table.Td>
                  </Table.Tr>
                ))}
              </SimpleTable>
            )}
          </Panel>
        </Stack>
      )}
    </Page>
  )
}

function Of({ id, words }: { id: string; words: string }): ReactElement {
  return (
    <Anchor component={Link} to={`/scanner/${id}`} inherit>
      {words}
    </Anchor>
  )
}
