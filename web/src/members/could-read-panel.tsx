import { Button, Group, Select, Stack, Table, Text, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { CouldRead } from '#program/membership/standing/contract.ts'
import { get } from '../api/client.ts'
import { fieldMessage } from '../api/problem.ts'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { SimpleTable } from '../ui/simple-table.tsx'
import type { MemberStanding } from './members.ts'

/** What contacts of a member could read at an instant that is over, by the rule and the facts of then. */
export function CouldReadPanel({ member }: { member: MemberStanding }): ReactElement {
  const [at, setAt] = useState('')
  const [person, setPerson] = useState<string | null>(null)
  const ask = useMutation({
    mutationFn: () => get(CouldRead, `/api/organisations/${member.organisation.id}/could-read`, { at: `${at}:00Z`, ...(person === null ? {} : { person }) }),
  })
  return (
    <Panel
      title="Who could read what"
      lead="By the rule of the embargo and the facts as they were then. What was really received is in the receipts. The question is on record."
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          ask.mutate()
        }}
      >
        <Stack>
          <Group align="flex-end">
            <TextInput
              label="At (UTC)"
              type="datetime-local"
              required
              value={at}
              onChange={(event) => setAt(event.currentTarget.value)}
              error={fieldMessage(ask.error, '/at')}
            />
            <Select
              label="Contact"
              placeholder="Everybody"
              clearable
              value={person}
              onChange={setPerson}
              data={member.people.map(({ id, name }) => ({ value: id, label: name }))}
            />
            <Button type="submit" variant="default" loading={ask.isPending} disabled={at === ''}>
              Ask
            </Button>
          </Group>
          <ProblemAlert error={ask.error} shownFields={['/at']} />
          {ask.data && <Answer answer={ask.data} />}
        </Stack>
      </form>
    </Panel>
  )
}

function Answer({ answer }: { answer: typeof CouldRead._output }): ReactElement {
  const rows = answer.people.flatMap(({ person, versions }) => versions.map((version) => ({ person, ...version })))
  return (
    <output>
      <Text size="sm" mb="xs">
        {rows.length === 0 ? 'Nobody could read anything' : `${rows.length} readable`} at <Instant value={answer.at} />, by rule {answer.rule}
      </Text>
      {rows.length > 0 && (
        <SimpleTable label="Readable then" headers={['Contact', 'Package', 'Parts']}>
          {rows.map(({ person, package: id, version, parts }) => (
            <Table.Tr key={`${person.id} ${id} ${version}`}>
              <Table.Td>{person.name}</Table.Td>
              <Table.Td>
                {id}, version {version}
              </Table.Td>
              <Table.Td>{parts.join(', ')}</Table.Td>
            </Table.Tr>
          ))}
        </SimpleTable>
      )}
    </output>
  )
}
