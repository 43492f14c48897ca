import { Skeleton, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import type { ScanResultView, SubmissionView } from '../scanner/submissions.ts'
import { Icon, type IconName } from '../ui/icon.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { detonationsQuery, joinedQuery, signalsOfRuns, type JoinedView, type RunView } from './detonations.ts'
import styles from './environments-panel.module.css'
import { NoEnvironments } from './no-environments.tsx'
import { RunMatrix } from './run-matrix.tsx'

type Showed = JoinedView['environments'][number]['showed']

const SIGNS: Readonly<Record<Showed, { readonly icon: IconName; readonly order: number }>> = {
  effect: { icon: 'warning', order: 0 },
  crash: { icon: 'warning', order: 1 },
  active: { icon: 'flag', order: 2 },
  undecided: { icon: 'question', order: 3 },
  'not-seen': { icon: 'eye', order: 4 },
}

/** Where it was opened: what each environment comes to in one sentence, then every run. While it is being opened, how far that is. */
export function EnvironmentsPanel({ submission, report }: { submission: SubmissionView; report: ScanResultView | undefined }): ReactElement {
  const open = submission.state === 'detonating'
  const runs = useQuery(detonationsQuery(submission.id, open))
  const behaviour = report?.behaviour
  const joined = useQuery({
    ...joinedQuery(submission.id),
    enabled: submission.state === 'done' && behaviour?.state !== 'static-only' && behaviour?.state !== 'held',
  })
  const items = runs.data?.items ?? []
  return (
    <Panel title="Opened in environments" lead={LEAD} flush>
      {runs.isPending && <Skeleton height={80} radius={0} />}
      <ProblemAlert error={runs.error} onRetry={() => void runs.refetch()} />
      {open && items.length > 0 && <Progress runs={items} />}
      {!open && behaviour?.why && <Why behaviour={behaviour} opened={items.length > 0} />}
      {joined.data && joined.data.environments.length > 0 && <Sentences joined={joined.data} />}
      {items.length > 0 && <RunMatrix submission={submission.id} runs={items} signals={signalsOfRuns(items, joined.data)} />}
    </Panel>
  )
}

const LEAD = 'Each in a machine of its own, which is thrown away. What was not seen is said of these versions, and of nothing else.'

/** Why behaviour is not all there, or not at all. */
function Why({ behaviour: { state, why }, opened }: { behaviour: ScanResultView['behaviour']; opened: boolean }): ReactElement {
  return (
    <Stack gap="xs" className={styles['why']} data-testid="behaviour">
      <div className={styles['sentence']} data-showed={state === 'held' ? 'held' : 'undecided'}>
        <Icon name={state === 'held' ? 'lock' : 'question'} size={20} />
        <Text fw={600}>{why}</Text>
      </div>
      {state === 'static-only' && !opened && <NoEnvironments />}
    </Stack>
  )
}

/** What each environment comes to, over all its runs; the gravest first. */
function Sentences({ joined: { environments } }: { joined: JoinedView }): ReactElement {
  const sorted = environments.toSorted((a, b) => SIGNS[a.showed].order - SIGNS[b.showed].order)
  return (
    <ul className={styles['sentences']} aria-label="What each environment showed">
      {sorted.map(({ environment, showed, said }) => (
        <li key={environment.name} className={styles['sentence']} data-showed={showed}>
          <Icon name={SIGNS[showed].icon} size={20} />
          <span>
            <span className={styles['said']}>{said}</span>
            <span className={styles['where']}>
              {environment.os}
              {environment.age === 'older' && ', the older version'}
            </span>
          </span>
        </li>
      ))}
    </ul>
  )
}

function Progress({ runs }: { runs: readonly RunView[] }): ReactElement {
  const ended = runs.filter(({ state }) => state === 'ended' || state === 'failed').length
  const words = ended === 0 ? `It is being opened in ${countOf(runs.length)}.` : `${ended} of ${countOf(runs.length)} ${ended === 1 ? 'has' : 'have'} ended.`
  return (
    <div className={styles['progress']}>
      <output>
        <Text fw={600} span>
          {words}
        </Text>{' '}
        <Text size="sm" c="dimmed" span>
          More may be planned, depending on what is seen. This page goes on by itself.
        </Text>
      </output>
      <progress max={runs.length} value={ended} aria-label="Runs that have ended" />
    </div>
  )
}

function countOf(runs: number): string {
  return runs === 1 ? 'one run' : `${runs} runs`
}
