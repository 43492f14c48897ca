import type { Detonation, Environment, Signal } from '#scanner/detonation/contract.ts'
import { hasMacros } from '#scanner/detonation/plan.ts'
import { judgeCrashes, sayCrash, type CrashAnswer } from '#scanner/detonation/signals/crash.ts'
import { refusalOf, supportsNotSeen } from '#scanner/detonation/signals/differential.ts'
import { printable } from '#scanner/formats/bytes.ts'
import { sayViewer } from '#scanner/detonation/signals/say-viewer.ts'
import type { JoinedReport } from './contract.ts'

export interface SeenSignal {
  readonly run: Detonation
  readonly index: number
  readonly by: 'document' | 'macro' | 'unknown'
  readonly signal: Signal
}

/** What all runs in one environment come to. */
export interface Outcome {
  readonly environment: Environment
  readonly runs: readonly Detonation[]
  readonly seen: readonly SeenSignal[]
  /** Of the runs in which no macro could act. */
  readonly crash: CrashAnswer | undefined
  readonly tried: JoinedReport['environments'][number]
}

/** Whether no macro could act in a run. */
export function withoutMacros({ environment, options }: Detonation): boolean {
  return !options.macros || !hasMacros(environment)
}

/** Judges the runs of one environment together. `macros`: the document holds some (holds-macros.ts). */
export function outcomeOf(runs: readonly Detonation[], inputs: readonly Uint8Array[], macros: boolean): Outcome {
  const plain = runs.filter(withoutMacros)
  // A run that was cut short cannot say what stayed away in it; what it did show, it showed.
  const telling = plain.some(supportsNotSeen)
  const also = new Set(plain.flatMap(({ signals }) => signals.map(({ id }) => id)))
  const seen = runs.flatMap((run, index) =>
    run.signals.map((signal): SeenSignal => ({
      run,
      index,
      signal,
      by: withoutMacros(run) || also.has(signal.id) ? 'document' : telling && macros ? 'macro' : 'unknown',
    })),
  )
  const crash = judgeCrashes(plain, inputs)
  const environment = runs[0]!.environment
  const showed = showedOf(runs, seen)
  const ends = runs.map(({ options, end, why_ended, dwell_ms }) => ({ options, end, why_ended, dwell_ms })).slice(0, 20)
  return { environment, runs, seen, crash, tried: { environment, runs: ends, showed, said: say(environment, runs, showed, seen, crash) } }
}

function showedOf(runs: readonly Detonation[], seen: readonly SeenSignal[]): JoinedReport['environments'][number]['showed'] {
  const has = (weight: Signal['weight'], by?: SeenSignal['by']): boolean =>
    seen.some((one) => one.signal.weight === weight && (by === undefined || one.by === by))
  if (has('effect', 'document')) return 'effect'
  if (has('crash') || runs.some(({ end }) => end === 'crashed')) return 'crash'
  if (has('effect') || has('active')) return 'active'
  return runs.length > 0 && runs.every(supportsNotSeen) ? 'not-seen' : 'undecided'
}

function say(
  environment: Environment,
  runs: readonly Detonation[],
  showed: JoinedReport['environments'][number]['showed'],
  seen: readonly SeenSignal[],
  crash: CrashAnswer | undefined,
): string {
  const viewer = sayViewer(environment)
  if (showed === 'not-seen') return `Not seen in ${viewer}${sayUnwatched(runs)}.`
  if (showed === 'undecided') {
    const refusal = runs.map(refusalOf).find((why) => why !== undefined)
    if (refusal !== undefined && !runs.some(lossy)) return `${viewer} says nothing about the document: it did not open it (${printable(refusal, 300)}).`
    const ends = [...new Set(runs.filter((run) => !supportsNotSeen(run)).map(({ end }) => end))].join(', ')
    return `${viewer} says nothing about the document: its run ended as ${ends}${runs.some(lossy) ? ', and not everything was kept' : ''}${seen.some(({ signal }) => signal.id === 'disagreement') ? ', and those who watched disagree' : ''}.`
  }
  if (showed === 'crash') return `${viewer}: ${crash ? `${sayCrash(crash.crash)} ${sayWeight(crash)}` : 'The viewer ended by a crash.'}`
  const shown = seen.filter(({ signal }) => signal.weight === (showed === 'effect' ? 'effect' : 'active') || signal.weight === 'effect')
  const gravest = shown.toSorted((a, b) => Number(b.signal.weight === 'effect') - Number(a.signal.weight === 'effect'))
  return `${viewer}: ${(['document', 'macro', 'unknown'] as const).flatMap((by) => sayGroup(by, gravest)).join(' ')}`.slice(0, 1000)
}

/** A headline names so many things that were done by one author. */
const MOST_NAMED = 3

function sayGroup(by: SeenSignal['by'], seen: readonly SeenSignal[]): string[] {
  const whys = [...new Set(seen.filter((one) => one.by === by).map(({ signal }) => signal.why))]
  if (whys.length === 0) return []
  const more = whys.length > MOST_NAMED ? [`And ${whys.length - MOST_NAMED} more.`] : []
  return [...whys.slice(0, MOST_NAMED), ...more, ...sayBy(by)]
}

const MOST_UNWATCHED = 4

/** What was not watched cannot have been seen: whoever reads "not seen" reads that too. */
function sayUnwatched(runs: readonly Detonation[]): string {
  const all = [...new Set(runs.flatMap(({ not_watched }) => not_watched.map(({ what }) => printable(what, 60))))]
  if (all.length === 0) return ''
  const more = all.length > MOST_UNWATCHED ? ` and ${all.length - MOST_UNWATCHED} more` : ''
  return ` (not watched: ${all.slice(0, MOST_UNWATCHED).join(', ')}${more})`
}

function lossy({ happenings }: Detonation): boolean {
  return happenings.some(({ kind }) => kind === 'dropped' || kind === 'silence')
}

function sayBy(by: SeenSignal['by']): string[] {
  if (by === 'document') return []
  return [by === 'macro' ? '(A macro did it: without macros it stayed away.)' : '(Macros were on, and whether it was a macro is not known.)']
}

function sayWeight({ supports, repeated, crash }: CrashAnswer): string {
  const again = repeated ? 'The same in two runs.' : 'Not seen twice.'
  if (supports === 'confirmed') return `${again} The document chooses where.`
  if (supports === 'memory-damage') return `${again} Memory was damaged; nothing shows that the document controls how.`
  return `${again} ${crash.address === 'null' && crash.access === 'read' ? 'A null read is a crash, and no exploit.' : 'A crash, which alone is no exploit.'}`
}
