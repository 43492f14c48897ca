import { Button, Group, Stack, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent, type ReactElement } from 'react'
import { RemoteView } from '#exchange/remotes/contract.ts'
import { post, put } from '../api/client.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useDraft } from '../ui/draft.ts'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { caOf, LOGIN_FIELDS, LoginFields, loginOf, NO_LOGIN, type LoginValues } from './login-fields.tsx'
import { remotesQuery, typesOf, type Remote } from './remotes.ts'
import { RULE_FIELDS, RulesFields, type RuleValues } from './rules-fields.tsx'

interface Props {
  readonly remote: Remote
  readonly onClose: () => void
}

/** Other credentials in the place of those that are there; those are never shown. */
export function ReplaceLoginDialog({ remote, onClose }: Props): ReactElement {
  const queries = useQueryClient()
  const [login, setLogin] = useState<LoginValues>({ ...NO_LOGIN, scheme: remote.login.scheme })
  const pushes = remote.direction === 'push'
  const replace = useMutation({
    mutationFn: () => post(RemoteView, `/api/remotes/${remote.id}/login`, { login: loginOf(login), ca: caOf(login) }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: remotesQuery.queryKey })
      onClose()
    },
  })
  return (
    <FormDialog
      title="Replace the credentials"
      confirm={pushes ? 'Propose them' : 'Replace them'}
      pending={replace.isPending}
      onSubmit={() => replace.mutate()}
      onClose={onClose}
    >
      <Text size="sm">
        {pushes
          ? 'Credentials decide to whom things go: another analyst or a publisher has to approve these. Until then those that are there serve on.'
          : 'Those that are there are dropped, with the authority of the server; it is asked at once with the new ones.'}
      </Text>
      <LoginFields values={login} set={(change) => setLogin({ ...login, ...change })} error={replace.error} />
      <ProblemAlert error={replace.error} shownFields={LOGIN_FIELDS} />
    </FormDialog>
  )
}

/** The rules of a remote; of a push only what two people did not agree on. */
export function ChangeRemoteDialog({ remote, onClose }: Props): ReactElement {
  const queries = useQueryClient()
  const { values, set, clear } = useDraft<RuleValues>(`change-remote-${remote.id}`, rulesOf(remote))
  const change = useMutation({
    mutationFn: () => put(RemoteView, `/api/remotes/${remote.id}`, changeOf(remote, values)),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: remotesQuery.queryKey })
      close()
    },
  })
  const close = () => {
    clear()
    onClose()
  }
  return (
    <FormDialog title={`Change ${remote.name}`} confirm="Change it" pending={change.isPending} onSubmit={() => change.mutate()} onClose={close}>
      <RulesFields direction={remote.direction} values={values} set={set} error={change.error} agreed={remote.direction === 'push'} />
      {remote.direction === 'poll' && values.types !== rulesOf(remote).types && (
        <Text size="sm">With other types the collection is polled from its beginning; what is known adds nothing.</Text>
      )}
      <ProblemAlert error={change.error} shownFields={RULE_FIELDS} />
    </FormDialog>
  )
}

function rulesOf({ name, intervalMinutes, filters, unmarked, audience }: Remote): RuleValues {
  return { name, interval: String(intervalMinutes), types: filters.types.join(', '), unmarked, audience }
}

function changeOf({ direction }: Remote, { name, interval, types, unmarked, audience }: RuleValues) {
  const rules = { name, intervalMinutes: Number(interval) }
  return direction === 'push' ? { direction, ...rules } : { direction, ...rules, filters: { types: typesOf(types) }, unmarked, audience }
}

interface FormDialogProps {
  readonly title: string
  readonly confirm: string
  readonly pending: boolean
  readonly onSubmit: () => void
  readonly onClose: () => void
  readonly children: React.ReactNode
}

function FormDialog({ title, confirm, pending, onSubmit, onClose, children }: FormDialogProps): ReactElement {
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onSubmit()
  }
  return (
    <Dialog opened onClose={onClose} title={title} dismissible={!pending}>
      <form onSubmit={submit}>
        <Stack>
          {children}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose} disabled={pending}>
              Cancel
            </Button>
            <Button type="submit" loading={pending}>
              {confirm}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}
