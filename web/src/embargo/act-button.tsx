import { Button } from '@mantine/core'
import { useState, type ReactElement, type ReactNode } from 'react'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { useAct } from './use-act.ts'

interface ActButtonProps {
  readonly label: string
  readonly title: string
  readonly act: () => Promise<unknown>
  readonly primary?: boolean
  /** What will happen, and whether it can be undone. */
  readonly children: ReactNode
}

/** A button that asks before it acts. */
export function ActButton({ label, title, act, primary = false, children }: ActButtonProps): ReactElement {
  const [opened, setOpened] = useState(false)
  const done = () => setOpened(false)
  const action = useAct(act, done)
  return (
    <>
      <Button size="compact-md" variant={primary ? 'filled' : 'default'} onClick={() => setOpened(true)}>
        {label}
      </Button>
      <ConfirmDialog
        opened={opened}
        title={title}
        confirm={label}
        pending={action.isPending}
        error={action.error}
        onConfirm={() => action.mutate()}
        onClose={() => {
          action.reset()
          done()
        }}
      >
        {children}
      </ConfirmDialog>
    </>
  )
}
