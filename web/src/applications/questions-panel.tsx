import { Button, Checkbox, Group, Stack, Text, Textarea } from '@mantine/core'
import { useState, type FormEvent, type ReactElement } from 'react'
import { fieldMessage } from '../api/problem.ts'
import { useMay } from '../session/may.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useDraft } from '../ui/draft.ts'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import styles from './application.module.css'
import type { View } from './applications.ts'
import { useAct } from './use-act.ts'

/** What was asked, and whether it was answered. */
export function QuestionsPanel({ view }: { view: View }): ReactElement {
  const may = useMay()
  const [asking, setAsking] = useState(false)
  const open = view.state === 'in-review' && may('application.judge')
  return (
    <Panel
      title="Questions"
      lead="What was judged of the matter has to be judged again after a question."
      actions={
        open && (
          <Button size="compact-sm" variant="default" onClick={() => setAsking(true)}>
            Ask the applicant
          </Button>
        )
      }
    >
      {view.rounds.length === 0 && <Text c="dimmed">Nothing was asked.</Text>}
      <Stack>
        {view.rounds.map((round) => (
          <div key={round.askedAt}>
            <Text fw={600}>{round.about.join(', ')}</Text>
            <p className={styles['said']}>{round.question}</p>
            <Text size="sm" c="dimmed" component="div">
              {round.askedBy.name} at <Instant value={round.askedAt} />,{' '}
              {round.answeredAt ? (
                <>
                  answered at <Instant value={round.answeredAt} />
                </>
              ) : (
                'waits for the applicant'
              )}
            </Text>
          </div>
        ))}
      </Stack>
      {asking && <AskDialog view={view} onClose={() => setAsking(false)} />}
    </Panel>
  )
}

function AskDialog({ view, onClose }: { view: View; onClose: () => void }): ReactElement {
  const { values, set, clear } = useDraft<{ about: string[]; question: string }>(`ask-${view.id}`, { about: [], question: '' })
  const ask = useAct(view, 'questions', () => {
    clear()
    onClose()
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    ask.mutate(values)
  }
  return (
    <Dialog opened onClose={onClose} title="Ask the applicant" dismissible={!ask.isPending}>
      <form onSubmit={submit}>
        <Stack>
          <Checkbox.Group label="About" value={values.about} error={fieldMessage(ask.error, '/about')} onChange={(about) => set({ about })}>
            <Stack gap={6} mt={6}>
              {view.set.criteria.map((one) => (
                <Checkbox key={one.id} value={one.id} label={`${one.id} ${one.title}`} />
              ))}
            </Stack>
          </Checkbox.Group>
          <Textarea
            label="Question"
            description="The applicant is told by mail that there is one, and reads it in the form"
            required
            autosize
            minRows={3}
            maxRows={14}
            maxLength={10_000}
            value={values.question}
            error={fieldMessage(ask.error, '/question')}
            onChange={(event) => set({ question: event.currentTarget.value })}
          />
          <Text size="sm">From then on you do not decide this application: another membership officer does.</Text>
          <ProblemAlert error={ask.error} shownFields={['/about', '/question']} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose} disabled={ask.isPending}>
              Cancel
            </Button>
            <Button type="submit" loading={ask.isPending} disabled={values.about.length === 0}>
              Ask
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}
