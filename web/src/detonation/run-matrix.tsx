import { Anchor } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { Instant } from '../ui/instant.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import { bySeverity, matrixOf, type MatrixGroup, type RunSignal, type RunView } from './detonations.ts'
import styles from './run-matrix.module.css'
import { WeightMark } from './weight-mark.tsx'
import { dwellWords, optionWords, runTone, runWords, versionWords, viewerName, viewerWords } from './words.ts'

interface RunMatrixProps {
  readonly submission: string
  readonly runs: readonly RunView[]
  readonly signals: ReadonlyMap<string, readonly RunSignal[]>
  /** The run that is shown beside it. */
  readonly here?: string
}

const MOST_SIGNALS = 3

/** Every run: viewers and how it was opened in rows, the current and the older version side by side; each leads to what it showed. */
export function RunMatrix({ submission, runs, signals, here }: RunMatrixProps): ReactElement {
  const groups = matrixOf(runs, { viewer: ({ environment }) => viewerName(environment), how: optionWords })
  const older = runs.some(({ environment }) => environment.age === 'older')
  return (
    <section aria-label="Runs" tabIndex={0} className="scroll-x">
      <table className={styles['matrix']}>
        <thead>
          <tr>
            <th scope="col">Opened in</th>
            <th scope="col">Current version</th>
            {older && <th scope="col">Older version</th>}
          </tr>
        </thead>
        {groups.map((group) => (
          <Group key={group.line} {...{ group, submission, signals, here, older }} />
        ))}
      </table>
    </section>
  )
}

interface GroupProps extends Omit<RunMatrixProps, 'runs' | 'here'> {
  readonly group: MatrixGroup
  readonly here: string | undefined
  readonly older: boolean
}

function Group({ group: { viewer, rows }, older, ...rest }: GroupProps): ReactElement {
  return (
    <tbody>
      {rows.map(({ how, current, older: olderRuns }, index) => (
        <tr key={how} data-first={index === 0 || undefined}>
          <th scope="row">
            <span className={index === 0 ? styles['viewer'] : 'visually-hidden'}>{viewer}</span>
            <span className={styles['how']}>{how}</span>
          </th>
          <Cell runs={current} {...rest} />
          {older && <Cell runs={olderRuns} {...rest} />}
        </tr>
      ))}
    </tbody>
  )
}

function Cell({ runs, submission, signals, here }: Pick<GroupProps, 'submission' | 'signals' | 'here'> & { runs: readonly RunView[] }): ReactElement {
  return (
    <td>
      {runs.length === 0 && <span className={styles['none']}>not opened</span>}
      {runs.map((run) => (
        <Run key={run.id} run={run} submission={submission} signals={signals.get(run.id) ?? []} here={run.id === here} />
      ))}
    </td>
  )
}

function Run({ run, submission, signals, here }: { run: RunView; submission: string; signals: readonly RunSignal[]; here: boolean }): ReactElement {
  const { environment, end, failure } = run
  const sorted = bySeverity(signals.map(({ signal }) => signal))
  return (
    <div className={styles['run']} data-here={here || undefined} data-leads={end !== null || undefined}>
      <div className={styles['state']}>
        <StateMark tone={runTone(run)}>
          {end === null ? (
            runWords(run)
          ) : (
            <Anchor
              component={Link}
              to={`/scanner/${submission}/detonations/${run.id}`}
              inherit
              fw={600}
              aria-current={here ? 'page' : undefined}
              aria-label={`${runWords(run)}: what ${viewerWords(environment)} showed, ${optionWords(run)}`}
            >
              {runWords(run)}
            </Anchor>
          )}
        </StateMark>
        <span className={styles['quiet']}>
          {versionWords(environment)}, {environment.os}
          {environment.age === 'older' && <span className={styles['age']}>, older version</span>}
        </span>
      </div>
      {sorted.length > 0 && (
        <div className={styles['signals']}>
          {[...new Map(sorted.map((one) => [one.id, one])).values()].slice(0, MOST_SIGNALS).map(({ id, weight }) => (
            <WeightMark key={id} weight={weight}>
              {id}
            </WeightMark>
          ))}
          {new Set(sorted.map(({ id }) => id)).size > MOST_SIGNALS && (
            <span className={styles['quiet']}>and {new Set(sorted.map(({ id }) => id)).size - MOST_SIGNALS} more</span>
          )}
        </div>
      )}
      <div className={styles['quiet']}>{failure === null ? <HowFar run={run} /> : failure.detail}</div>
    </div>
  )
}

function HowFar({ run: { state, startedAt, dwellMs, happenings } }: { run: RunView }): ReactElement | null {
  const seen = `${happenings.toLocaleString('en')} ${happenings === 1 ? 'happening' : 'happenings'}`
  if (state === 'running' && startedAt !== null)
    return (
      <>
        since <Instant value={startedAt} />
        {happenings > 0 && `, ${seen} so far`}
      </>
    )
  if (dwellMs === null) return null
  return (
    <>
      open for {dwellWords(dwellMs)}, {seen}
    </>
  )
}
