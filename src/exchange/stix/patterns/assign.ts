import type { Meter } from '#exchange/stix/patterns/meter.ts'

/** Somebody who needs so many units, from these sources only. */
export interface Demand {
  readonly count: number
  readonly sources: readonly number[]
}

/**
 * Whether every demand can be met when each source has so many units and no unit serves two: greedily first, then along paths that
 * move units from one demand to another until none is left (augmenting paths). Exact.
 */
export function canAssign(demands: readonly Demand[], supply: (source: number) => number, meter: Meter): boolean {
  const assignment = new Assignment(demands, supply, meter)
  // Who has the fewest to choose from chooses first, so that paths are rarely needed.
  const order = [...demands.keys()].sort((a, b) => demands[a]!.sources.length - demands[b]!.sources.length)
  return order.every((demand) => assignment.meet(demand))
}

class Assignment {
  readonly #demands: readonly Demand[]
  readonly #meter: Meter
  readonly #left = new Map<number, number>()
  /** Units of a source, by the demand that has them. */
  readonly #held = new Map<number, Map<number, number>>()

  constructor(demands: readonly Demand[], supply: (source: number) => number, meter: Meter) {
    this.#demands = demands
    this.#meter = meter
    for (const { sources } of demands) for (const source of sources) this.#left.set(source, supply(source))
  }

  meet(demand: number): boolean {
    let missing = this.#demands[demand]!.count
    for (const source of this.#demands[demand]!.sources) {
      if (missing === 0) return true
      this.#meter.spend(0.5)
      const units = Math.min(missing, this.#left.get(source)!)
      if (units === 0) continue
      this.#left.set(source, this.#left.get(source)! - units)
      this.#hold(source, demand, units)
      missing -= units
    }
    while (missing > 0) {
      const moved = this.#augment(demand, missing)
      if (moved === 0) return false
      missing -= moved
    }
    return true
  }

  #hold(source: number, demand: number, units: number): void {
    const holders = this.#held.get(source) ?? new Map<number, number>()
    holders.set(demand, (holders.get(demand) ?? 0) + units)
    this.#held.set(source, holders)
  }

  /** Moves units along one path from a source that has some left to this demand; how many. */
  #augment(demand: number, wanted: number): number {
    const cameFrom = new Map<number, { demand: number; via: number | undefined }>()
    const queue = [demand]
    const reached = new Set(queue)
    for (const at of queue) {
      const via = at === demand ? undefined : at
      for (const source of this.#demands[at]!.sources) {
        this.#meter.spend(0.5)
        if (cameFrom.has(source)) continue
        cameFrom.set(source, { demand: at, via })
        if (this.#left.get(source)! > 0) return this.#move(source, wanted, cameFrom, demand)
        for (const [holder, units] of this.#held.get(source) ?? [])
          if (units > 0 && !reached.has(holder)) {
            reached.add(holder)
            this.#entered.set(holder, source)
            queue.push(holder)
          }
      }
    }
    return 0
  }

  /** The source by whose units each demand was reached in the search under way. */
  readonly #entered = new Map<number, number>()

  #move(end: number, wanted: number, cameFrom: ReadonlyMap<number, { demand: number }>, first: number): number {
    const path: { source: number; to: number }[] = []
    let units = Math.min(wanted, this.#left.get(end)!)
    for (let source = end; ;) {
      const { demand: to } = cameFrom.get(source)!
      path.push({ source, to })
      if (to === first) break
      source = this.#entered.get(to)!
      units = Math.min(units, this.#held.get(source)!.get(to)!)
    }
    this.#left.set(end, this.#left.get(end)! - units)
    for (const [at, { source, to }] of path.entries()) {
      this.#hold(source, to, units)
      // What this demand gives up for it goes to the next on the path.
      if (at + 1 < path.length) this.#hold(path[at + 1]!.source, to, -units)
    }
    return units
  }
}
