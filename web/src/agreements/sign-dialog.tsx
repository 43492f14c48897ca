import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ReactElement, ReactNode } from 'react'
import { signWithPasskey } from '../sign-in/passkey-ceremony.ts'
import { passkeysOffered } from '../sign-in/passkeys-offered.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Icon } from '../ui/icon.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { AGREEMENTS_KEY } from './agreements.ts'

interface SignDialogProps {
  readonly title: string
  /** Where the signature goes; where it begins is `/begin` under it. */
  readonly path: string
  readonly query?: string
  readonly confirm: string
  readonly opened: boolean
  readonly onClose: () => void
  /** What is signed, for whom, and what follows. */
  readonly children: ReactNode
}

/** Signs with a passkey, after saying what. */
export function SignDialog({ title, path, query = '', confirm, opened, onClose, children }: SignDialogProps): ReactElement {
  const queries = useQueryClient()
  const offered = passkeysOffered()
  const sign = useMutation({
    mutationFn: () => signWithPasskey(path, query),
    onSuccess: async () => {
      onClose()
      await queries.invalidateQueries({ queryKey: AGREEMENTS_KEY })
    },
  })
  const close = () => {
    sign.reset()
    onClose()
  }
  return (
    <Dialog opened={opened} onClose={close} title={title} dismissible={!sign.isPending}>
      <Stack>
        {children}
        {!offered && (
          <Alert color="yellow" variant="light" icon={<Icon name="warning" />} title="This browser offers no passkeys here">
            Passkeys need https, or http://localhost. Open Vedette under its own name, not under an IP address.
          </Alert>
        )}
        <Text size="sm" c="dimmed">
          Your device asks for your fingerprint, face or PIN. Your name, the statement and the signature are kept, and the audit log binds them.
        </Text>
        <ProblemAlert error={sign.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close} disabled={sign.isPending}>
            Cancel
          </Button>
          <Button onClick={() => sign.mutate()} loading={sign.isPending} disabled={!offered} leftSection={<Icon name="key" />}>
            {confirm}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  )
}
