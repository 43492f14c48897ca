import { Text, Textarea } from '@mantine/core'
import type { ReactElement } from 'react'
import { PackageView } from '#program/packages/contract.ts'
import { create } from '../api/client.ts'
import type { Package } from '../packages/packages.ts'
import { StepDialog } from '../packages/step-dialog.tsx'
import { useDraft } from '../ui/draft.ts'
import { useVersionAct } from './versions.ts'

interface ReviseDialogProps {
  readonly version: Package
  readonly opened: boolean
  readonly onClose: () => void
}

/** Begins the next version as a draft, with why it is needed. */
export function ReviseDialog({ version, opened, onClose }: ReviseDialogProps): ReactElement {
  const { values, set, clear } = useDraft(`revision-${version.id}-${version.version}`, { summary: '' })
  const revise = useVersionAct<void>(
    () => create(PackageView, `/api/packages/${version.id}/revisions`, { summary: values.summary }),
    () => {
      clear()
      onClose()
    },
  )
  return (
    <StepDialog
      opened={opened}
      onClose={() => {
        revise.reset()
        onClose()
      }}
      title={`Start version ${version.version + 1}`}
      confirm="Start the revision"
      disabled={values.summary.trim() === ''}
      pending={revise.isPending}
      error={revise.error}
      onConfirm={() => revise.mutate()}
    >
      <Text>
        A draft begins that says what version {version.version} says. Members read version {version.version} until the draft is approved and put on its release;
        then it takes its place. Who holds version {version.version} keeps it, marked superseded, and has to receive the new one.
      </Text>
      <Textarea
        label="Why it is needed"
        description="A line of the revision history, which members read with the new version."
        autosize
        minRows={2}
        maxLength={4000}
        value={values.summary}
        onChange={(event) => set({ summary: event.currentTarget.value })}
        required
      />
    </StepDialog>
  )
}
