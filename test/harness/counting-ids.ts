import { createIds, type Id, type Ids } from '#platform/ids.ts'

/** Ids that count within a millisecond: a clock of the tests stands still, and what is newest is told by ids. */
export function countingIds(now: () => number): Ids {
  const random = createIds(now)
  let last = ''
  let count = 0
  return {
    next<Kind extends string>() {
      const id = random.next<Kind>()
      // The millisecond that the id says, which is a later one while the clock stands before it.
      const ms = id.slice(0, 13)
      count = ms === last ? count + 1 : 0
      last = ms
      const hex = count.toString(16).padStart(6, '0')
      // Around the hyphen and the variant, whose free bits would order ids at random.
      return `${id.slice(0, 15)}${hex.slice(0, 3)}-8${hex.slice(3)}${id.slice(23)}` as Id<Kind>
    },
  }
}
