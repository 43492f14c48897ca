import type { ReactElement } from 'react'
import { StateMark, type Tone } from '../ui/state-mark.tsx'
import type { SubmissionView } from './submissions.ts'

type Stated = Pick<SubmissionView, 'state' | 'outcome'>

/** How far the scan came, in words. */
export function stateWords({ state, outcome }: Stated): string {
  if (state === 'done') return DONE[outcome ?? 'complete']
  return { queued: 'Queued', static: 'Scanning', detonating: 'Being opened', failed: 'Failed' }[state]
}

const DONE: Readonly<Record<NonNullable<SubmissionView['outcome']>, string>> = {
  complete: 'Scanned',
  incomplete: 'Scanned in part',
  refused: 'Scanned in part',
  'not-scanned': 'Not readable',
}

function toneOf({ state, outcome }: Stated): Tone {
  if (state === 'failed') return 'bad'
  if (state !== 'done') return 'waiting'
  return outcome === 'complete' ? 'on' : 'plain'
}

export function SubmissionState({ submission }: { submission: Stated }): ReactElement {
  return <StateMark tone={toneOf(submission)}>{stateWords(submission)}</StateMark>
}
