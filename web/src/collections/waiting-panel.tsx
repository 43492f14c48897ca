import { Table } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { AccessChange } from '#exchange/access/contract.ts'
import { command, post } from '../api/client.ts'
import { DecideButtons } from '../members/decide-buttons.tsx'
import { useMay } from '../session/may.ts'
import { useSession } from '../session/session.ts'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { SimpleTable } from '../ui/simple-table.tsx'
import { ACCESS_QUERIES, accessChangesQuery, rightWords, type Change } from './collections.ts'

/** Changes of access that wait for a second officer, all of them or those about one collection; nothing is shown while there is none. */
export function WaitingPanel({ collection }: { collection?: string }): ReactElement | null {
  const changes = useQuery(accessChangesQuery)
  if (changes.error) return <ProblemAlert error={changes.error} onRetry={() => void changes.refetch()} />
  const shown = (changes.data ?? []).filter((change) => collection === undefined || change.collection?.id === collection)
  if (shown.length === 0) return null
  return (
    <Panel title="Waiting for a second officer" lead="Nothing of it holds until another membership officer approves." flush>
      <SimpleTable label="Changes of access that wait" headers={['Member', 'Change', 'Proposed by', 'Lapses', '']}>
        {shown.map((change) => (
          <WaitingRow key={change.id} change={change} />
        ))}
      </SimpleTable>
    </Panel>
  )
}

function WaitingRow({ change }: { change: Change }): ReactElement {
  const may = useMay()
  const self = useSession().person.id
  const words = changeWords(change)
  return (
    <Table.Tr>
      <Table.Td fw={600}>{change.organisation?.name ?? 'Everybody'}</Table.Td>
      <Table.Td miw={260}>{words}</Table.Td>
      <Table.Td>{change.proposedBy.name}</Table.Td>
      <Table.Td className="nowrap">
        <Instant value={change.expiresAt} />
      </Table.Td>
      <Table.Td align="right">
        {may('access.change') && (
          <DecideButtons
            what={`change for ${change.organisation?.name ?? change.collection?.title ?? change.group?.title ?? ''}`}
            mine={change.proposedBy.id === self}
            approve={() => post(AccessChange, `/api/access-changes/${change.id}/approval`)}
            refuse={() => command('DELETE', `/api/access-changes/${change.id}`)}
            changes={ACCESS_QUERIES}
          >
            {change.organisation ? `${change.organisation.name}: ${words} From now on it is shown what is there already, too.` : words}
          </DecideButtons>
        )}
      </Table.Td>
    </Table.Tr>
  )
}

function changeWords({ collection, group, right, alias, text }: Change): string {
  if (alias !== null)
    return `The alias ${alias}, which was another collection’s, leads to ${collection?.title ?? ''}: whatever follows it reads and writes there.`
  if (text) return `The sharing group ${group?.title ?? ''} is called ${text.title}${text.description === '' ? '' : `: ${text.description}`}`
  if (collection && right) return `${rightWords(right)} in ${collection.title}.`
  return `Joins the sharing group ${group?.title ?? ''}.`
}
