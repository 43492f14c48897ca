import { Button, Group, Stack } from '@mantine/core'
import type { ReactElement, ReactNode } from 'react'
import { Dialog } from '../ui/dialog.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { useAct } from './use-act.ts'

interface FormDialogProps {
  readonly opened: boolean
  readonly onClose: () => void
  readonly title: string
  readonly submit: string
  readonly send: () => Promise<unknown>
  readonly onSent: () => void
  readonly children: ReactNode
}

/** A dialog with a form: what was refused stays on screen, and what was typed stays in it. */
export function FormDialog({ opened, onClose, title, submit, send, onSent, children }: FormDialogProps): ReactElement {
  const act = useAct(send, () => {
    onSent()
    onClose()
  })
  const close = () => {
    act.reset()
    onClose()
  }
  return (
    <Dialog opened={opened} onClose={close} title={title} dismissible={!act.isPending}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          act.mutate()
        }}
      >
        <Stack>
          {children}
          <ProblemAlert error={act.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close} disabled={act.isPending}>
              Cancel
            </Button>
            <Button type="submit" loading={act.isPending}>
              {submit}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}
