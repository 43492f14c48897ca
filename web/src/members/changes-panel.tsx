import { Stack, Table, Text } from '@mantine/core'
import type { ReactElement } from 'react'
import { StandingChange } from '#program/membership/standing/contract.ts'
import { command, post } from '../api/client.ts'
import { useMay } from '../session/may.ts'
import { useSession } from '../session/session.ts'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { SimpleTable } from '../ui/simple-table.tsx'
import { DecideButtons } from './decide-buttons.tsx'
import { memberQuery, membersQuery, type Change, type MemberStanding } from './members.ts'
import { CHANGE_STATES, changeWords, KIND_NAMES } from './words.ts'

/** Changes of a member's standing: those that wait for a second officer, or what became of the others. */
export function ChangesPanel({ member, which }: { member: MemberStanding; which: 'waiting' | 'past' }): ReactElement | null {
  const rows = member.changes.filter(({ state }) => (state === 'waits') === (which === 'waiting'))
  if (rows.length === 0) return null
  const waiting = which === 'waiting'
  return (
    <Panel title={waiting ? 'Waits for a second officer' : 'Decisions'} flush>
      <SimpleTable label={waiting ? 'Changes that wait' : 'Decisions'} headers={['Change', 'Reason', 'By', waiting ? '' : 'State']}>
        {rows.map((change) => (
          <Table.Tr key={change.id}>
            <Table.Td miw={200}>
              <Text size="sm" fw={600}>
                {KIND_NAMES[change.kind]}
              </Text>
              <Text size="sm">{changeWords(change)}</Text>
            </Table.Td>
            <Table.Td miw={200} className="break">
              {change.reason}
              {change.evidence !== null && (
                <Text size="xs" c="dimmed">
                  Evidence: {change.evidence}
                </Text>
              )}
            </Table.Td>
            <Table.Td>
              <Who change={change} />
            </Table.Td>
            <Table.Td align={waiting ? 'right' : 'left'}>
              {waiting ? <Decide change={change} id={member.organisation.id} /> : CHANGE_STATES[change.state]}
            </Table.Td>
          </Table.Tr>
        ))}
      </SimpleTable>
    </Panel>
  )
}

function Who({ change: { state, proposed, approved, closed } }: { change: Change }): ReactElement {
  const alone = state === 'done' && approved === null
  const acts = [
    [alone ? 'Decided' : 'Proposed', proposed],
    ['Approved', approved],
    ['Refused', closed],
  ] as const
  return (
    <Stack gap={0}>
      {acts.map(
        ([what, act]) =>
          act && (
            <Text key={what} size="sm">
              {what} by {act.by.name}, <Instant value={act.at} />
            </Text>
          ),
      )}
    </Stack>
  )
}

function Decide({ change, id }: { change: Change; id: string }): ReactElement | null {
  const may = useMay()
  const self = useSession().person.id
  if (!may('standing.approve')) return null
  return (
    <DecideButtons
      what={KIND_NAMES[change.kind].toLowerCase()}
      mine={change.proposed.by.id === self}
      approve={() => post(StandingChange, `/api/standing-changes/${change.id}/approval`)}
      refuse={() => command('DELETE', `/api/standing-changes/${change.id}`)}
      changes={[memberQuery(id).queryKey, membersQuery.queryKey]}
    >
      <Text>
        {changeWords(change)}. {change.proposed.by.name} proposed it: {change.reason}
      </Text>
    </DecideButtons>
  )
}
