import { Button, Skeleton, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { useMay } from '../session/may.ts'
import { OnlyWith } from '../session/only-with.tsx'
import { useSession } from '../session/session.ts'
import { DataTable, type Column } from '../ui/data-table.tsx'
import { hasDraft } from '../ui/draft.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { Instant } from '../ui/instant.tsx'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import { INVITE_DRAFT, InviteDialog } from './invite-dialog.tsx'
import { OpenRecoveries } from './open-recoveries.tsx'
import styles from './people-page.module.css'
import { peopleQuery, type PersonView } from './people.ts'
import { PersonActions } from './person-actions.tsx'
import { roleName } from './roles.ts'
import { WaitingRoleChanges } from './waiting-role-changes.tsx'

const COLUMNS: readonly Column<PersonView>[] = [
  { key: 'name', header: 'Name', text: ({ name }) => name, cell: ({ name }) => <strong className={styles['name']}>{name}</strong> },
  { key: 'organisation', header: 'Organisation', text: ({ organisation }) => organisation.name },
  {
    key: 'roles',
    header: 'Roles',
    text: ({ roles }) => roles.map(roleName).join(', '),
    cell: ({ roles }) => (roles.length === 0 ? 'None' : roles.map(roleName).join(', ')),
  },
  { key: 'email', header: 'Mail', text: ({ email }) => email ?? '' },
  { key: 'state', header: 'State', text: stateOf, cell: (person) => <State person={person} /> },
  { key: 'since', header: 'Since', text: ({ createdAt }) => createdAt, cell: ({ createdAt }) => <Instant value={createdAt} /> },
]

const personActions = (person: PersonView): ReactElement => <PersonActions person={person} />

/** The people whom the signed-in person may see, and what may be done about each. */
export function PeoplePage(): ReactElement {
  return (
    <OnlyWith verb="person.list">
      <People />
    </OnlyWith>
  )
}

function People(): ReactElement {
  const session = useSession()
  const may = useMay()
  const people = useQuery(peopleQuery)
  const [inviting, setInviting] = useState(() => hasDraft(INVITE_DRAFT))
  return (
    <Page
      title="People"
      lead={session.kind === 'operator' ? 'People of the operator, and contacts of its member organisations.' : `People of ${session.organisation.name}.`}
      actions={may('person.invite') && <Button onClick={() => setInviting(true)}>Invite a person</Button>}
    >
      <Stack>
        {may('role-change.list') && <WaitingRoleChanges whenNone="hide" />}
        {may('recovery.list') && <OpenRecoveries whenNone="hide" />}
        <Panel title="Everybody" flush>
          {people.isPending && <Skeleton height={240} radius={0} />}
          <ProblemAlert error={people.error} onRetry={() => void people.refetch()} />
          {people.data && (
            <DataTable
              label="People"
              columns={COLUMNS}
              rows={people.data}
              rowKey={({ id }) => id}
              rowActions={personActions}
              empty={
                <EmptyState icon="people" title="Nobody yet">
                  Invite the first person; they receive a one-time link from you.
                </EmptyState>
              }
            />
          )}
        </Panel>
      </Stack>
      {may('person.invite') && <InviteDialog opened={inviting} onClose={() => setInviting(false)} />}
    </Page>
  )
}

function stateOf(person: PersonView): string {
  if (person.disabledAt !== null) return 'Disabled'
  if (person.roles.length === 0) return 'No roles yet'
  return person.passkeys === 0 ? 'Invited, no passkey yet' : 'Active'
}

function State({ person }: { person: PersonView }): ReactElement {
  const tone = person.disabledAt !== null ? 'off' : person.passkeys === 0 ? 'waiting' : 'on'
  return <StateMark tone={tone}>{stateOf(person)}</StateMark>
}
