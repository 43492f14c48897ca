import { Text } from '@mantine/core'
import { useState, type ReactElement } from 'react'
import { CopyText } from '../ui/copy-text.tsx'
import type { Package } from './packages.ts'
import { StepDialog } from './step-dialog.tsx'
import { useStep } from './use-step.ts'

interface ApproveDialogProps {
  readonly version: Package
  readonly opened: boolean
  readonly onClose: () => void
}

/** Approves exactly the content that was read: its hash is taken when the dialog opens, so that a change meanwhile is refused. */
export function ApproveDialog(props: ApproveDialogProps): ReactElement | null {
  return props.opened ? <Approve {...props} /> : null
}

function Approve({ version, opened, onClose }: ApproveDialogProps): ReactElement {
  const [contentHash] = useState(version.contentHash)
  const approve = useStep<void>(version.id, 'approval', () => ({ contentHash }), onClose)
  const files = [...(version.content.attachments ?? []), ...(version.content.proofOfConcept ?? [])].length
  return (
    <StepDialog
      opened={opened}
      onClose={onClose}
      title="Approve this content"
      confirm="Approve"
      pending={approve.isPending}
      error={approve.error}
      onConfirm={() => approve.mutate()}
    >
      <Text>
        Your approval binds to exactly these bytes: every word{files > 0 && ` and ${files === 1 ? 'the file' : `the ${files} files`}`} of version{' '}
        {version.version}. If anything changes afterwards, the approval no longer fits and a new one is needed.
      </Text>
      <div>
        <Text size="sm" c="dimmed">
          SHA-256 of the content
        </Text>
        <CopyText label="Copy the content hash" text={contentHash ?? ''} />
      </div>
      <Text size="sm" c="dimmed">
        Your name and the hash are written to the audit log. Somebody else schedules it afterwards.
      </Text>
    </StepDialog>
  )
}
