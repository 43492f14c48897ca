import { Button, Group, Stack, Text, Textarea } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { StandingChange } from '#program/membership/standing/contract.ts'
import { create } from '../api/client.ts'
import { fieldMessage } from '../api/problem.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useDraft } from '../ui/draft.ts'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { ChangeFields, EMPTY_FIELDS, fieldsOf, type Fields } from './change-fields.tsx'
import { memberQuery, membersQuery, type Change, type MemberStanding } from './members.ts'
import { KIND_NAMES } from './words.ts'

export type Kind = Change['kind']

const SAYS: Readonly<Record<Kind, string>> = {
  tier: 'A lower tier counts at once, a higher one from the next cycle on and after a second officer approved it.',
  suspend:
    'From this instant on nobody of the member comes in or reads anything, and downloads in progress stop. Sessions, API tokens and unused links of its people end for good unless another operator keeps it a member: once reinstated, they sign in again and make new tokens. What opens meanwhile is lost unless two officers give it back.',
  reinstate: 'A second officer has to approve it. Without back-access the member reads from the next cycle on.',
  terminate:
    'The membership ends at once and for good, with the sessions, API tokens and unused links of its people unless another operator keeps it a member; the organisation has to apply anew.',
  jurisdiction: 'A stricter policy counts at once, a looser one from the next cycle on and after a second officer approved it. The member reads its words.',
  renew: 'A second officer has to approve it. Renewed before it lapses, the membership goes on without a gap.',
  review:
    'After a merger, or for attack tools, access to packages pauses until another officer decides; for the loss of reach it goes on. Changes that wait for a second officer are closed.',
  'review-decision':
    'It takes another officer than the one who opened the review. To end a pause takes a second one who approves it, who may be the one who opened the review.',
}

interface ChangeDialogProps {
  readonly kind: Kind
  readonly member: MemberStanding
  readonly onClose: () => void
}

/** Changes the standing of a member, with a reason that other officers and auditors read. */
export function ChangeDialog({ kind, member, onClose }: ChangeDialogProps): ReactElement {
  const { id, name } = member.organisation
  const queries = useQueryClient()
  const draft = useDraft<Fields>(`standing-${id}-${kind}`, { ...EMPTY_FIELDS, tier: member.present.tier, jurisdiction: member.present.jurisdiction ?? '' })
  const { values, set, clear } = draft
  const change = useMutation({
    mutationFn: () => {
      const { reason, evidence } = values
      return create(StandingChange, `/api/organisations/${id}/standing-changes`, {
        kind,
        reason,
        ...(evidence.trim() === '' ? {} : { evidence }),
        ...fieldsOf(kind, values),
      })
    },
    onSuccess: async () => {
      clear()
      onClose()
      for (const queryKey of [memberQuery(id).queryKey, membersQuery.queryKey]) await queries.invalidateQueries({ queryKey })
    },
  })
  const grave = kind === 'suspend' || kind === 'terminate'
  return (
    <Dialog opened onClose={onClose} title={`${KIND_NAMES[kind]}: ${name}`} dismissible={!change.isPending}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          change.mutate()
        }}
      >
        <Stack>
          <Text size="sm">{SAYS[kind]}</Text>
          <ChangeFields kind={kind} member={member} values={values} set={set} error={change.error} />
          <Textarea
            label="Reason"
            description="Officers and auditors read it; the log keeps only that it was given"
            required
            autosize
            minRows={2}
            value={values.reason}
            onChange={(event) => set({ reason: event.currentTarget.value })}
            error={fieldMessage(change.error, '/reason')}
          />
          <Textarea
            label="Evidence"
            autosize
            minRows={1}
            value={values.evidence}
            onChange={(event) => set({ evidence: event.currentTarget.value })}
            error={fieldMessage(change.error, '/evidence')}
          />
          <ProblemAlert error={change.error} shownFields={['/reason', '/evidence', '/successor']} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose} disabled={change.isPending}>
              Cancel
            </Button>
            <Button type="submit" loading={change.isPending} disabled={values.reason.trim() === ''} {...(grave ? { color: 'red.8' } : {})}>
              {KIND_NAMES[kind]}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}
