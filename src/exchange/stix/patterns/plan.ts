import { toEpoch } from '#exchange/stix/patterns/observation.ts'
import { printPattern } from '#exchange/stix/patterns/print.ts'
import { join, type Condition, type Joined, type Pattern, type Repeats, type StartStop, type Within } from '#exchange/stix/patterns/syntax-tree.ts'

/**
 * What observations a pattern needs, and in what relation of time. REPEATS is gone: it is short for AND (section 9.5.1), and what AND
 * joins without relation of time is counted instead of copied.
 */
export type Plan =
  | { readonly kind: 'slot'; readonly leaf: number; readonly count: number }
  | { readonly kind: 'and' | 'or' | 'followedby'; readonly parts: readonly Plan[] }
  /** All instants differ by less than so many microseconds. */
  | { readonly kind: 'within'; readonly of: Plan; readonly width: number }
  /** All instants lie from the first microsecond to before the second. */
  | { readonly kind: 'span'; readonly of: Plan; readonly from: number; readonly until: number }

export interface Planned {
  readonly plan: Plan
  /** The conditions that slots name by their place. */
  readonly leaves: readonly Condition[]
}

/** Most slots of one plan; a pattern that needs more is not decided where enough observations are there. */
export const MOST_SLOTS = 512

/** Plans a pattern; without a plan where it needs too many slots, then only the least number of observations is known. */
export function planOf(pattern: Pattern): Planned | { readonly atLeast: number } {
  const planner = new Planner()
  const plan = planner.plan(pattern)
  if (!plan || slotsOf(plan) > MOST_SLOTS) return { atLeast: unitsOf(pattern) }
  const used = new Map<number, number>()
  return { plan: renumber(plan, used), leaves: Array.from(used.keys(), (leaf) => planner.leaves[leaf]!) }
}

/** The plan with the conditions that it uses counted from nought. */
function renumber(plan: Plan, used: Map<number, number>): Plan {
  if ('of' in plan) return { ...plan, of: renumber(plan.of, used) }
  if ('parts' in plan) return { kind: plan.kind, parts: plan.parts.map((part) => renumber(part, used)) }
  const leaf = used.get(plan.leaf) ?? used.size
  used.set(plan.leaf, leaf)
  return { ...plan, leaf }
}

class Planner {
  readonly leaves: Condition[] = []
  readonly #places = new Map<string, number>()

  /** Undefined when there would be too many slots. */
  plan(pattern: Pattern): Plan | undefined {
    switch (pattern.kind) {
      case 'bracket':
        return { kind: 'slot', leaf: this.#leaf(pattern.of), count: 1 }
      case 'and':
      case 'or':
      case 'followedby':
        return this.#joined(pattern)
      default:
        return this.#qualified(pattern)
    }
  }

  #joined({ kind, parts: patterns }: Joined): Plan | undefined {
    const parts = patterns.map((part) => this.plan(part))
    if (!parts.every((part) => part !== undefined)) return undefined
    return kind === 'or' ? this.#or(parts) : kind === 'and' ? and(parts) : { kind, parts }
  }

  #qualified(pattern: Repeats | Within | StartStop): Plan | undefined {
    const of = this.plan(pattern.of)
    if (of === undefined) return undefined
    if (pattern.kind === 'repeats') return repeat(of, pattern.times)
    if (pattern.kind === 'within') return within(of, microsecondsOf(pattern.seconds))
    return { kind: 'span', of, from: toEpoch(pattern.start)!, until: toEpoch(pattern.stop)! }
  }

  #leaf(condition: Condition): number {
    const key = printPattern({ kind: 'bracket', of: condition })
    const known = this.#places.get(key)
    if (known !== undefined) return known
    this.#places.set(key, this.leaves.length)
    return this.leaves.push(condition) - 1
  }

  /** One observation for this or that is one observation for either. */
  #or(parts: readonly Plan[]): Plan {
    const single = parts.filter((part) => part.kind === 'slot' && part.count === 1) as Extract<Plan, { kind: 'slot' }>[]
    if (single.length < 2) return { kind: 'or', parts }
    const either: Plan = {
      kind: 'slot',
      leaf: this.#leaf(
        join(
          'any',
          single.map(({ leaf }) => this.leaves[leaf]!),
        ),
      ),
      count: 1,
    }
    const others = parts.filter((part) => !(part.kind === 'slot' && part.count === 1))
    return others.length === 0 ? either : { kind: 'or', parts: [either, ...others] }
  }
}

/** Joined by AND: those inside one another become one, slots of one condition are counted together. */
function and(parts: readonly Plan[]): Plan {
  const counts = new Map<number, number>()
  const others: Plan[] = []
  for (const part of parts.flatMap((part) => (part.kind === 'and' ? part.parts : [part])))
    if (part.kind === 'slot') counts.set(part.leaf, bounded((counts.get(part.leaf) ?? 0) + part.count))
    else others.push(part)
  const all: Plan[] = [...Array.from(counts, ([leaf, count]): Plan => ({ kind: 'slot', leaf, count })), ...others]
  return all.length === 1 ? all[0]! : { kind: 'and', parts: all }
}

/** So many times the same; undefined when copies are needed and there would be too many. */
function repeat(of: Plan, times: number): Plan | undefined {
  if (times === 1) return of
  if (of.kind === 'slot') return { ...of, count: bounded(of.count * times) }
  if (of.kind === 'span') {
    const inner = repeat(of.of, times)
    return inner && { ...of, of: inner }
  }
  if (of.kind === 'and') {
    const parts = of.parts.map((part) => repeat(part, times))
    return parts.every((part) => part !== undefined) ? and(parts) : undefined
  }
  return times * slotsOf(of) > MOST_SLOTS ? undefined : { kind: 'and', parts: Array.from({ length: times }, () => of) }
}

/** One observation is always within any window. */
function within(of: Plan, width: number): Plan {
  return of.kind === 'slot' && of.count === 1 ? of : { kind: 'within', of, width }
}

function bounded(count: number): number {
  return Math.min(count, Number.MAX_SAFE_INTEGER)
}

/** The least whole number of microseconds that is not less than these seconds: differences below one are differences below the other. */
function microsecondsOf(seconds: string): number {
  const [whole, fraction = ''] = seconds.split('.') as [string, string?]
  const microseconds = BigInt(whole + fraction.slice(0, 6).padEnd(6, '0')) + (/[1-9]/.test(fraction.slice(6)) ? 1n : 0n)
  return Number(microseconds < BigInt(Number.MAX_SAFE_INTEGER) ? microseconds : Number.MAX_SAFE_INTEGER)
}

function slotsOf(plan: Plan): number {
  if (plan.kind === 'slot') return 1
  return 'of' in plan ? slotsOf(plan.of) : plan.parts.reduce((sum, part) => sum + slotsOf(part), 0)
}

/** The least number of observations that can satisfy a pattern. */
function unitsOf(pattern: Pattern): number {
  if (pattern.kind === 'bracket') return 1
  if (pattern.kind === 'repeats') return bounded(pattern.times * unitsOf(pattern.of))
  if ('of' in pattern) return unitsOf(pattern.of)
  const units = pattern.parts.map(unitsOf)
  return pattern.kind === 'or' ? Math.min(...units) : bounded(units.reduce((sum, each) => sum + each, 0))
}
