import { Button, Group, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { FormEvent, ReactElement } from 'react'
import { certificateClaim, ClientCertificate } from '#platform/auth/contract.ts'
import { create } from '../api/client.ts'
import { fieldMessage } from '../api/problem.ts'
import { useSession } from '../session/session.ts'
import { Dialog } from '../ui/dialog.tsx'
import { CopyText } from '../ui/copy-text.tsx'
import { useDraft } from '../ui/draft.ts'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { certificatesQuery } from './account.ts'
import { ScopeChoice, type Scope } from './scope-choice.tsx'

export const CERTIFICATE_DRAFT = 'add-certificate'
interface Draft {
  readonly name: string
  readonly pem: string
  readonly proof: string
  readonly scopes: readonly Scope[]
}
const EMPTY: Draft = { name: '', pem: '', proof: '', scopes: [] }

/** Registers a certificate; its private key never leaves the program that has it. */
export function AddCertificateDialog({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }): ReactElement {
  const queries = useQueryClient()
  const session = useSession()
  const command = `printf %s '${certificateClaim(window.location.origin, session.person.id)}' | openssl dgst -sha256 -sign client.key | openssl base64 -A`
  const { values, set, clear } = useDraft<Draft>(CERTIFICATE_DRAFT, EMPTY)
  const close = () => {
    add.reset()
    clear()
    onClose()
  }
  const add = useMutation({
    mutationFn: () => create(ClientCertificate, '/api/account/certificates', values),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: certificatesQuery.queryKey })
      close()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    add.mutate()
  }
  return (
    <Dialog opened={opened} onClose={close} title="Add a certificate">
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label="Name"
            description="What will use it, so that you know what to revoke"
            required
            maxLength={100}
            value={values.name}
            error={fieldMessage(add.error, '/name')}
            onChange={(event) => set({ name: event.currentTarget.value })}
            data-autofocus
          />
          <Textarea
            label="Certificate"
            description="In PEM, without its private key; it works until it expires"
            placeholder="-----BEGIN CERTIFICATE-----"
            required
            autosize
            minRows={4}
            maxRows={10}
            spellCheck={false}
            value={values.pem}
            error={fieldMessage(add.error, '/pem')}
            onChange={(event) => set({ pem: event.currentTarget.value })}
          />
          <div>
            <Text size="sm">Prove that you have its private key. Where the key lies, run:</Text>
            <CopyText text={command} label="Copy the command" />
          </div>
          <Textarea
            label="Signature by its key"
            description="What the command prints (base64)"
            required
            autosize
            minRows={2}
            maxRows={6}
            spellCheck={false}
            value={values.proof}
            error={fieldMessage(add.error, '/proof')}
            onChange={(event) => set({ proof: event.currentTarget.value })}
          />
          <ScopeChoice value={values.scopes} error={fieldMessage(add.error, '/scopes')} onChange={(scopes) => set({ scopes })} />
          <ProblemAlert error={add.error} shownFields={['/name', '/pem', '/proof', '/scopes']} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close} disabled={add.isPending}>
              Cancel
            </Button>
            <Button type="submit" loading={add.isPending} disabled={values.scopes.length === 0}>
              Add the certificate
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}
