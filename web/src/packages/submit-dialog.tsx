import { List, Text } from '@mantine/core'
import type { ReactElement } from 'react'
import type { Package } from './packages.ts'
import { StepDialog } from './step-dialog.tsx'
import { useStep } from './use-step.ts'

interface DialogProps {
  readonly version: Package
  readonly opened: boolean
  readonly onClose: () => void
}

/** Sends a draft to review, after saying what is still empty in it. */
export function SubmitDialog({ version, opened, onClose }: DialogProps): ReactElement {
  const submit = useStep<void>(version.id, 'review', () => ({ contentHash: version.contentHash }), onClose)
  const missing = missingIn(version)
  const close = () => {
    submit.reset()
    onClose()
  }
  return (
    <StepDialog
      opened={opened}
      onClose={close}
      title="Send to review"
      confirm="Send to review"
      pending={submit.isPending}
      error={submit.error}
      onConfirm={() => submit.mutate()}
    >
      <Text>A reviewer who wrote none of it reads it next and approves it or returns it. Until then nobody changes it.</Text>
      {missing.length > 0 && (
        <>
          <Text fw={600}>Still empty:</Text>
          <List>
            {missing.map((text) => (
              <List.Item key={text}>{text}</List.Item>
            ))}
          </List>
        </>
      )}
    </StepDialog>
  )
}

function missingIn({ content }: Package): readonly string[] {
  return [
    ...(content.detection?.length === 0 ? ['Detection guidance: members do not learn how to recognise an attack'] : []),
    ...(content.description === '' ? ['The description without detail, which is all that some members may read'] : []),
  ]
}
