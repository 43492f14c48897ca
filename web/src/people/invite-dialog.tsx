import { Button, Group, NativeSelect, Stack, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { FormEvent, ReactElement } from 'react'
import { InvitedPerson } from '#platform/auth/contract.ts'
import { create } from '../api/client.ts'
import { fieldMessage } from '../api/problem.ts'
import { useMay } from '../session/may.ts'
import { useSession } from '../session/session.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useDraft } from '../ui/draft.ts'
import { Instant } from '../ui/instant.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { ShownOnce } from '../ui/shown-once.tsx'
import { organisationsQuery, peopleQuery, roleChangesQuery } from './people.ts'
import { RoleChoice } from './role-choice.tsx'
import type { Role } from './roles.ts'
import { SecondOfficerNote, WaitsForOfficer } from './waits-for-officer.tsx'

export const INVITE_DRAFT = 'invite'
interface Draft {
  readonly name: string
  readonly email: string
  /** Id of a member organisation; empty: the inviter's own side. */
  readonly organisation: string
  readonly roles: readonly Role[]
}
const EMPTY: Draft = { name: '', email: '', organisation: '', roles: [] }

/** Invites a person, then shows their one-time link this one time, or says that a second officer has to approve first. */
export function InviteDialog({ opened, onClose }: { opened: boolean; onClose: () => void }): ReactElement {
  const queries = useQueryClient()
  const { values, set, clear } = useDraft<Draft>(INVITE_DRAFT, EMPTY)
  const invite = useMutation({
    mutationFn: () =>
      create(InvitedPerson, '/api/people', {
        name: values.name,
        roles: values.roles,
        ...(values.email !== '' && { email: values.email }),
        ...(values.organisation !== '' && { organisation: values.organisation }),
      }),
    onSuccess: async () => {
      clear()
      await queries.invalidateQueries({ queryKey: peopleQuery.queryKey })
      await queries.invalidateQueries({ queryKey: roleChangesQuery.queryKey })
    },
  })
  const close = () => {
    clear()
    invite.reset()
    onClose()
  }
  if (invite.data?.state === 'waits') {
    return (
      <Dialog opened={opened} onClose={close} title={`${invite.data.person.name} is proposed`}>
        <WaitsForOfficer name={invite.data.person.name} onClose={close}>
          Until then {invite.data.person.name} cannot come in. Whoever approves receives the one-time link and passes it on.
        </WaitsForOfficer>
      </Dialog>
    )
  }
  if (invite.data) {
    const { person, link } = invite.data
    return (
      <Dialog opened={opened} onClose={close} title={`${person.name} is invited`} dismissible={false}>
        <Stack>
          <ShownOnce label={`Link for ${person.name}`} value={link.url}>
            Give it to {person.name} by a way you trust. It works once, until <Instant value={link.expiresAt} />.
          </ShownOnce>
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              I have passed it on
            </Button>
          </Group>
        </Stack>
      </Dialog>
    )
  }
  return (
    <Dialog opened={opened} onClose={close} title="Invite a person">
      <InviteForm values={values} set={set} error={invite.error} pending={invite.isPending} onSubmit={() => invite.mutate()} onCancel={close} />
    </Dialog>
  )
}

interface InviteFormProps {
  readonly values: Draft
  readonly set: (change: Partial<Draft>) => void
  readonly error: unknown
  readonly pending: boolean
  readonly onSubmit: () => void
  readonly onCancel: () => void
}

function InviteForm({ values, set, error, pending, onSubmit, onCancel }: InviteFormProps): ReactElement {
  const session = useSession()
  const side = session.kind === 'contact' || values.organisation !== '' ? 'contact' : 'operator'
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onSubmit()
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label="Name"
          required
          maxLength={200}
          value={values.name}
          error={fieldMessage(error, '/name')}
          onChange={(event) => set({ name: event.currentTarget.value })}
          data-autofocus
        />
        <TextInput
          label="Mail address"
          description="Optional: tells people apart, and is written to about the membership; never with anything of a package"
          type="email"
          maxLength={320}
          value={values.email}
          error={fieldMessage(error, '/email')}
          onChange={(event) => set({ email: event.currentTarget.value })}
        />
        <OrganisationChoice value={values.organisation} error={error} onChange={(organisation) => set({ organisation, roles: [] })} />
        <RoleChoice side={side} required value={values.roles} onChange={(roles) => set({ roles })} error={fieldMessage(error, '/roles')} />
        {side === 'operator' && <SecondOfficerNote />}
        <ProblemAlert error={error} shownFields={['/name', '/email', '/organisation', '/roles']} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel} disabled={pending}>
            Cancel
          </Button>
          <Button type="submit" loading={pending} disabled={values.roles.length === 0}>
            Invite
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function OrganisationChoice({ value, error, onChange }: { value: string; error: unknown; onChange: (organisation: string) => void }): ReactElement | null {
  const session = useSession()
  const may = useMay()
  const offered = session.kind === 'operator' && may('organisation.list')
  const organisations = useQuery({ ...organisationsQuery, enabled: offered })
  if (!offered) return null
  const members = (organisations.data ?? []).filter(({ state }) => state === 'active').map(({ id, name }) => ({ value: id, label: name }))
  return (
    <NativeSelect
      label="Organisation"
      data={[{ value: '', label: `${session.organisation.name} (the operator)` }, ...members]}
      value={value}
      disabled={organisations.isPending}
      error={fieldMessage(error, '/organisation') ?? (organisations.isError && 'The member organisations could not be read; reload the page.')}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}
