import type { Detonation, Environment } from '#scanner/detonation/contract.ts'
import { comparePatches, supportsNotSeen, type Differential, type FixedIn } from '#scanner/detonation/signals/differential.ts'
import { sayViewer } from '#scanner/detonation/signals/say-viewer.ts'
import type { JoinedReport, ScanReport, ScanResult } from './contract.ts'
import { COVERAGE, NOTHING_FOUND } from './decide.ts'
import { reactsIn } from './reacts-in.ts'
import { JOINED_SCHEMA } from './schema.ts'
import { holdsMacros } from './holds-macros.ts'
import { outcomeOf, withoutMacros, type Outcome } from './tried.ts'

/** What stands in `not_checked` of an environment that did not get to open the document. */
export const NOT_TRIED = 'not tried'

/** An environment that was to open the document and did not, and why. */
export interface NotTried {
  readonly environment: string
  readonly why: string
}

/** What was done with a submission beside its static scan. */
export interface Behaviour {
  readonly detonations: readonly Detonation[]
  /** Environments that open its type and in which it was not opened. */
  readonly notTried?: readonly NotTried[]
  /** The document and what is in its containers: bytes of it in registers are looked for here. */
  readonly inputs?: readonly Uint8Array[]
  /** What was fixed in which version of the viewers' packages, by the line of environments. */
  readonly fixes?: Readonly<Record<string, readonly FixedIn[]>>
}

/**
 * One answer from the static scan and all runs (scanner.md, section 2). Without runs, and without environments that could have been tried, the scan result stays
 * what it is, byte for byte. Pure.
 */
export function joinBehaviour(scan: ScanResult, behaviour: Behaviour): ScanResult | JoinedReport {
  const { detonations, notTried = [], inputs = [], fixes = {} } = behaviour
  if (detonations.length === 0 && notTried.length === 0) return scan
  const macros = holdsMacros(scan)
  const outcomes = [...Map.groupBy(detonations, ({ environment }) => environment.name).values()].map((runs) => outcomeOf(runs, inputs, macros))
  const report = scan.outcome === 'not-scanned' ? undefined : scan
  const differentials = differentialsOf(outcomes, fixes, inputs)
  const reacted = reactedCves(report, outcomes)
  const exploit = exploitOf(report, outcomes, reacted)
  const basis = basisOf(exploit, report, outcomes, reacted)
  return {
    schema: JOINED_SCHEMA,
    exploit,
    basis,
    reasons: reasonsOf(scan, outcomes, differentials).slice(0, 400),
    cve: (report?.verdict.cve ?? []).map(({ id, confidence }) => ({ id, basis: reacted.has(id) ? ('both' as const) : ('structure' as const), confidence })),
    candidates: candidatesOf(report, differentials),
    zero_day: differentials.flatMap(({ line, current, result }) =>
      result.kind === 'zero-day-candidate' ? [{ line, environment: current.name, why: result.why }] : [],
    ),
    seen: {
      structure: scan,
      behaviour: outcomes
        .flatMap(({ environment, seen }) => seen.map(({ index: run, by, signal }) => ({ environment: environment.name, run, by, signal })))
        .slice(0, 5000),
    },
    environments: outcomes.slice(0, 100).map(({ tried }) => tried),
    not_checked: [
      ...(report?.verdict.not_checked ?? []),
      ...notCheckedOf(scan, outcomes, differentials),
      ...notTried.map((one) => ({ ...one, what: NOT_TRIED })),
    ],
  }
}

/** An effect that the document itself had, or a crash that shows its control in two runs. */
function shownEffect({ seen, crash }: Outcome): boolean {
  return crash?.supports === 'confirmed' || seen.some(({ by, signal }) => by === 'document' && signal.weight === 'effect')
}

function exploitOf(report: ScanReport | undefined, outcomes: readonly Outcome[], reacted: ReadonlySet<string>): JoinedReport['exploit'] {
  if (outcomes.some(shownEffect) || reacted.size > 0) return 'confirmed'
  const structure = report?.verdict.exploit ?? 'none-seen'
  if (structure !== 'none-seen') return structure
  return outcomes.some(acted) ? 'technique-only' : 'none-seen'
}

/** Content acted by what the viewer offers, or a macro did more. */
function acted({ seen }: Outcome): boolean {
  return seen.some(({ by, signal }) => signal.weight === 'active' || (signal.weight === 'effect' && by !== 'document'))
}

/**
 * CVEs that the structure names and whose own program showed an effect, or in which memory was damaged in two runs: a crash that repeats and has its
 * structure is attributable.
 */
function reactedCves(report: ScanReport | undefined, outcomes: readonly Outcome[]): ReadonlySet<string> {
  const named = report?.verdict.cve.map(({ id }) => id) ?? []
  return new Set(
    named.filter((cve) =>
      outcomes.some(({ seen, crash }) =>
        seen.some(({ run, by, signal }) => {
          const tells = signal.weight === 'effect' || (signal.weight === 'crash' && crash !== undefined && crash.repeated && crash.supports !== 'crash')
          return by === 'document' && tells && reactsIn(cve, run, signal.shown_by)
        }),
      ),
    ),
  )
}

function basisOf(
  exploit: JoinedReport['exploit'],
  report: ScanReport | undefined,
  outcomes: readonly Outcome[],
  reacted: ReadonlySet<string>,
): JoinedReport['basis'] {
  if (exploit === 'none-seen') return null
  const structure = report?.verdict.exploit ?? 'none-seen'
  if (exploit === 'confirmed') return reacted.size > 0 ? 'both' : 'behaviour'
  if (structure === 'none-seen') return 'behaviour'
  return exploit === 'technique-only' && outcomes.some(acted) ? 'both' : 'structure'
}

interface Compared {
  readonly line: string
  readonly current: Environment
  readonly result: Differential
}

/** Of each viewer in two versions; only of runs in which no macro could act, with the same options. */
function differentialsOf(outcomes: readonly Outcome[], fixes: Readonly<Record<string, readonly FixedIn[]>>, inputs: readonly Uint8Array[]): Compared[] {
  const lines = Map.groupBy(outcomes, ({ environment }) => environment.line)
  return [...lines].flatMap(([line, of]): Compared[] => {
    const [older, current] = (['older', 'current'] as const).map((age) => of.find(({ environment }) => environment.age === age))
    if (!current) return []
    const result = comparePatches(older ? comparable(older) : [], comparable(current), fixes[line] ?? [], inputs)
    // Without an older version there is nothing that was left undecided.
    return older || result.kind === 'zero-day-candidate' ? [{ line, current: current.environment, result }] : []
  })
}

/** Where macros were on and nothing happened, none would have happened without them either. */
function comparable({ runs }: Outcome): Detonation[] {
  const unchecked = runs.filter(({ options }) => !options.checkHeap)
  const plain = unchecked.filter(withoutMacros)
  if (plain.length > 0) return plain
  const reacted = unchecked.some(({ end, signals }) => end === 'crashed' || signals.some(({ weight }) => weight === 'effect' || weight === 'crash'))
  return reacted ? [] : unchecked
}

function candidatesOf(report: ScanReport | undefined, differentials: readonly Compared[]): JoinedReport['candidates'] {
  const named = new Set(report?.verdict.cve.map(({ id }) => id))
  const structure = (report?.verdict.candidates ?? []).map(({ id, why }) => ({ id, why }))
  const window = differentials.flatMap(({ result }) =>
    result.kind === 'fixed'
      ? result.candidates.map(({ cve, version, source }) => ({
          id: cve,
          why: `Only the older version reacts, and this was fixed in ${version} (${source}).`.slice(0, 500),
        }))
      : [],
  )
  return [...new Map([...window, ...structure].map((one) => [one.id, one])).values()].filter(({ id }) => !named.has(id)).sort((a, b) => (a.id < b.id ? -1 : 1))
}

function reasonsOf(scan: ScanResult, outcomes: readonly Outcome[], differentials: readonly Compared[]): string[] {
  const told = scan.outcome === 'not-scanned' ? [`There is no static verdict: ${scan.reason.detail}`] : scan.verdict.reasons
  const structure = told.filter((reason) => reason !== NOTHING_FOUND && !COVERAGE.has(reason))
  const coverage = told.filter((reason) => COVERAGE.has(reason))
  const shown = outcomes.filter(({ tried }) => tried.showed !== 'not-seen' && tried.showed !== 'undecided').map(({ tried }) => tried.said)
  const quiet = outcomes.filter(({ tried }) => tried.showed === 'not-seen' || tried.showed === 'undecided').map(({ tried }) => tried.said)
  const compared = differentials.flatMap(({ result }) => (result.kind === 'nothing' || result.kind === 'undecided' ? [] : [result.why]))
  const found = [...structure, ...shown, ...compared]
  const nothing = told.includes(NOTHING_FOUND) && found.length === 0 ? ['The structure shows nothing in what was examined.'] : []
  return [...new Set([...found, ...nothing, ...quiet, ...coverage])]
}

type NotCheckedIn = { environment: string; what: string; why: string }

function notCheckedOf(scan: ScanResult, outcomes: readonly Outcome[], differentials: readonly Compared[]): JoinedReport['not_checked'] {
  const whole = scan.outcome === 'not-scanned' ? [{ path: '/', what: 'the file', why: scan.reason.detail.slice(0, 300), reason: scan.reason.code }] : []
  const runs = outcomes.flatMap(({ environment, runs: all, tried, seen }): NotCheckedIn[] => [
    ...(tried.showed === 'undecided' ? [{ environment: environment.name, what: sayViewer(environment), why: tried.said }] : []),
    ...(seen.some(({ by }) => by === 'unknown') && !all.some((one) => withoutMacros(one) && supportsNotSeen(one))
      ? [{ environment: environment.name, what: 'a run without macros', why: 'What was seen with macros could not be compared with a run without them.' }]
      : []),
    ...[...new Map(all.flatMap(({ not_watched }) => not_watched).map((one) => [one.what, one])).values()].map(({ what, why }) => ({
      environment: environment.name,
      what,
      why,
    })),
  ])
  const compared = differentials.flatMap(({ current, result }) =>
    result.kind === 'undecided' ? [{ environment: current.name, what: 'the comparison of versions', why: result.why.slice(0, 500) }] : [],
  )
  return [...whole, ...runs, ...compared]
}
