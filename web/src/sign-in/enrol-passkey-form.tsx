import { Alert, Button, Stack, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent, type ReactElement } from 'react'
import { SESSION_KEY } from '../session/session.ts'
import { Icon } from '../ui/icon.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { enrolPasskey } from './passkey-ceremony.ts'
import { passkeysOffered } from './passkeys-offered.ts'

/** Names a new passkey and has the browser make it. */
export function EnrolPasskeyForm({ onEnrolled }: { onEnrolled?: () => void }): ReactElement {
  const queries = useQueryClient()
  const [name, setName] = useState('This device')
  const offered = passkeysOffered()
  const enrol = useMutation({
    mutationFn: () => enrolPasskey(name),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['passkeys'] })
      await queries.invalidateQueries({ queryKey: SESSION_KEY })
      onEnrolled?.()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    enrol.mutate()
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        {!offered && (
          <Alert color="yellow" variant="light" icon={<Icon name="warning" />} title="This browser offers no passkeys here">
            Passkeys need https, or http://localhost, and a browser of recent years. Open Vedette under its own name, not under an IP address.
          </Alert>
        )}
        <TextInput
          label="Name of the passkey"
          description="So that you know it again in your list, such as “Work laptop” or “Security key, blue”"
          required
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <ProblemAlert error={enrol.error} />
        <Button type="submit" size="md" loading={enrol.isPending} disabled={!offered} leftSection={<Icon name="key" />}>
          Enrol a passkey
        </Button>
      </Stack>
    </form>
  )
}
