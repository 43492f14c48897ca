import { ActionIcon, Button, Group, Menu, Stack, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { Link } from '#platform/auth/contract.ts'
import { command, create } from '../api/client.ts'
import { useMay } from '../session/may.ts'
import { useSession } from '../session/session.ts'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { hasDraft } from '../ui/draft.ts'
import { Icon } from '../ui/icon.tsx'
import { Instant } from '../ui/instant.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { ShownOnce } from '../ui/shown-once.tsx'
import { peopleQuery, type PersonView } from './people.ts'
import { RecoverDialog, recoveryDraft } from './recover-dialog.tsx'
import { RolesDialog } from './roles-dialog.tsx'

type Open = 'roles' | 'link' | 'recover' | 'disable' | undefined

/** What may be done about one person; nothing is offered that the server would refuse by role. */
export function PersonActions({ person }: { person: PersonView }): ReactElement | null {
  const may = useMay()
  const self = useSession().person.id === person.id
  const [open, setOpen] = useState<Open>(() => (hasDraft(recoveryDraft(person.id)) ? 'recover' : undefined))
  const close = () => setOpen(undefined)
  const active = person.disabledAt === null
  const offers = [
    { key: 'roles', label: 'Set roles', show: active && !self && may('person.set-roles') },
    { key: 'link', label: 'New invitation link', show: active && !self && person.passkeys === 0 && may('person.invite') },
    { key: 'recover', label: 'Open a recovery', show: active && !self && may('recovery.open') },
    { key: 'disable', label: 'Disable', show: active && !self && may('person.disable'), danger: true },
  ] as const
  const shown = offers.filter(({ show }) => show)
  if (shown.length === 0) return null
  return (
    <>
      <Menu position="bottom-end" width={210}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${person.name}`}>
            <Icon name="more" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {shown.map(({ key, label, ...offer }) => (
            <Menu.Item key={key} onClick={() => setOpen(key)} {...('danger' in offer && { c: 'var(--vedette-bad)' })}>
              {label}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <RolesDialog person={person} opened={open === 'roles'} onClose={close} />
      <LinkDialog person={person} opened={open === 'link'} onClose={close} />
      <RecoverDialog person={person} opened={open === 'recover'} onClose={close} />
      <DisableDialog person={person} opened={open === 'disable'} onClose={close} />
    </>
  )
}

interface PersonDialogProps {
  readonly person: PersonView
  readonly opened: boolean
  readonly onClose: () => void
}

function DisableDialog({ person, opened, onClose }: PersonDialogProps): ReactElement {
  const queries = useQueryClient()
  const disable = useMutation({
    mutationFn: () => command('POST', `/api/people/${person.id}/disable`),
    onSuccess: async () => {
      onClose()
      await queries.invalidateQueries({ queryKey: peopleQuery.queryKey })
    },
  })
  return (
    <ConfirmDialog
      opened={opened}
      title={`Disable ${person.name}`}
      confirm="Disable"
      pending={disable.isPending}
      error={disable.error}
      onConfirm={() => disable.mutate()}
      onClose={onClose}
    >
      The account ends for good: {person.name} is signed out everywhere at once, and their passkeys, tokens and links stop working. What they did stays in the
      audit log.
    </ConfirmDialog>
  )
}

function LinkDialog({ person, opened, onClose }: PersonDialogProps): ReactElement {
  const make = useMutation({ mutationFn: () => create(Link, `/api/people/${person.id}/invitations`) })
  const close = () => {
    make.reset()
    onClose()
  }
  return (
    <Dialog opened={opened} onClose={close} title={`Invitation link for ${person.name}`} dismissible={make.data === undefined}>
      <Stack>
        {make.data ? (
          <ShownOnce label={`Link for ${person.name}`} value={make.data.url}>
            Give it to {person.name} by a way you trust. It works once, until <Instant value={make.data.expiresAt} />.
          </ShownOnce>
        ) : (
          <Text>
            {person.name} has no passkey yet. A new link replaces an earlier one that was lost or has expired; the other membership officers are told. An
            account that was in use, or one of the operator’s own staff, takes a recovery instead.
          </Text>
        )}
        <ProblemAlert error={make.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {make.data ? 'I have passed it on' : 'Cancel'}
          </Button>
          {!make.data && (
            <Button onClick={() => make.mutate()} loading={make.isPending}>
              Make a link
            </Button>
          )}
        </Group>
      </Stack>
    </Dialog>
  )
}
