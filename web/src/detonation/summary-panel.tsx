import type { ReactElement } from 'react'
import { Answer } from '../scanner/answer.tsx'
import type { VerdictTone } from '../scanner/verdict-words.ts'
import { CopyText } from '../ui/copy-text.tsx'
import { Fact, Facts } from '../ui/facts.tsx'
import type { IconName } from '../ui/icon.tsx'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import { bySeverity, type DetonationReport, type RunView } from './detonations.ts'
import styles from './detonation.module.css'
import { dwellWords, END_MEANINGS, optionWords, runTone, runWords, viewerWords, WEIGHTS } from './words.ts'

/** What one run comes to in one sentence, how it ended, and in what it was opened. */
export function SummaryPanel({ run, report }: { run: RunView; report: DetonationReport }): ReactElement {
  const { environment, machine, dwell_ms: dwell, why_ended: why, end } = report
  return (
    <Panel title="What it showed">
      <Answer {...answerOf(report)} />
      <div className={styles['facts']}>
        <div className={styles['wide']}>
          <Facts>
            <Fact name="End">
              <StateMark tone={runTone(run)}>{runWords(run)}</StateMark>
              <div className={styles['quiet']}>{END_MEANINGS[end]}</div>
            </Fact>
            <Fact name="Why it ended then">{sentence(why)}</Fact>
            <Fact name="Open for">{dwellWords(dwell)}</Fact>
            {run.startedAt !== null && (
              <Fact name="From">
                <Instant value={run.startedAt} />
              </Fact>
            )}
            {run.endedAt !== null && (
              <Fact name="To">
                <Instant value={run.endedAt} />, with everything read and kept
              </Fact>
            )}
          </Facts>
          <Facts>
            <Fact name="Viewer">
              {viewerWords(environment)}, package version {environment.version}
            </Fact>
            <Fact name="Environment">
              {environment.name}, {environment.os}, the {environment.age} version
            </Fact>
            <Fact name="Opened">{optionWords(run)}</Fact>
            <Fact name="Machine">{machine ? ACCELERATORS[machine.accelerator] : DRIVERS[environment.driver]}</Fact>
          </Facts>
        </div>
        {machine && (
          <details className={styles['more']}>
            <summary>What the machine was made of (SHA-256)</summary>
            <Facts>
              <Fact name="Image">
                <CopyText label="Copy the hash of the image" text={machine.image} />
              </Fact>
              {machine.kernel !== undefined && (
                <Fact name="Kernel">
                  <CopyText label="Copy the hash of the kernel" text={machine.kernel} />
                </Fact>
              )}
              <Fact name="Template">
                <CopyText label="Copy the hash of the template" text={machine.template} />
              </Fact>
              <Fact name="What was opened">
                <CopyText label="Copy the hash of what was opened" text={report.sha256} />
              </Fact>
            </Facts>
          </details>
        )}
      </div>
    </Panel>
  )
}

const ACCELERATORS = { kvm: 'QEMU with hardware virtualisation (KVM)', tcg: 'QEMU, emulated: no hardware virtualisation was used' } as const
const DRIVERS = { qemu: 'QEMU', windows: 'The operator’s own Windows guest', cape: 'The operator’s CAPE' } as const

interface Said {
  readonly tone: VerdictTone
  readonly icon: IconName
  readonly words: string
  readonly sentence: string
}

function answerOf({ signals, end, environment, happenings }: DetonationReport): Said {
  const viewer = viewerWords(environment)
  const [gravest] = bySeverity(signals)
  const words = gravest && `${WEIGHTS[gravest.weight].name}: ${WEIGHTS[gravest.weight].meaning}`
  if (gravest && words !== undefined && gravest.weight !== 'odd') {
    const tone = gravest.weight === 'active' ? 'technique' : 'exploit'
    return { tone, icon: tone === 'technique' ? 'flag' : 'warning', words, sentence: `${viewer}: ${sentence(gravest.why)}` }
  }
  if (end !== 'rendered' && end !== 'idle')
    return { tone: 'unknown', icon: 'question', words: 'Undecided', sentence: `${viewer} says nothing about the document: its run ended as ${end}.` }
  const lossy = happenings.some(({ kind }) => kind === 'dropped' || kind === 'silence')
  if (lossy)
    return { tone: 'unknown', icon: 'question', words: 'Undecided', sentence: `Nothing was seen in ${viewer}, but not everything that happened was kept.` }
  return { tone: 'none', icon: 'eye', words: words ?? 'Not seen', sentence: `Not seen in ${viewer}: it did nothing that such a document does not do anyway.` }
}

function sentence(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?]$/.test(whole) ? whole : `${whole}.`
}
