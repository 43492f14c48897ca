import type { JurisdictionCeiling } from '#program/embargo/may-read.ts'
import type { MEMBERSHIP_STATES, Tier } from '#program/membership/contract.ts'
import type { Part } from '#program/packages/contract.ts'

/** What a member held with one operator from `since` until the next standing began. */
export interface MemberStanding {
  readonly since: Date
  readonly tier: Tier
  readonly state: (typeof MEMBERSHIP_STATES)[number]
  /** End of the membership, not included; null while none was set. */
  readonly until: Date | null
  /** Of the legal entity; undefined for a policy that is not known, which denies. */
  readonly ceiling: JurisdictionCeiling | undefined
  /** Two people decided that this reinstatement gives back what opened while the member was suspended or paused. */
  readonly bridges: boolean
}

/** Where a contact worked from `since` on; before the first of them nothing was said of it, and nothing is asked. */
export interface PlaceStanding {
  readonly since: Date
  readonly ceiling: JurisdictionCeiling | undefined
}

/** Every standing of one member with one operator, and of one of its contacts, each list in the order in which they were written. */
export interface StandingHistory {
  readonly member: readonly MemberStanding[]
  readonly place: readonly PlaceStanding[]
}

/** What was held from an instant on: what decides when a part opens to the member, as far as standing goes. */
export interface Step {
  /** Milliseconds. */
  readonly at: number
  /** Undefined while nothing was held: before the first step, suspended, paused, ended, lapsed, or under a policy that is not known. */
  readonly held: { readonly tier: Tier; readonly ceilings: readonly JurisdictionCeiling[] } | undefined
}

/**
 * What a member held, step by step, and with it where one of its contacts worked; consecutive steps differ.
 *
 * A standing counts even if another replaced it at the same instant, and none begins before the one that was written before it,
 * whatever the clock did. What was written later than `now` counts as from now: nothing that is known waits. A lapse that a renewal
 * came too late for is a step of its own; a reinstatement with back-access bridges the suspensions and pauses right before it, and
 * nothing else. Throws for malformed facts.
 */
export function stepsOf(history: StandingHistory, now: number): readonly Step[] {
  const last = fixed.get(history)
  if (last === undefined) return workOut(history, now)
  if (last !== NOTHING_YET && last.from <= now && now < last.to) return last.steps
  const steps = workOut(history, now)
  fixed.set(history, { ...constancyOf(history, now), steps })
  return steps
}

interface Answer {
  /** Milliseconds: from when until when the steps are the same; the end is not included. */
  readonly from: number
  readonly to: number
  readonly steps: readonly Step[]
}
const NOTHING_YET = Symbol('nothing yet')
/** The last answer about each history that was fixed. */
const fixed = new WeakMap<StandingHistory, Answer | typeof NOTHING_YET>()

/**
 * A copy of a history that nothing changes any more, so that its steps are worked out once, however many versions, parts and instants
 * are asked about.
 */
export function fixHistory({ member, place }: StandingHistory): StandingHistory {
  const copy = <T extends object>(rows: readonly T[]): readonly T[] => Object.freeze(rows.map((row) => Object.freeze({ ...row })))
  const history = Object.freeze({ member: copy(member), place: copy(place) })
  fixed.set(history, NOTHING_YET)
  return history
}

/** Instants round `now` at which the steps are the same: from when everything was written, until the last standing lapses or since it did. */
function constancyOf({ member, place }: StandingHistory, now: number): { from: number; to: number } {
  const written = Math.max(...[...member, ...place].map(({ since }) => instantOf(since)))
  if (!(written <= now)) return { from: now, to: now + 1 }
  const end = member.at(-1)?.until ?? null
  const lapse = end === null ? NEVER : Math.max(written, instantOf(end))
  return lapse <= now ? { from: lapse, to: NEVER } : { from: written, to: lapse }
}

function workOut({ member, place }: StandingHistory, now: number): Step[] {
  const changes = [...memberChanges(member, now), ...placeChanges(place, now)].toSorted((one, other) => one.at - other.at)
  const steps: Step[] = []
  let standing: MemberStanding | undefined
  let where: PlaceStanding | undefined
  for (const change of changes) {
    if (change.place) where = change.place
    else standing = change.standing
    const held = heldUnder(standing, where)
    if (steps.length === 0 || !isSame(steps.at(-1)!.held, held)) steps.push({ at: change.at, held })
  }
  return steps
}

/**
 * When a part of a version on a release opens to whoever took these steps (program.md, E25 to E29); undefined for never.
 *
 * Every step until the release has its own opening of the part, never where nothing is held. Before the first step it is never; then
 *   - a step whose opening is the same or later narrows: the part opens at the later of what it opened at so far and its own;
 *   - a step whose opening is earlier widens: the part opens at its own opening if that is still to come at the step, and otherwise
 *     as it did before.
 * So at any instant the part opens no earlier than any standing allows that was in force since it opened; a narrowing change opens
 * nothing, ever; and a widening one opens nothing whose window is open already. A step that another replaces at the same instant
 * can only narrow. Whoever joins, rises or comes to a looser
 * jurisdiction within a window reads by it from the next cycle on; whoever was suspended, paused or lapsed within it has lost the
 * release, and who was so only before it has not; what was over before the member joined stays closed. Openings are compared for
 * each part, for tier validate is not simply more or less than another. `windowOf` is a tier's window for the part.
 */
export function opensUnder(steps: readonly Step[], release: number, part: Part, windowOf: (tier: Tier) => number | undefined): number | undefined {
  let opens = NEVER
  let before = NEVER
  for (const [n, { at, held }] of steps.entries()) {
    if (at > release) break
    const own = held === undefined ? NEVER : openingOf(held, release, part, windowOf)
    const passing = steps[n + 1]?.at === at
    const fresh = !passing && own < before && own >= at ? own : NEVER
    opens = Math.min(Math.max(opens, own), fresh)
    before = passing ? Math.max(before, own) : own
  }
  return Number.isFinite(opens) ? opens : undefined
}

const NEVER = Number.POSITIVE_INFINITY

/** When a part opens under one standing alone. */
function openingOf({ tier, ceilings }: NonNullable<Step['held']>, release: number, part: Part, windowOf: (tier: Tier) => number | undefined): number {
  const waits = ceilings.some(({ notBefore }) => notBefore !== 'window')
  if (!ceilings.every(({ parts }) => parts.includes(part)) || (waits && part === 'proof-of-concept')) return NEVER
  const window = windowOf(tier)
  if (window === undefined || !Number.isFinite(window)) return NEVER
  return waits ? Math.max(window, release) : window
}

interface Change {
  readonly at: number
  /** What is held from then on, undefined for nothing. */
  readonly standing: MemberStanding | undefined
  /** Or where the contact works from then on. */
  readonly place: PlaceStanding | undefined
}

function memberChanges(member: readonly MemberStanding[], now: number): Change[] {
  const rows = inOrder(member, now)
  const counts = bridged(member)
  return rows.flatMap(({ at, row }, n): Change[] => {
    const change = { at, standing: counts[n] ? row : undefined, place: undefined }
    const until = row.until === null ? NEVER : Math.max(at, instantOf(row.until))
    const next = rows[n + 1]?.at
    const lapsed = next === undefined ? until <= now : until < next
    return lapsed ? [change, { at: until, standing: undefined, place: undefined }] : [change]
  })
}

function placeChanges(place: readonly PlaceStanding[], now: number): Change[] {
  return inOrder(place, now).map(({ at, row }) => ({ at, standing: undefined, place: row }))
}

/** Standings with the instants from which they count: none before its predecessor, none after now. */
function inOrder<T extends { readonly since: Date }>(rows: readonly T[], now: number): { at: number; row: T }[] {
  if (!Array.isArray(rows)) throw new TypeError('no list of standings')
  let at = Number.NEGATIVE_INFINITY
  return (rows as readonly T[]).map((row) => {
    at = Math.min(now, Math.max(at, instantOf(row.since)))
    return { at, row }
  })
}

/** Which standings entitle: the active ones, and those that a later reinstatement gives back. */
function bridged(member: readonly MemberStanding[]): boolean[] {
  let bridging = false
  return member
    .toReversed()
    .map(({ state, bridges }) => {
      const counts = state === 'active' || (bridging && (state === 'suspended' || state === 'paused'))
      bridging = state === 'active' ? bridges : counts
      return counts
    })
    .toReversed()
}

function heldUnder(standing: MemberStanding | undefined, place: PlaceStanding | undefined): Step['held'] {
  if (!standing?.ceiling || (place && !place.ceiling)) return undefined
  return { tier: standing.tier, ceilings: place?.ceiling ? [standing.ceiling, place.ceiling] : [standing.ceiling] }
}

function isSame(one: Step['held'], other: Step['held']): boolean {
  if (!one || !other) return one === other
  return one.tier === other.tier && one.ceilings.length === other.ceilings.length && one.ceilings.every((ceiling, n) => ceiling === other.ceilings[n])
}

function instantOf(value: Date): number {
  const instant = value instanceof Date ? value.getTime() : Number.NaN
  if (!Number.isFinite(instant)) throw new TypeError('no instant')
  return instant
}
