import { Textarea } from '@mantine/core'
import type { ReactElement } from 'react'
import { DecisionView, type DecisionAct } from '#program/packages/decisions/contract.ts'
import { create } from '../api/client.ts'
import { StepDialog } from '../packages/step-dialog.tsx'
import { useDraft } from '../ui/draft.ts'
import { Consequences } from './consequences.tsx'
import { ACT_NAME, useVersionAct, type VersionLine } from './versions.ts'

interface ProposeDialogProps {
  readonly id: string
  readonly act: DecisionAct
  readonly version: VersionLine
  readonly onClose: () => void
}

/** Proposes an act about a version, after saying what it leads to. */
export function ProposeDialog({ id, act, version: { version }, onClose }: ProposeDialogProps): ReactElement {
  const { values, set, clear } = useDraft(`decision-${id}-${act}`, { reason: '' })
  const propose = useVersionAct<void>(
    () => create(DecisionView, `/api/packages/${id}/decisions`, { version, act, reason: values.reason }),
    () => {
      clear()
      onClose()
    },
  )
  return (
    <StepDialog
      opened
      onClose={onClose}
      title={`${ACT_NAME[act]}: version ${version}`}
      confirm="Propose it"
      disabled={values.reason.trim() === ''}
      pending={propose.isPending}
      error={propose.error}
      onConfirm={() => propose.mutate()}
    >
      <Consequences id={id} act={act} version={version} />
      <Textarea
        label="Reason"
        description="The second publisher reads it. It is kept sealed, for it may name what is under embargo."
        autosize
        minRows={2}
        maxLength={4000}
        value={values.reason}
        onChange={(event) => set({ reason: event.currentTarget.value })}
        required
      />
    </StepDialog>
  )
}
