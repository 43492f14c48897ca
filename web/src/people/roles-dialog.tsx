import { Button, Group, Stack, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { RolesSet } from '#platform/auth/contract.ts'
import { put } from '../api/client.ts'
import { fieldMessage } from '../api/problem.ts'
import { SESSION_KEY } from '../session/session.ts'
import { Dialog } from '../ui/dialog.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { peopleQuery, roleChangesQuery, type PersonView } from './people.ts'
import { RoleChoice } from './role-choice.tsx'
import type { Role } from './roles.ts'
import { SecondOfficerNote, WaitsForOfficer } from './waits-for-officer.tsx'

interface RolesDialogProps {
  readonly person: PersonView
  readonly opened: boolean
  readonly onClose: () => void
}

/** Sets all roles of one person. */
export function RolesDialog({ person, opened, onClose }: RolesDialogProps): ReactElement {
  return (
    <Dialog opened={opened} onClose={onClose} title={`Roles of ${person.name}`} size="md">
      <RolesForm person={person} onClose={onClose} />
    </Dialog>
  )
}

function RolesForm({ person, onClose }: Omit<RolesDialogProps, 'opened'>): ReactElement {
  const queries = useQueryClient()
  const [roles, setRoles] = useState<readonly Role[]>(person.roles)
  const save = useMutation({
    mutationFn: () => put(RolesSet, `/api/people/${person.id}/roles`, { roles }),
    onSuccess: async ({ state }) => {
      if (state === 'done') onClose()
      for (const queryKey of [peopleQuery.queryKey, roleChangesQuery.queryKey, SESSION_KEY]) await queries.invalidateQueries({ queryKey })
    },
  })
  if (save.data?.state === 'waits') {
    return (
      <WaitsForOfficer name={person.name} onClose={onClose}>
        Until then {person.name} keeps the roles of now.
      </WaitsForOfficer>
    )
  }
  const gives = roles.some((role) => !person.roles.includes(role))
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate()
      }}
    >
      <Stack>
        <RoleChoice side={person.kind} value={roles} onChange={setRoles} error={fieldMessage(save.error, '/roles')} />
        {person.kind === 'operator' && gives && <SecondOfficerNote />}
        <Text size="sm" c="dimmed">
          Changes hold from the person’s next request on, and {person.name} receives a notice.
        </Text>
        <ProblemAlert error={save.error} shownFields={['/roles']} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} disabled={save.isPending}>
            Cancel
          </Button>
          <Button type="submit" loading={save.isPending}>
            Set roles
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
