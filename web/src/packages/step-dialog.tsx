import { Button, Group, Stack } from '@mantine/core'
import type { ReactElement, ReactNode } from 'react'
import { asProblem } from '../api/problem.ts'
import { Dialog } from '../ui/dialog.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'

interface StepDialogProps {
  readonly opened: boolean
  readonly title: string
  /** The act itself as a verb. */
  readonly confirm: string
  readonly pending: boolean
  readonly error: unknown
  readonly disabled?: boolean
  readonly onConfirm: () => void
  readonly onClose: () => void
  readonly children: ReactNode
}

/** Says what a step does before it is done. A refusal stays on screen with the dialog open. */
export function StepDialog({ opened, title, confirm, pending, error, disabled = false, onConfirm, onClose, children }: StepDialogProps): ReactElement {
  // What one is about to act on changed: nobody should do it with a second click on the same button.
  const changed = error !== null && asProblem(error).code === 'PRECONDITION_FAILED'
  return (
    <Dialog opened={opened} onClose={onClose} title={title} dismissible={!pending}>
      <Stack>
        {children}
        <ProblemAlert error={error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} disabled={pending} data-autofocus>
            {changed ? 'Read it again' : 'Cancel'}
          </Button>
          {!changed && (
            <Button onClick={onConfirm} loading={pending} disabled={disabled}>
              {confirm}
            </Button>
          )}
        </Group>
      </Stack>
    </Dialog>
  )
}
