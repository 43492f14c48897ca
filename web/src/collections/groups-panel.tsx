import { ActionIcon, Button, Group, Select, Skeleton, Stack, Switch, Text } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { AccessChange } from '#exchange/access/contract.ts'
import { SharingGroup } from '#exchange/groups/contract.ts'
import { command, post, put } from '../api/client.ts'
import { membersQuery } from '../members/members.ts'
import { useMay } from '../session/may.ts'
import { useSession } from '../session/session.ts'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { CopyText } from '../ui/copy-text.tsx'
import { hasDraft } from '../ui/draft.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { Icon } from '../ui/icon.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { ACCESS_QUERIES, groupsQuery, type Group as SharedGroup } from './collections.ts'
import { CreateGroupDialog, GROUP_DRAFT } from './create-group-dialog.tsx'
import { RenameGroupButton } from './rename-group.tsx'
import styles from './groups-panel.module.css'

/** Sharing groups: what names a group's marking is seen by its members alone. */
export function GroupsPanel(): ReactElement {
  const may = useMay()
  const groups = useQuery(groupsQuery)
  const [creating, setCreating] = useState(() => hasDraft(GROUP_DRAFT))
  return (
    <Panel
      title="Sharing groups"
      lead="An object that names a group’s marking is seen by the group’s members alone. A group without members is its authors’ own."
      actions={
        may('access.change') && (
          <Button variant="default" onClick={() => setCreating(true)}>
            Make a group
          </Button>
        )
      }
      flush
    >
      {groups.isPending && <Skeleton height={120} radius={0} />}
      <ProblemAlert error={groups.error} onRetry={() => void groups.refetch()} />
      {groups.data?.length === 0 && (
        <EmptyState icon="members" title="No sharing group">
          {may('access.change') ? 'Make one for members that share what others shall not see.' : 'Your organisation belongs to none.'}
        </EmptyState>
      )}
      {groups.data?.map((group) => (
        <GroupRow key={group.id} group={group} />
      ))}
      <CreateGroupDialog opened={creating} onClose={() => setCreating(false)} />
    </Panel>
  )
}

function GroupRow({ group }: { group: SharedGroup }): ReactElement {
  const may = useMay()
  const { kind } = useSession()
  const isKept = may('access.change') && group.closedAt === null
  return (
    <div className={styles['group']}>
      <Stack gap={6}>
        <Group justify="space-between" align="flex-start">
          <div>
            <Text fw={600}>{group.title}</Text>
            {group.description && <Text size="sm">{group.description}</Text>}
          </div>
          {group.closedAt ? (
            <Text size="sm">Closed</Text>
          ) : (
            isKept && (
              <Group gap="xs">
                <RenameGroupButton group={group} />
                <CloseButton group={group} />
              </Group>
            )
          )}
        </Group>
        <Text size="sm" component="div">
          Marking <CopyText label={`Copy the marking of ${group.title}`} text={group.marking} />
        </Text>
        <ul className={styles['members']} aria-label={`Members of ${group.title}`}>
          {group.members.map((member) => (
            <li key={member.id}>
              {member.name}
              {member.named && <span className={styles['named']}> named to the others</span>}
              {isKept && <LeaveButton group={group} member={member} />}
            </li>
          ))}
        </ul>
        {kind === 'operator' && group.members.length === 0 && (
          <Text size="sm" c="dimmed">
            Nobody belongs to it.
          </Text>
        )}
        {isKept && <AddMember group={group} />}
        {may('sharing-group.choose-named') && <NamedSwitch group={group} />}
      </Stack>
    </div>
  )
}

function useAccess(act: () => Promise<unknown>, onDone?: () => void) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: act,
    onSuccess: async () => {
      onDone?.()
      for (const queryKey of ACCESS_QUERIES) await queries.invalidateQueries({ queryKey })
    },
  })
}

function AddMember({ group }: { group: SharedGroup }): ReactElement {
  const members = useQuery(membersQuery)
  const [chosen, setChosen] = useState<string | null>(null)
  const add = useAccess(
    () => put(AccessChange, `/api/sharing-groups/${group.id}/members/${chosen}`, {}),
    () => setChosen(null),
  )
  const within = new Set(group.members.map(({ id }) => id))
  const offered = (members.data ?? []).filter(({ id, state }) => !within.has(id) && (state === 'active' || state === 'paused'))
  return (
    <>
      <Group gap="xs" align="flex-end">
        <Select
          label={`Add a member to ${group.title}`}
          placeholder="Choose a member"
          data={offered.map(({ id, name }) => ({ value: id, label: name }))}
          value={chosen}
          onChange={setChosen}
          searchable
          size="sm"
        />
        <Button variant="default" disabled={chosen === null} loading={add.isPending} onClick={() => add.mutate()}>
          Propose
        </Button>
      </Group>
      <ProblemAlert error={add.error} />
    </>
  )
}

function LeaveButton({ group, member }: { group: SharedGroup; member: SharedGroup['members'][number] }): ReactElement {
  const [asked, setAsked] = useState(false)
  const leave = useAccess(
    () => command('DELETE', `/api/sharing-groups/${group.id}/members/${member.id}`),
    () => setAsked(false),
  )
  return (
    <>
      <ActionIcon variant="subtle" color="gray" size="sm" aria-label={`Take ${member.name} out of ${group.title}`} onClick={() => setAsked(true)}>
        <Icon name="cross" size={14} />
      </ActionIcon>
      <ConfirmDialog
        opened={asked}
        title={`Take ${member.name} out of ${group.title}?`}
        confirm="Take out"
        pending={leave.isPending}
        error={leave.error}
        onConfirm={() => leave.mutate()}
        onClose={() => setAsked(false)}
      >
        At once it is shown nothing more of what is shared with the group. What it has read stays read. Only two officers can let it in again.
      </ConfirmDialog>
    </>
  )
}

function CloseButton({ group }: { group: SharedGroup }): ReactElement {
  const [asked, setAsked] = useState(false)
  const close = useAccess(
    () => post(SharingGroup, `/api/sharing-groups/${group.id}/closing`),
    () => setAsked(false),
  )
  return (
    <>
      <Button variant="default" size="compact-sm" onClick={() => setAsked(true)} aria-label={`Close ${group.title}`}>
        Close
      </Button>
      <ConfirmDialog
        opened={asked}
        title={`Close ${group.title}?`}
        confirm="Close the group"
        pending={close.isPending}
        error={close.error}
        onConfirm={() => close.mutate()}
        onClose={() => setAsked(false)}
      >
        What was shared with it is seen by its authors alone from now on. A closed group is not opened again.
      </ConfirmDialog>
    </>
  )
}

function NamedSwitch({ group }: { group: SharedGroup }): ReactElement {
  const { organisation } = useSession()
  const own = group.members.find(({ id }) => id === organisation.id)
  const choose = useAccess(() => put(SharingGroup, `/api/sharing-groups/${group.id}/named`, { named: !own?.named }))
  return (
    <>
      <Switch
        label={`The other members of ${group.title} may read that ${organisation.name} belongs to it`}
        checked={own?.named ?? false}
        disabled={choose.isPending}
        onChange={() => choose.mutate()}
      />
      <ProblemAlert error={choose.error} />
    </>
  )
}
