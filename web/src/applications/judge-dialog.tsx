import { Button, Group, Radio, Stack, Text, Textarea } from '@mantine/core'
import type { FormEvent, ReactElement } from 'react'
import { fieldMessage } from '../api/problem.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useDraft } from '../ui/draft.ts'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { OUTCOMES, type View, type ViewCriterion } from './applications.ts'
import { useAct } from './use-act.ts'

interface JudgeDialogProps {
  readonly view: View
  readonly criterion: ViewCriterion
  readonly onClose: () => void
}

/** One judgement of one criterion, with its reason. */
export function JudgeDialog({ view, criterion, onClose }: JudgeDialogProps): ReactElement {
  const { values, set, clear } = useDraft(`judge-${view.id}-${criterion.id}`, { outcome: 'met', reason: '' })
  const judge = useAct(view, 'judgements', () => {
    clear()
    onClose()
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    judge.mutate({ criterion: criterion.id, ...values })
  }
  const outcomes = criterion.waivable ? (['met', 'not-met', 'waived'] as const) : (['met', 'not-met'] as const)
  return (
    <Dialog opened onClose={onClose} title={`Judge: ${criterion.title}`} dismissible={!judge.isPending}>
      <form onSubmit={submit}>
        <Stack>
          <Text>{criterion.text}</Text>
          <Text size="sm" c="dimmed">
            {criterion.judged}
          </Text>
          <Radio.Group label="It is" value={values.outcome} onChange={(outcome) => set({ outcome })}>
            <Group mt={6}>
              {outcomes.map((outcome) => (
                <Radio key={outcome} value={outcome} label={OUTCOMES[outcome][0]} />
              ))}
            </Group>
          </Radio.Group>
          <Textarea
            label="Reason"
            description="Told to the applicant with the decision"
            required
            autosize
            minRows={3}
            maxRows={14}
            maxLength={10_000}
            value={values.reason}
            error={fieldMessage(judge.error, '/reason')}
            onChange={(event) => set({ reason: event.currentTarget.value })}
          />
          <Text size="sm">From then on you do not decide this application: another membership officer does.</Text>
          <ProblemAlert error={judge.error} shownFields={['/reason']} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose} disabled={judge.isPending}>
              Cancel
            </Button>
            <Button type="submit" loading={judge.isPending}>
              Judge
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}
