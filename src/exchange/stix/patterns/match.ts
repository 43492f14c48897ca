import { compileCondition, expressionsOf, type ObservationTest } from '#exchange/stix/patterns/condition.ts'
import { reasonAgainst } from '#exchange/stix/patterns/expression.ts'
import { BudgetSpent, Meter } from '#exchange/stix/patterns/meter.ts'
import type { Observation } from '#exchange/stix/patterns/observation.ts'
import { parsePattern } from '#exchange/stix/patterns/parse.ts'
import { planOf, type Plan } from '#exchange/stix/patterns/plan.ts'
import { solve } from '#exchange/stix/patterns/solve.ts'
import type { Condition, Pattern } from '#exchange/stix/patterns/syntax-tree.ts'

/**
 * `match` and `none` are certain. `budget`: more steps, or more parts, than one evaluation may have; what the answer is nobody knows.
 * `unevaluated`: a regular expression that the engine cannot take.
 */
export type Outcome = 'match' | 'none' | 'budget' | 'unevaluated'

/** Steps of one evaluation, some tenths of a second. */
export const STEPS = 1_000_000

/** A pattern ready for matching. */
export interface CompiledPattern {
  readonly conditions: readonly Condition[]
  readonly tests: readonly ObservationTest[]
  /** Missing when the pattern needs too many parts. */
  readonly plan: Plan | undefined
  /** The least number of observations that it needs, where there is no plan. */
  readonly atLeast: number
  readonly unevaluated: string | undefined
}

/** Compiles a pattern (STIX 2.1, section 9, conformance level 3) once for many evaluations. */
export function compilePattern(pattern: Pattern): CompiledPattern {
  const planned = planOf(pattern)
  const reason = reasonAgainst(conditionsOf(pattern).flatMap(expressionsOf))
  const conditions = 'leaves' in planned && reason === undefined ? planned.leaves : []
  return {
    conditions,
    tests: conditions.map(compileCondition),
    plan: 'plan' in planned ? planned.plan : undefined,
    atLeast: 'atLeast' in planned ? planned.atLeast : 1,
    unevaluated: reason,
  }
}

export interface MatchOptions {
  /** Steps that it may use. */
  readonly steps?: number
  /** The place of an observation that must be among those that match. */
  readonly taking?: number
}

/**
 * Whether a pattern matches a set of observations. Each observed-data stands for as many observations as it says were made, at instants
 * within its window that nobody knows: the pattern matches when some instants satisfy it.
 */
export function matchPattern(compiled: CompiledPattern, observations: readonly Observation[], { steps = STEPS, taking }: MatchOptions = {}): Outcome {
  if (compiled.unevaluated !== undefined) return 'unevaluated'
  const { plan, tests } = compiled
  if (!plan) return observations.reduce((sum, { count }) => sum + count, 0) < compiled.atLeast ? 'none' : 'budget'
  return metered(steps, (meter) => {
    if (plan.kind === 'slot' && plan.count === 1) return observations.some((each, at) => (taking === undefined || at === taking) && tests[0]!(each, meter))
    return solve(plan, { timed: observations, hits: tests.map((test) => hitsOf(test, observations, meter)) }, meter, taking)
  })
}

function hitsOf(test: ObservationTest, observations: readonly Observation[], meter: Meter): number[] {
  const hits: number[] = []
  for (const [at, observation] of observations.entries()) if (test(observation, meter)) hits.push(at)
  return hits
}

/** Runs an evaluation that may use so many steps. */
export function metered(steps: number, evaluate: (meter: Meter) => boolean): Outcome {
  try {
    return evaluate(new Meter(steps)) ? 'match' : 'none'
  } catch (error) {
    if (error instanceof BudgetSpent) return 'budget'
    throw error
  }
}

/** Why a pattern that is stored is never evaluated: it is no pattern, or holds a regular expression that the engine cannot take. */
export function unevaluated(text: string): string | undefined {
  const parsed = parsePattern(text)
  if ('fault' in parsed) return `at ${parsed.offset}: ${parsed.fault}`
  return reasonAgainst(conditionsOf(parsed.pattern).flatMap(expressionsOf))
}

/** What stands in the brackets of a pattern. */
export function conditionsOf(pattern: Pattern): Condition[] {
  if (pattern.kind === 'bracket') return [pattern.of]
  return 'of' in pattern ? conditionsOf(pattern.of) : pattern.parts.flatMap(conditionsOf)
}
