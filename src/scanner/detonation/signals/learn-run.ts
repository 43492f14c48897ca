import type { Detonation } from '../contract.ts'
import { judgeRun } from './all.ts'
import { refusalOf } from './differential.ts'
import { emptyBaseline, fitsBaseline, learn, type Baseline } from './baseline.ts'

/** What one run taught, or why it taught nothing. */
export type Lesson = { readonly baseline: Baseline; readonly refused?: undefined } | { readonly refused: string }

/**
 * Takes one run of a file that is held to be harmless into a baseline. A run teaches nothing where it was of another viewer, did not end as a viewer ends, or
 * showed what no baseline may make ordinary: a crash, an effect, or content that acts. Pure.
 */
export function learnRun(baseline: Baseline, seen: Detonation): Lesson {
  const { environment, end, options, happenings } = seen
  if (!fitsBaseline(baseline, environment)) return { refused: `it was opened in ${environment.name} ${environment.version}` }
  if (end !== 'rendered' && end !== 'idle') return { refused: `it ended as ${end}` }
  const refusal = refusalOf(seen)
  if (refusal !== undefined) return { refused: `the viewer did not open it: ${refusal}` }
  // Judged without any baseline: what weighs as odd then may be ordinary, and nothing else.
  const judged = judgeRun({ environment, options, end, happenings, sha256: seen.sha256, baseline: emptyBaseline(environment.name, environment.version) })
  // The others have no script engine.
  const makesCode = environment.viewer === 'chromium' || environment.viewer === 'other'
  const grave = judged.filter(({ weight, id }) => weight !== 'odd' || id === 'silence' || (id === 'executable-memory' && !makesCode))
  if (grave.length > 0) return { refused: grave.map(({ why }) => why).join(' ') }
  const lost = happenings.find((one) => one.kind === 'dropped')
  if (lost) return { refused: 'not everything that happened was kept' }
  // Whom it calls, where it may call, is up to the page.
  return { baseline: learn(baseline, options.egress === 'none' ? happenings : happenings.filter(({ kind }) => kind !== 'connect')) }
}
