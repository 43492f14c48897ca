import { APART, atomsOf, isExact, type Atom } from '#exchange/stix/patterns/atoms.ts'
import { expressionsOf } from '#exchange/stix/patterns/condition.ts'
import { bytesOf } from '#exchange/stix/patterns/expression.ts'
import { LiteralIndex } from '#exchange/stix/patterns/literal-index.ts'
import { compilePattern, conditionsOf, type CompiledPattern } from '#exchange/stix/patterns/match.ts'
import { BudgetSpent, Meter } from '#exchange/stix/patterns/meter.ts'
import type { Observation, Timed } from '#exchange/stix/patterns/observation.ts'
import { parsePattern } from '#exchange/stix/patterns/parse.ts'
import type { Plan } from '#exchange/stix/patterns/plan.ts'
import { solve } from '#exchange/stix/patterns/solve.ts'
import type { Pattern } from '#exchange/stix/patterns/syntax-tree.ts'

/** Bounds of a set of standing patterns. */
export interface StandingLimits {
  /** Steps for one observation against all patterns. */
  readonly steps: number
  /** Steps of those for one pattern at most, so that none takes them from all others. */
  readonly stepsEach: number
  /** Observations kept for one pattern over several observations. */
  readonly kept: number
  /** Observations kept for all patterns together. */
  readonly keptInAll: number
  /** Octets of memory that all patterns may take, by an estimate; what is kept of observations comes on top. */
  readonly bytes: number
}

export const STANDING_LIMITS: StandingLimits = { steps: 200_000, stepsEach: 20_000, kept: 256, keptInAll: 1_000_000, bytes: 2 ** 30 }

/** What a pattern takes in memory, about: itself, and what it was compiled to. */
const ENTRY_BYTES = 300
const COMPILED_BYTES_PER_CHARACTER = 25

/** What one more observation brought; patterns are named by the ids with which they were added. */
export interface StandingMatch {
  /** Patterns that match, the observation taking part. */
  readonly matched: readonly string[]
  /** Patterns of which nobody knows whether they match: steps were spent, or observations had been dropped that could have taken part. */
  readonly undecided: readonly string[]
  /** False when the observation was too large to look up all of its values; then patterns may match that are not named. */
  readonly complete: boolean
}

interface Entry {
  readonly id: string
  readonly text: string
  /** Missing when the look-up decides by itself. */
  readonly evaluated: Evaluated | undefined
  /** The last observation for which it was noted. */
  seen: number
}

interface Evaluated {
  readonly atoms: readonly Atom[]
  readonly compiled: CompiledPattern
  readonly plan: Plan
  /** Only for patterns over several observations. */
  readonly window: Kept[] | undefined
  /** The latest instant of what was dropped, or could not be looked at. */
  droppedUntil: number
}

/** Of an observation nothing is kept but its time, its number and the conditions that it satisfies. */
interface Kept extends Timed {
  readonly leaves: readonly number[]
}

/**
 * Patterns that stand while observations come by. Each hangs on values that an observation must have to matter to it, so an observation
 * costs as much as its values and its candidates, however many patterns there are; patterns that name no value (LIKE, MATCHES, ranges,
 * NOT) are tried one by one, after the others and within the same budget.
 */
export class StandingPatterns {
  readonly #index = new LiteralIndex<Entry>()
  readonly #entries = new Map<string, Entry>()
  readonly #limits: StandingLimits
  #observations = 0
  #kept = 0
  #bytes = 0

  constructor(limits: Partial<StandingLimits> = {}) {
    this.#limits = { ...STANDING_LIMITS, ...limits }
  }

  get size(): number {
    return this.#entries.size
  }

  /** Adds a pattern, in the place of another of this id; the reason if it cannot be evaluated, then nothing was added. */
  add(id: string, text: string): string | undefined {
    this.remove(id)
    const parsed = parsePattern(text)
    if ('fault' in parsed) return `at ${parsed.offset}: ${parsed.fault}`
    const { pattern } = parsed
    if (pattern.kind === 'bracket' && isExact(pattern.of)) {
      return this.#enter({ id, text, evaluated: undefined, seen: -1 }, this.#atoms(pattern))
    }
    return this.#addEvaluated(id, text, pattern)
  }

  #addEvaluated(id: string, text: string, pattern: Pattern): string | undefined {
    const compiled = compilePattern(pattern)
    const { plan, unevaluated } = compiled
    if (unevaluated !== undefined) return unevaluated
    if (plan === undefined) return 'needs too many parts'
    const single = plan.kind === 'slot' && plan.count === 1
    const evaluated: Evaluated = { atoms: this.#atoms(pattern), compiled, plan, window: single ? undefined : [], droppedUntil: -Infinity }
    return this.#enter({ id, text, evaluated, seen: -1 }, evaluated.atoms)
  }

  #enter(entry: Entry, atoms: readonly Atom[]): string | undefined {
    const bytes = bytesOfEntry(entry)
    if (this.#bytes + bytes > this.#limits.bytes) return 'the standing patterns would take too much memory together'
    this.#bytes += bytes
    this.#entries.set(entry.id, entry)
    for (const atom of atoms) this.#index.add(atom, entry)
    return undefined
  }

  /** Takes a pattern away; false if there is none of this id. */
  remove(id: string): boolean {
    const entry = this.#entries.get(id)
    if (!entry) return false
    this.#entries.delete(id)
    this.#bytes -= bytesOfEntry(entry)
    this.#kept -= entry.evaluated?.window?.length ?? 0
    for (const atom of entry.evaluated?.atoms ?? this.#atomsOfText(entry.text)) this.#index.delete(atom, entry)
    return true
  }

  /** The atoms of a pattern without AND do not depend on what else is there, so they are not kept. */
  #atomsOfText(text: string): readonly Atom[] {
    const parsed = parsePattern(text)
    return 'pattern' in parsed ? this.#atoms(parsed.pattern) : []
  }

  #atoms(pattern: Pattern): readonly Atom[] {
    const weigh = (atom: Atom): number => (atom.key === undefined ? APART : 1 + this.#index.sizeOf(atom))
    return conditionsOf(pattern).flatMap((condition) => atomsOf(condition, weigh))
  }

  /** Matches one more observation against all patterns; those over several observations remember it. */
  match(observation: Observation): StandingMatch {
    const turn = ++this.#observations
    const meter = new Meter(this.#limits.steps)
    const named: Entry[] = []
    const apart: Entry[] = []
    const note = (into: Entry[]) => (entry: Entry) => {
      if (entry.seen === turn) return
      entry.seen = turn
      into.push(entry)
    }
    const complete = runs(() => this.#index.probe(observation, meter, note(named), note(apart)))
    if (!complete) this.#miss(observation)
    const matched: string[] = []
    const undecided: string[] = []
    // Where the steps do not last for all, it is not always the same ones that go without.
    const from = apart.length > 0 ? turn % apart.length : 0
    for (const entry of [...named, ...apart.slice(from), ...apart.slice(0, from)]) {
      const outcome = entry.evaluated ? this.#evaluate(entry.evaluated, observation, meter) : true
      if (outcome !== false) (outcome === true ? matched : undecided).push(entry.id)
    }
    return { matched, undecided, complete }
  }

  /** Whether a pattern matches with this observation; undefined if nobody knows. */
  #evaluate(entry: Evaluated, observation: Observation, meter: Meter): boolean | undefined {
    const granted = Math.min(Math.max(meter.left, 0), this.#limits.stepsEach)
    const own = new Meter(granted)
    let outcome: boolean | undefined
    if (entry.window) outcome = this.#evaluateSeveral(entry, entry.window, observation, own)
    else runs(() => (outcome = entry.compiled.tests[0]!(observation, own)))
    meter.left -= granted - own.left
    return outcome
  }

  #evaluateSeveral(entry: Evaluated, window: Kept[], observation: Observation, meter: Meter): boolean | undefined {
    const { tests } = entry.compiled
    const { first, last, count } = observation
    let leaves: number[] = []
    if (!runs(() => (leaves = [...tests.keys()].filter((leaf) => tests[leaf]!(observation, meter))))) {
      entry.droppedUntil = Math.max(entry.droppedUntil, last)
      return undefined
    }
    if (leaves.length === 0) return false
    this.#keep(entry, window, { first, last, count, leaves })
    let outcome: boolean | undefined
    runs(() => {
      meter.spend(window.length / 4)
      const hits = tests.map((_, leaf) => [...window.keys()].filter((at) => window[at]!.leaves.includes(leaf)))
      outcome = solve(entry.plan, { timed: window, hits }, meter, window.length - 1)
    })
    return outcome === false && couldReach(entry, observation) ? undefined : outcome
  }

  #keep(entry: Evaluated, window: Kept[], observation: Kept): void {
    window.push(observation)
    this.#kept++
    if (window.length <= this.#limits.kept && this.#kept <= this.#limits.keptInAll) return
    if (window.length === 1) return
    entry.droppedUntil = Math.max(entry.droppedUntil, window.shift()!.last)
    this.#kept--
  }

  /** An observation whose candidates are not known may have mattered to any pattern over several. */
  #miss({ last }: Observation): void {
    for (const { evaluated } of this.#entries.values()) if (evaluated?.window) evaluated.droppedUntil = Math.max(evaluated.droppedUntil, last)
  }
}

function bytesOfEntry({ text, evaluated }: Entry): number {
  const itself = ENTRY_BYTES + 2 * text.length
  if (!evaluated) return itself
  const expressions = evaluated.compiled.conditions.flatMap(expressionsOf)
  return itself + COMPILED_BYTES_PER_CHARACTER * text.length + expressions.reduce((sum, expression) => sum + bytesOf(expression), 0)
}

/** Whether what was dropped could match together with an observation: not if the whole pattern lies within a window that is over. */
function couldReach({ plan, droppedUntil }: Evaluated, { first }: Timed): boolean {
  return droppedUntil > (plan.kind === 'within' ? first - plan.width : -Infinity)
}

/** Whether the work came to its end within its budget. */
function runs(work: () => unknown): boolean {
  try {
    work()
    return true
  } catch (error) {
    if (error instanceof BudgetSpent) return false
    throw error
  }
}
