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

export interface Need {
  readonly count: number
  /** Units that a source has. */
  readonly supply: (source: number) => number
  /** Whether other slots compete for the candidates. */
  readonly contested: boolean
  /** The narrowest window in which all must lie. */
  readonly width: number
}

/**
 * The choices of a slot, by `low` ascending. Where no other slot competes for its candidates, those alone to which no other is better in
 * both; otherwise all that give enough units within the window.
 */
export function choicesOf(candidates: readonly Candidate[], need: Need, meter: Meter): Choice[] {
  const byLow = [...candidates].sort((a, b) => a.low - b.low || b.high - a.high)
  if (need.contested && need.count === 1) return byLow.filter(({ source }) => need.supply(source) > 0)
  const choices: Choice[] = []
  const chosen: Units[] = []
  let sum = 0
  let best = -Infinity
  for (const { source, low, high } of byLow) {
    const units = Math.min(need.count, need.supply(source))
    insert(chosen, { high, units })
    meter.spend(0.5)
    sum += units
    if (need.contested) {
      choices.push(...allEnds(chosen, low, need, meter))
      continue
    }
    while (chosen.length > 0 && sum - chosen[0]!.units >= need.count) sum -= chosen.shift()!.units
    if (sum >= need.count && chosen[0]!.high > best) choices.push({ low, high: (best = chosen[0]!.high) })
  }
  return choices.filter(({ low, high }) => low - need.width < high)
}

interface Units {
  readonly high: number
  readonly units: number
}

/** Every end, the latest first, from which on there are enough units, and which is not out of the window that reaches to `low`. */
function allEnds(chosen: readonly Units[], low: number, { count, width }: Need, meter: Meter): Choice[] {
  const choices: Choice[] = []
  let sum = 0
  let at = chosen.length - 1
  for (; at >= 0 && chosen[at]!.high > low - width; at--) {
    sum += chosen[at]!.units
    if (sum >= count) choices.push({ low, high: chosen[at]!.high })
  }
  meter.spend(0.05 * (chosen.length - at) + 0.2 * choices.length)
  return choices
}

/** Keeps the list ascending by `high`. */
function insert(list: Units[], item: Units): void {
  let from = 0
  let to = list.length
  while (from < to) {
    const middle = (from + to) >> 1
    if (list[middle]!.high < item.high) from = middle + 1
    else to = middle
  }
  list.splice(from, 0, item)
}
