import { Button, Group, Stack, Text } from '@mantine/core'
import { useState, type ReactElement } from 'react'
import { useMay } from '../session/may.ts'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import styles from './application.module.css'
import { OUTCOMES, type Judged, type View, type ViewCriterion } from './applications.ts'
import { EvidenceList } from './evidence-list.tsx'
import { JudgeDialog } from './judge-dialog.tsx'
import { useAct } from './use-act.ts'

/** Each criterion with how it is judged, what was handed in for it, and what was said of it. */
export function CriteriaPanel({ view }: { view: View }): ReactElement {
  const may = useMay()
  const [judging, setJudging] = useState<ViewCriterion | undefined>()
  const open = view.state === 'in-review' && may('application.judge')
  return (
    <Panel title="Criteria" lead={`Judged by the words of ${view.set.id}. Whoever judges does not decide.`} flush>
      <ul className={styles['plain']}>
        {view.set.criteria.map((criterion) => (
          <li key={criterion.id} className={styles['criterion']}>
            <Criterion view={view} criterion={criterion} onJudge={open ? () => setJudging(criterion) : undefined} />
          </li>
        ))}
      </ul>
      {judging && <JudgeDialog view={view} criterion={judging} onClose={() => setJudging(undefined)} />}
    </Panel>
  )
}

interface CriterionProps {
  readonly view: View
  readonly criterion: ViewCriterion
  readonly onJudge: (() => void) | undefined
}

function Criterion({ view, criterion, onJudge }: CriterionProps): ReactElement {
  const judgements = view.judgements.filter((one) => one.criterion === criterion.id)
  const standing = judgements.find(({ stands }) => stands)
  const evidence = view.evidence.filter((one) => one.criterion === criterion.id)
  const [name, tone] = standing ? OUTCOMES[standing.outcome] : (['Not judged', 'off'] as const)
  return (
    <Stack gap={6}>
      <Group justify="space-between" gap="xs">
        <Text fw={600}>
          <span className="mono">{criterion.id}</span> {criterion.title}
        </Text>
        <Group gap="xs">
          <StateMark tone={tone}>{name}</StateMark>
          {onJudge && (
            <Button size="compact-sm" variant="default" onClick={onJudge} aria-label={`Judge ${criterion.title}`}>
              Judge
            </Button>
          )}
        </Group>
      </Group>
      <Text size="sm">{criterion.text}</Text>
      <Text size="sm" c="dimmed">
        {needOf(criterion)} {criterion.judged}
      </Text>
      <EvidenceList view={view} evidence={evidence} />
      {standing && <Judgement judged={standing} />}
      {!standing && onJudge && judgements.length > 0 && <ConfirmEarlier view={view} title={criterion.title} judged={judgements.at(-1)!} />}
      <Replaced judgements={judgements.filter(({ stands }) => !stands)} />
    </Stack>
  )
}

/** What was judged before the applicant's answer can be judged of the new answers in the same words. */
function ConfirmEarlier({ view, title, judged }: { view: View; title: string; judged: Judged }): ReactElement {
  const confirm = useAct(view, 'judgements', () => undefined)
  const { criterion, outcome, reason } = judged
  return (
    <Stack gap={4}>
      <Text size="sm">Judged before, and to be judged of the answers as they are now:</Text>
      <Judgement judged={judged} />
      <Group>
        <Button
          size="compact-sm"
          variant="default"
          loading={confirm.isPending}
          onClick={() => confirm.mutate({ criterion, outcome, reason })}
          aria-label={`Confirm for ${title}: ${OUTCOMES[outcome][0]}`}
        >
          Confirm: {OUTCOMES[outcome][0]}
        </Button>
      </Group>
      <ProblemAlert error={confirm.error} />
    </Stack>
  )
}

function needOf({ need, requiredFor, alternative, waivable, threshold }: ViewCriterion): string {
  const needed = need === 'required' ? 'Required' : requiredFor.length > 0 ? `Required for ${requiredFor.join(' and ')}, recorded otherwise` : 'Recorded'
  const more = [
    alternative && `or ${alternative}`,
    waivable && 'may be waived by two people',
    threshold !== null && `threshold ${threshold.toLocaleString('en')}`,
  ]
  return `${[needed, ...more.filter(Boolean)].join(', ')}.`
}

function Judgement({ judged }: { judged: Judged }): ReactElement {
  return (
    <div className={styles['entry']}>
      <p className={styles['said']}>{judged.reason}</p>
      <Text size="sm" c="dimmed" component="div">
        {OUTCOMES[judged.outcome][0]}, by {judged.by.name} at <Instant value={judged.at} />, of version {judged.answersVersion} of the answers
      </Text>
    </div>
  )
}

function Replaced({ judgements }: { judgements: readonly Judged[] }): ReactElement | null {
  if (judgements.length === 0) return null
  return (
    <details>
      <summary>{judgements.length === 1 ? 'One earlier judgement' : `${judgements.length} earlier judgements`}</summary>
      {judgements.toReversed().map((judged) => (
        <Judgement key={`${judged.at} ${judged.by.id}`} judged={judged} />
      ))}
    </details>
  )
}
