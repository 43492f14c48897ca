import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { ApprovedRoleChange } from '#platform/auth/contract.ts'
import { command, create } from '../api/client.ts'
import { useMay } from '../session/may.ts'
import { useSession } from '../session/session.ts'
import { Instant } from '../ui/instant.tsx'
import { peopleQuery, roleChangesQuery, type RoleChangeView } from './people.ts'
import { roleName } from './roles.ts'
import { SecondPersonPanel, type Matter } from './second-person.tsx'

/** Roles that one membership officer proposed and another has to approve. */
export function WaitingRoleChanges({ whenNone }: { whenNone: 'say-so' | 'hide' }): ReactElement | null {
  const changes = useQuery(roleChangesQuery)
  const may = useMay()
  const self = useSession().person.id
  const toMatter = (change: RoleChangeView): Matter => ({
    id: change.id,
    personName: change.person.name,
    noun: 'the role change',
    body: whatChanges(change),
    origin: (
      <>
        Proposed by {change.proposedBy.name} at <Instant value={change.proposedAt} />, ends at <Instant value={change.expiresAt} />
      </>
    ),
    waits: true,
    mine: change.proposedBy.id === self || change.person.id === self,
    mayApprove: may('role-change.approve'),
    mayClose: may('role-change.close'),
    question: <Question change={change} />,
    closing: 'Nothing about the account changes. The roles can be proposed again at any time.',
    approve: async () => (await create(ApprovedRoleChange, `/api/role-changes/${change.id}/approval`)).link,
    close: () => command('DELETE', `/api/role-changes/${change.id}`),
  })
  return (
    <SecondPersonPanel
      title="Role changes that wait for a second officer"
      lead="Giving somebody a role of the operator takes two membership officers: one proposes it, another approves it."
      none="No role change waits"
      whenNone={whenNone}
      query={changes}
      matters={(changes.data ?? []).filter(({ state }) => state === 'waits').map(toMatter)}
      changes={[roleChangesQuery.queryKey, peopleQuery.queryKey]}
    />
  )
}

function whatChanges({ roles, presentRoles }: RoleChangeView): string {
  const gains = roles.filter((role) => !presentRoles.includes(role)).map(roleName)
  const loses = presentRoles.filter((role) => !roles.includes(role)).map(roleName)
  return [gains.length > 0 && `Gains: ${gains.join(', ')}`, loses.length > 0 && `Loses: ${loses.join(', ')}`].filter(Boolean).join('. ')
}

function Question({ change }: { change: RoleChangeView }): ReactElement {
  return (
    <>
      <Text>
        {change.proposedBy.name} proposed it. {whatChanges(change)}.
      </Text>
      <Text>
        Make sure yourself that there is such a person and that they are to have these roles. If {change.person.name} has never come in, you receive a one-time
        link to pass on.
      </Text>
    </>
  )
}
