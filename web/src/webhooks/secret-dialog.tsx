import { Button, Group, Stack } from '@mantine/core'
import type { ReactElement, ReactNode } from 'react'
import { Dialog } from '../ui/dialog.tsx'
import { ShownOnce } from '../ui/shown-once.tsx'

interface SecretDialogProps {
  readonly title: string
  readonly secret: string
  readonly onClose: () => void
  readonly children: ReactNode
}

/** A new signing secret. */
export function SecretDialog({ title, secret, onClose, children }: SecretDialogProps): ReactElement {
  return (
    <Dialog opened onClose={onClose} title={title} dismissible={false}>
      <Stack>
        <ShownOnce label="The signing secret" value={secret}>
          {children}
        </ShownOnce>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            I have kept it
          </Button>
        </Group>
      </Stack>
    </Dialog>
  )
}
