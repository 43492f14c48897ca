import { Text } from '@mantine/core'
import type { ReactElement } from 'react'
import type { Package } from './packages.ts'
import { StepDialog } from './step-dialog.tsx'
import { useStep } from './use-step.ts'

interface DialogProps {
  readonly version: Package
  readonly opened: boolean
  readonly onClose: () => void
}

/** Gives what is in review or approved back to its authors. */
export function ReturnDialog({ version, opened, onClose }: DialogProps): ReactElement {
  const sendBack = useStep<void>(version.id, 'return', () => ({}), onClose)
  const close = () => {
    sendBack.reset()
    onClose()
  }
  return (
    <StepDialog
      opened={opened}
      onClose={close}
      title="Return to the author"
      confirm="Return to the author"
      pending={sendBack.isPending}
      error={sendBack.error}
      onConfirm={() => sendBack.mutate()}
    >
      <Text>
        It becomes a draft again, which its authors change and send to review anew.{version.state === 'approved' && ' Its approval ends.'} Tell them yourself
        what to change.
      </Text>
    </StepDialog>
  )
}
