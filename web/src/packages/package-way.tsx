import type { ReactElement, ReactNode } from 'react'
import { TIER_NAME, WINDOW_TIERS } from '../releases/releases.ts'
import { Icon } from '../ui/icon.tsx'
import { Instant } from '../ui/instant.tsx'
import { ZonedInstant } from '../ui/zoned-instant.tsx'
import { useNowMs } from './package-state.tsx'
import styles from './package-way.module.css'
import type { Package } from './packages.ts'
import { formatSpan } from './window.ts'

type Progress = 'done' | 'now' | 'to-come'
interface Step {
  readonly name: string
  readonly progress: Progress
  /** Who did it or when it comes. */
  readonly detail: ReactNode
}
const PROGRESS_WORDS: Readonly<Record<Progress, string>> = { done: 'done', now: 'at present', 'to-come': 'to come' }

/** The way of a version from the first words to the release, as a picture: what is done, where it stands, what comes when. */
export function PackageWay({ version }: { version: Package }): ReactElement {
  const nowMs = useNowMs()
  const steps = [...peopleSteps(version), ...windowSteps(version, nowMs)]
  return (
    <ol className={styles['way']} aria-label="Steps from draft to release">
      {steps.map(({ name, progress, detail }) => (
        <li key={name} className={styles['step']} data-progress={progress} aria-current={progress === 'now' ? 'step' : undefined}>
          <span className={styles['mark']} aria-hidden>
            {progress === 'done' && <Icon name="check" size={13} />}
          </span>
          <div className={styles['words']}>
            <strong>
              {name}
              <span className="visually-hidden">, {PROGRESS_WORDS[progress]}</span>
            </strong>
            <div className={styles['detail']}>{detail}</div>
          </div>
        </li>
      ))}
    </ol>
  )
}

const ORDER = ['draft', 'in-review', 'approved', 'scheduled'] as const

function peopleSteps({ state, contributors, submitted, approval, scheduled, release }: Package): Step[] {
  const at = ORDER.indexOf(state as (typeof ORDER)[number])
  // Every later state was scheduled once.
  const reached = at === -1 ? ORDER.length - 1 : at
  // Somebody has to act on all but a scheduled version, which only waits for its instants.
  const progress = (step: number): Progress =>
    step < reached || (step === reached && state === ORDER[3]) || at === -1 ? 'done' : step === reached ? 'now' : 'to-come'
  return [
    { name: 'Draft', progress: progress(0), detail: contributors.map(({ name }) => name).join(', ') },
    { name: 'In review', progress: progress(1), detail: submitted ? <Done by={submitted.by.name} at={submitted.at} /> : 'An author sends it to review' },
    { name: 'Approved', progress: progress(2), detail: approval ? <Done by={approval.by.name} at={approval.at} /> : 'By somebody who did not write it' },
    {
      name: 'Scheduled',
      progress: release ? progress(3) : 'to-come',
      detail: scheduled ? <Done by={scheduled.by.name} at={scheduled.at} /> : 'By a publisher, for a release',
    },
  ]
}

function Done({ by, at }: { by: string; at: string }): ReactElement {
  return (
    <>
      {by}
      <br />
      <Instant value={at} />
    </>
  )
}

function windowSteps({ state, release, windows }: Package, nowMs: number | undefined): Step[] {
  const instants = [
    ...WINDOW_TIERS.map((tier) => ({ name: `${TIER_NAME[tier]} window`, instant: windows?.[tier] })),
    { name: 'Release', instant: release?.instant },
  ]
  const next = nowMs === undefined ? -1 : instants.findIndex(({ instant }) => instant !== undefined && Date.parse(instant) > nowMs)
  return instants.map(({ name, instant }, at) => {
    if (!instant || !release || nowMs === undefined) return { name, progress: 'to-come', detail: 'Set when it is scheduled' }
    const ms = Date.parse(instant)
    if (ms > nowMs && (state === 'pulled' || state === 'deferred')) return { name, progress: 'to-come', detail: 'Does not happen' }
    return {
      name,
      progress: ms <= nowMs ? 'done' : at === next ? 'now' : 'to-come',
      detail: (
        <>
          <ZonedInstant value={instant} zone={release.zone} />
          {at === next && (
            <>
              <br />
              in {formatSpan(ms - nowMs)}
            </>
          )}
        </>
      ),
    }
  })
}
