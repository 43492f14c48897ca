import type { Meter } from '#exchange/stix/patterns/meter.ts'

/** An observation for a slot, and between which instants it can lie there. */
export interface Candidate {
  readonly source: number
  readonly low: number
  readonly high: number
}

/** Which candidates a slot may use: those that begin by `low` and end from `high` on. Relations of time see no more of them. */
export interface Choice {
  readonly low: number
  readonly high: number
}

/**
 * The choices of a slot that needs so many units, by `low` ascending. Where no other slot competes for its candidates, those alone to
 * which no other is better in both; otherwise all that give enough units.
 */
export function choicesOf(candidates: readonly Candidate[], count: number, supply: (source: number) => number, contested: boolean, meter: Meter): Choice[] {
  const byLow = [...candidates].sort((a, b) => a.low - b.low || b.high - a.high)
  const units = byLow.map(({ source }) => Math.min(count, supply(source)))
  if (contested && count === 1) return byLow.filter((_, at) => units[at]! > 0)
  const choices: Choice[] = []
  const chosen: { high: number; units: number }[] = []
  let sum = 0
  let best = -Infinity
  for (const [at, { low, high }] of byLow.entries()) {
    insert(chosen, { high, units: units[at]! })
    meter.spend(1)
    sum += units[at]!
    if (!contested) {
      while (chosen.length > 0 && sum - chosen[0]!.units >= count) sum -= chosen.shift()!.units
      if (sum >= count && chosen[0]!.high > best) choices.push({ low, high: (best = chosen[0]!.high) })
    } else if (sum >= count) choices.push(...allEnds(chosen, low, sum, count, meter))
  }
  return choices
}

/** Every end from which on there are enough units, the latest first. */
function allEnds(chosen: readonly { high: number; units: number }[], low: number, sum: number, count: number, meter: Meter): Choice[] {
  meter.spend(chosen.length)
  const choices: Choice[] = []
  let left = sum
  for (const { high, units } of chosen) {
    if (left < count) break
    choices.push({ low, high })
    left -= units
  }
  return choices.reverse()
}

/** Keeps the list ascending by `high`. */
function insert(list: { high: number; units: number }[], item: { high: number; units: number }): void {
  let from = 0
  let to = list.length
  while (from < to) {
    const middle = (from + to) >> 1
    if (list[middle]!.high < item.high) from = middle + 1
    else to = middle
  }
  list.splice(from, 0, item)
}
