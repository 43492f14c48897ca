import { Button, Group, Stack, Text, Textarea } from '@mantine/core'
import { useState, type FormEvent, type ReactElement } from 'react'
import { fieldMessage } from '../api/problem.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useDraft } from '../ui/draft.ts'
import { Fact, Facts } from '../ui/facts.tsx'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import styles from './application.module.css'
import { whyNot, type View } from './applications.ts'
import { PolicyField, TierField } from './grant-fields.tsx'
import { useAct } from './use-act.ts'

/** The decision, or what stands in its way and who may take it. */
export function DecisionPanel({ view }: { view: View }): ReactElement {
  const [deciding, setDeciding] = useState<'admission' | 'refusal' | undefined>()
  if (view.decision) return <Decided decision={view.decision} />
  const { you, why } = view.deciding
  const ready = view.renewalOf !== null || view.recommendations.some(({ stands }) => stands)
  return (
    <Panel title="Decision" lead="Whoever judged a criterion, asked the applicant or recommended does not decide.">
      <Stack>
        {view.tiers.map(({ tier, obstacles }) => (
          <div key={tier}>
            <Text fw={600}>Tier {tier}</Text>
            {obstacles.length === 0 ? (
              <Text size="sm">Nothing stands against it.</Text>
            ) : (
              <Text size="sm" c="dimmed">
                {obstacles.map((one) => `${one.criterion}: ${whyNot(one.why)}`).join('; ')}
              </Text>
            )}
          </div>
        ))}
        {why && <Text>{why}</Text>}
        {you && !ready && <Text>To admit, another officer has to recommend a tier and a policy first.</Text>}
        {you && (
          <Group>
            {ready && <Button onClick={() => setDeciding('admission')}>{view.renewalOf ? 'Grant the renewal' : 'Admit'}</Button>}
            <Button variant="default" color="red" onClick={() => setDeciding('refusal')}>
              Refuse
            </Button>
          </Group>
        )}
      </Stack>
      {deciding && <DecideDialog view={view} step={deciding} onClose={() => setDeciding(undefined)} />}
    </Panel>
  )
}

function Decided({ decision }: { decision: NonNullable<View['decision']> }): ReactElement {
  return (
    <Panel title="Decision">
      <Stack>
        <Facts>
          <Fact name="Outcome">{decision.outcome === 'admitted' ? 'Admitted' : 'Refused'}</Fact>
          {decision.tier && <Fact name="Tier">{decision.tier}</Fact>}
          {decision.jurisdiction && <Fact name="Jurisdiction">{decision.jurisdiction}</Fact>}
          <Fact name="By">{decision.by.name}</Fact>
          <Fact name="At">
            <Instant value={decision.at} />
          </Fact>
        </Facts>
        <p className={styles['said']}>{decision.reason}</p>
        {decision.internalNote && (
          <div>
            <Text fw={600}>Internal note, not shown to the applicant</Text>
            <p className={styles['said']}>{decision.internalNote}</p>
          </div>
        )}
      </Stack>
    </Panel>
  )
}

interface DecideDialogProps {
  readonly view: View
  readonly step: 'admission' | 'refusal'
  readonly onClose: () => void
}

function DecideDialog({ view, step, onClose }: DecideDialogProps): ReactElement {
  const admission = step === 'admission'
  const recommended = view.recommendations.find(({ stands }) => stands)
  const free = view.tiers.find(({ obstacles }) => obstacles.length === 0)?.tier ?? view.tiers[0]!.tier
  const empty = { tier: (recommended?.tier ?? free) as string, jurisdiction: recommended?.jurisdiction ?? '', reason: '', internalNote: '' }
  const { values, set, clear } = useDraft(`decide-${step}-${view.id}`, empty)
  const decide = useAct(view, step, () => {
    clear()
    onClose()
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const { tier, jurisdiction, reason, internalNote } = values
    decide.mutate({ reason, internalNote, ...(admission && { tier, ...(!view.renewalOf && { jurisdiction }) }) })
  }
  const title = admission ? (view.renewalOf ? 'Grant the renewal' : 'Admit') : 'Refuse'
  return (
    <Dialog opened onClose={onClose} title={title} dismissible={!decide.isPending}>
      <form onSubmit={submit}>
        <Stack>
          {admission && <AdmissionFields {...{ view, values, set }} error={decide.error} />}
          <Textarea
            label="Reason"
            description="Told to the applicant, with the reason of each judgement"
            required
            autosize
            minRows={3}
            maxRows={14}
            maxLength={10_000}
            value={values.reason}
            error={fieldMessage(decide.error, '/reason')}
            onChange={(event) => set({ reason: event.currentTarget.value })}
          />
          <Textarea
            label="Internal note"
            description="Kept with the decision, not shown to the applicant. You may leave it empty."
            autosize
            minRows={2}
            maxRows={10}
            maxLength={10_000}
            value={values.internalNote}
            onChange={(event) => set({ internalNote: event.currentTarget.value })}
          />
          <ProblemAlert error={decide.error} shownFields={['/reason', '/tier', '/jurisdiction']} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose} disabled={decide.isPending}>
              Cancel
            </Button>
            <Button type="submit" {...(!admission && { color: 'red.8' })} loading={decide.isPending}>
              {title}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}

interface AdmissionFieldsProps {
  readonly view: View
  readonly values: { readonly tier: string; readonly jurisdiction: string }
  readonly set: (change: { tier?: string; jurisdiction?: string }) => void
  readonly error: unknown
}

function AdmissionFields({ view, values, set, error }: AdmissionFieldsProps): ReactElement {
  const recommended = view.recommendations.find(({ stands }) => stands)
  return (
    <>
      {recommended && (
        <Text size="sm">
          {recommended.by.name} recommends tier {recommended.tier} under <span className="mono">{recommended.jurisdiction}</span>. You can grant that or less;
          more has to be recommended by another officer.
        </Text>
      )}
      <TierField view={view} value={values.tier} error={fieldMessage(error, '/tier')} onChange={(tier) => set({ tier })} />
      {view.renewalOf ? (
        <Text size="sm">The membership then runs a year longer; its tier and jurisdiction stay as they are.</Text>
      ) : (
        <>
          <PolicyField
            view={view}
            value={values.jurisdiction}
            error={fieldMessage(error, '/jurisdiction')}
            onChange={(jurisdiction) => set({ jurisdiction })}
          />
          <Text size="sm">
            The member is there at once, and its accountable contact gets a link by mail. It reads nothing of a window that is open already: it counts from the
            next cycle on.
          </Text>
        </>
      )}
    </>
  )
}
