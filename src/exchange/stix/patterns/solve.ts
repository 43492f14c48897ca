import { canAssign } from '#exchange/stix/patterns/assign.ts'
import type { Meter } from '#exchange/stix/patterns/meter.ts'
import type { Timed } from '#exchange/stix/patterns/observation.ts'
import { choicesOf, type Candidate, type Choice } from '#exchange/stix/patterns/choices.ts'
import type { Plan } from '#exchange/stix/patterns/plan.ts'

/** What is there to satisfy a plan: observations, and for each condition of the plan those (by place, ascending) that satisfy it. */
export interface Field {
  readonly timed: readonly Timed[]
  readonly hits: readonly (readonly number[])[]
}

/**
 * Whether observations can be chosen for a plan, each used as often as it was observed, and instants for them between their first and
 * last, such that every relation of time holds. Instants are whole microseconds. With `taking`, that observation must be among the
 * chosen. Exact; throws `BudgetSpent` when the meter runs out.
 */
export function solve(plan: Plan, field: Field, meter: Meter, taking?: number): boolean {
  if (!isSupplied(plan, field, meter)) return false
  for (const alternative of alternatives(plan, field, meter)) if (new Search(alternative, field, meter).found(taking)) return true
  return false
}

/** Whether each condition has enough observations by itself. */
function isSupplied(plan: Plan, field: Field, meter: Meter): boolean {
  meter.spend(1)
  if (plan.kind === 'slot') return supplyOf(field, field.hits[plan.leaf]!, plan.count) >= plan.count
  if ('of' in plan) return isSupplied(plan.of, field, meter)
  return plan.kind === 'or' ? plan.parts.some((part) => isSupplied(part, field, meter)) : plan.parts.every((part) => isSupplied(part, field, meter))
}

/** The plan without OR, once for each way to choose; choices without enough observations are left out at once. */
function* alternatives(plan: Plan, field: Field, meter: Meter): Generator<Plan> {
  meter.spend(1)
  if (plan.kind === 'slot') yield plan
  else if (plan.kind === 'or') {
    for (const part of plan.parts) if (isSupplied(part, field, meter)) yield* alternatives(part, field, meter)
  } else if ('of' in plan) for (const of of alternatives(plan.of, field, meter)) yield { ...plan, of }
  else for (const parts of product(plan.parts, field, meter)) yield { kind: plan.kind, parts }
}

function* product(parts: readonly Plan[], field: Field, meter: Meter): Generator<Plan[]> {
  const first = parts.at(-1)
  if (first === undefined) yield []
  else
    for (const last of alternatives(first, field, meter))
      for (const before of product(parts.slice(0, -1), field, meter)) {
        meter.spend(parts.length)
        yield [...before, last]
      }
}

function supplyOf({ timed }: Field, hits: readonly number[], enough: number): number {
  let sum = 0
  for (const hit of hits) {
    sum += timed[hit]!.count
    if (sum >= enough) break
  }
  return sum
}

interface Slot {
  readonly leaf: number
  readonly count: number
  readonly from: number
  readonly until: number
  /** The narrowest window round it. */
  readonly width: number
}

/** The choices of a slot, and for each the latest end up to it: what ends too early is passed over at once. */
interface Choices {
  readonly all: readonly Choice[]
  readonly latest: Float64Array
}

type Bounds = Pick<Slot, 'from' | 'until' | 'width'>

/** Relations of time between slots from one place to before another. */
type Relation =
  | { readonly width: number; readonly from: number; readonly to: number }
  | { readonly left: number; readonly middle: number; readonly right: number }

/** The search for one alternative: for each slot the latest beginning and the earliest end among its observations are chosen. */
class Search {
  readonly #meter: Meter
  readonly #field: Field
  readonly #slots: Slot[] = []
  readonly #relations: Relation[] = []
  readonly #candidates: Candidate[][]
  readonly #counts: number[]
  readonly #lows: Float64Array
  readonly #highs: Float64Array
  readonly #floors: Float64Array
  #scarce = new Set<number>()
  #taken: number | undefined

  constructor(plan: Plan, field: Field, meter: Meter) {
    this.#field = field
    this.#meter = meter
    this.#collect(plan, { from: -Infinity, until: Infinity, width: Infinity })
    this.#counts = this.#slots.map(({ count }) => count)
    this.#candidates = this.#slots.map((slot) => this.#candidatesOf(slot))
    this.#lows = new Float64Array(this.#slots.length)
    this.#highs = new Float64Array(this.#slots.length)
    this.#floors = new Float64Array(this.#slots.length)
  }

  found(taking: number | undefined): boolean {
    if (taking === undefined) return this.#feasible(undefined)
    for (const [at, candidates] of this.#candidates.entries()) {
      const candidate = candidates.find(({ source }) => source === taking)
      if (!candidate) continue
      this.#taken = taking
      this.#counts[at]! -= 1
      if (this.#feasible({ at, ...candidate })) return true
      this.#counts[at]! += 1
    }
    return false
  }

  #collect(plan: Plan, bounds: Bounds): void {
    const start = this.#slots.length
    switch (plan.kind) {
      case 'slot':
        this.#slots.push({ leaf: plan.leaf, count: plan.count, ...bounds })
        return
      case 'span':
        return this.#collect(plan.of, { ...bounds, from: Math.max(bounds.from, plan.from), until: Math.min(bounds.until, plan.until) })
      case 'within':
        this.#collect(plan.of, { ...bounds, width: Math.min(bounds.width, plan.width) })
        this.#relations.push({ width: plan.width, from: start, to: this.#slots.length })
        return
      default:
        for (const part of plan.parts) {
          const middle = this.#slots.length
          this.#collect(part, bounds)
          if (plan.kind === 'followedby' && middle > start) this.#relations.push({ left: start, middle, right: this.#slots.length })
        }
    }
  }

  #candidatesOf({ leaf, from, until }: Slot): Candidate[] {
    const candidates: Candidate[] = []
    for (const source of this.#field.hits[leaf]!) {
      const { first, last } = this.#field.timed[source]!
      const low = Math.max(first, from)
      const high = Math.min(last, until - 1)
      if (low <= high) candidates.push({ source, low, high })
    }
    this.#meter.spend(this.#field.hits[leaf]!.length / 16)
    return candidates
  }

  #feasible(fixed: (Choice & { readonly at: number }) | undefined): boolean {
    this.#lows.fill(-Infinity)
    this.#highs.fill(Infinity)
    if (fixed) {
      this.#lows[fixed.at] = fixed.low
      this.#highs[fixed.at] = fixed.high
    }
    if (!this.#assignable(this.#slots.map((_, at) => at))) return false
    if (this.#relations.length === 0) return true
    this.#scarce = this.#findScarce()
    const choices = this.#slots.map((_, at) => this.#choices(at))
    return choices.every(({ all }) => all.length > 0) && this.#choose(0, choices)
  }

  /** Units that are left of an observation once the one that must take part is taken. */
  #supply = (source: number): number => this.#field.timed[source]!.count - (source === this.#taken ? 1 : 0)

  /** Whether these slots can be filled from the candidates that their choices allow. */
  #assignable(slots: readonly number[]): boolean {
    const demands = slots.map((at) => {
      const low = this.#relaxed(at) ? Infinity : this.#lows[at]!
      const high = this.#relaxed(at) ? -Infinity : this.#highs[at]!
      const sources = this.#candidates[at]!.filter((each) => each.low <= low && each.high >= high).map(({ source }) => source)
      this.#meter.spend(this.#candidates[at]!.length / 64)
      return { count: this.#counts[at]!, sources }
    })
    return canAssign(demands, this.#supply, this.#meter)
  }

  /** Before the choices all candidates are allowed. */
  #relaxed(at: number): boolean {
    return this.#chosen <= at
  }
  #chosen = 0

  /** Observations of which more could be wanted than there are. */
  #findScarce(): Set<number> {
    const wanted = new Map<number, number>()
    const scarce = new Set<number>()
    for (const [at, candidates] of this.#candidates.entries())
      for (const { source } of candidates) {
        const sum = (wanted.get(source) ?? 0) + this.#counts[at]!
        // One slot alone never wants more than its choice of observations can give.
        if (wanted.has(source) && sum > this.#supply(source)) scarce.add(source)
        wanted.set(source, sum)
      }
    return scarce
  }

  #isContested(at: number): boolean {
    return this.#candidates[at]!.some(({ source }) => this.#scarce.has(source))
  }

  #choices(at: number): Choices {
    const need = { count: this.#counts[at]!, supply: this.#supply, contested: this.#isContested(at), width: this.#slots[at]!.width }
    const all = need.count === 0 ? [{ low: -Infinity, high: Infinity }] : choicesOf(this.#candidates[at]!, need, this.#meter)
    let most = -Infinity
    return { all, latest: Float64Array.from(all, ({ high }) => (most = Math.max(most, high))) }
  }

  #choose(at: number, choices: readonly Choices[]): boolean {
    this.#chosen = at
    if (at === this.#slots.length) return this.#assignable([...this.#slots.keys()].filter((slot) => this.#isContested(slot)))
    const low = this.#lows[at]!
    const high = this.#highs[at]!
    this.#settle()
    const floor = this.#floors[at]!
    const { all, latest } = choices[at]!
    for (let index = firstFrom(latest, floor); index < all.length; index++) {
      this.#meter.spend(0.1)
      const choice = all[index]!
      if (choice.high < floor) continue
      this.#lows[at] = Math.max(low, choice.low)
      this.#highs[at] = Math.min(high, choice.high)
      const failing = this.#settle()
      // Choices come by their beginning: a later one only pushes the others further.
      if (failing >= 0 && failing !== at) break
      if (failing < 0 && this.#choose(at + 1, choices)) return true
    }
    this.#lows[at] = low
    this.#highs[at] = high
    this.#chosen = at
    return false
  }

  /**
   * Finds the earliest instants that the relations allow: what follows is not before what it follows, and what is within a window not
   * earlier than its latest less the window. The first slot whose observations ended before; -1 if there is none.
   */
  #settle(): number {
    const { length } = this.#slots
    this.#floors.fill(-Infinity)
    for (let changed = true; changed;) {
      changed = false
      for (const relation of this.#relations) {
        const isWindow = 'width' in relation
        const from = isWindow ? relation.from : relation.left
        const to = isWindow ? relation.to : relation.middle
        const latest = this.#latest(from, to)
        if (isWindow ? this.#raise(from, to, latest - relation.width + 1) : this.#raise(relation.middle, relation.right, latest)) changed = true
      }
      this.#meter.spend(0.1 * this.#relations.length + 0.02 * length)
    }
    for (let at = 0; at < length; at++) if (this.#floors[at]! > this.#highs[at]!) return at
    return -1
  }

  #latest(from: number, to: number): number {
    let latest = -Infinity
    for (let at = from; at < to; at++) latest = Math.max(latest, this.#lows[at]!, this.#floors[at]!)
    return latest
  }

  #raise(from: number, to: number, floor: number): boolean {
    let raised = false
    for (let at = from; at < to; at++) {
      if (this.#floors[at]! >= floor) continue
      this.#floors[at] = floor
      raised = true
    }
    return raised
  }
}

/** The first place of an ascending list whose number is not less. */
function firstFrom(ascending: Float64Array, least: number): number {
  let from = 0
  let to = ascending.length
  while (from < to) {
    const middle = (from + to) >> 1
    if (ascending[middle]! < least) from = middle + 1
    else to = middle
  }
  return from
}
