import { Button, Group, NativeSelect, Stack, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { FormEvent, ReactElement } from 'react'
import { CreatedToken } from '#platform/auth/contract.ts'
import { create } from '../api/client.ts'
import { fieldMessage } from '../api/problem.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useDraft } from '../ui/draft.ts'
import { Instant } from '../ui/instant.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { ShownOnce } from '../ui/shown-once.tsx'
import { tokensQuery } from './account.ts'
import { ScopeChoice, type Scope } from './scope-choice.tsx'

export const TOKEN_DRAFT = 'create-token'
interface Draft {
  readonly name: string
  readonly scopes: readonly Scope[]
  readonly days: string
}
const EMPTY: Draft = { name: '', scopes: [], days: '90' }
const LIVES = [
  { value: '7', label: '7 days' },
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '366', label: 'One year' },
]

/** Makes a token, then shows its secret this one time. */
export function CreateTokenDialog({ opened, onClose }: { opened: boolean; onClose: () => void }): ReactElement {
  const queries = useQueryClient()
  const { values, set, clear } = useDraft<Draft>(TOKEN_DRAFT, EMPTY)
  const make = useMutation({
    mutationFn: () => create(CreatedToken, '/api/account/tokens', { name: values.name, scopes: values.scopes, expiresInDays: Number(values.days) }),
    onSuccess: async () => {
      clear()
      await queries.invalidateQueries({ queryKey: tokensQuery.queryKey })
    },
  })
  const close = () => {
    make.reset()
    clear()
    onClose()
  }
  if (make.data) {
    return (
      <Dialog opened={opened} onClose={close} title={`Token “${make.data.token.name}” was created`} dismissible={false}>
        <Stack>
          <ShownOnce label="The token" value={make.data.secret}>
            Vedette keeps only a hash. Expires <Instant value={make.data.token.expiresAt} />.
          </ShownOnce>
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              I have kept it
            </Button>
          </Group>
        </Stack>
      </Dialog>
    )
  }
  return (
    <Dialog opened={opened} onClose={close} title="Create an API token">
      <TokenForm values={values} set={set} error={make.error} pending={make.isPending} onSubmit={() => make.mutate()} onCancel={close} />
    </Dialog>
  )
}

interface TokenFormProps {
  readonly values: Draft
  readonly set: (change: Partial<Draft>) => void
  readonly error: unknown
  readonly pending: boolean
  readonly onSubmit: () => void
  readonly onCancel: () => void
}

function TokenForm({ values, set, error, pending, onSubmit, onCancel }: TokenFormProps): ReactElement {
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onSubmit()
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label="Name"
          description="What will use it, so that you know what to revoke"
          required
          maxLength={100}
          value={values.name}
          error={fieldMessage(error, '/name')}
          onChange={(event) => set({ name: event.currentTarget.value })}
          data-autofocus
        />
        <ScopeChoice value={values.scopes} error={fieldMessage(error, '/scopes')} onChange={(scopes) => set({ scopes })} />
        <NativeSelect
          label="Expires after"
          data={LIVES}
          value={values.days}
          error={fieldMessage(error, '/expiresInDays')}
          onChange={(event) => set({ days: event.currentTarget.value })}
        />
        <ProblemAlert error={error} shownFields={['/name', '/scopes', '/expiresInDays']} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel} disabled={pending}>
            Cancel
          </Button>
          <Button type="submit" loading={pending} disabled={values.scopes.length === 0}>
            Create the token
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
