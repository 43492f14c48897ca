import { Button, Group, Stack, Text } from '@mantine/core'
import type { ReactElement, ReactNode } from 'react'
import { Dialog } from './dialog.tsx'
import { ProblemAlert } from './problem-alert.tsx'

interface ConfirmDialogProps {
  readonly opened: boolean
  readonly title: string
  /** What will happen, and whether it can be undone. */
  readonly children: ReactNode
  /** The act itself as a verb: never just "OK". */
  readonly confirm: string
  readonly pending: boolean
  readonly error: unknown
  readonly onConfirm: () => void
  readonly onClose: () => void
}

/** Asks before an act that is hard to undo; a failure stays on screen with the dialog open. */
export function ConfirmDialog({ opened, title, children, confirm, pending, error, onConfirm, onClose }: ConfirmDialogProps): ReactElement {
  return (
    <Dialog opened={opened} onClose={onClose} title={title} size="md" dismissible={!pending}>
      <Stack>
        <Text component="div">{children}</Text>
        <ProblemAlert error={error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} disabled={pending} data-autofocus>
            Cancel
          </Button>
          <Button color="red.8" onClick={onConfirm} loading={pending}>
            {confirm}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  )
}
