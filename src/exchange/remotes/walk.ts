import { fromEpochMicroseconds, toMicroseconds } from '#exchange/stix/instant.ts'

/** Objects asked for in one page, and most after a server needed more of one instant. */
export const PAGE_LIMIT = 1000
export const MOST_LIMIT = 16_000
/** How long a writer at the remote server may take from the instant that it gives an object to the moment at which pollers see it. */
const SETTLING_MS = 60_000
/** The last moment but a day that an instant can say; a server may say that it is later. */
const LAST_DAY = Date.UTC(9999, 11, 31)
/** Pages in a row that bring nothing further, as when what is known is walked over again, before a walk is given up. */
export const MOST_IDLE_PAGES = 10_000
/** How often in a row the `next` of a server may be gone. */
const MOST_LOST = 3

/**
 * Where the polling of one collection stands: all that is needed to go on after any interruption. It is kept in the transaction
 * that keeps the objects of a page. Instants are RFC 3339 UTC texts with six digits, of the remote server's clock.
 */
export interface Walk {
  /** `added_after` of the requests of this walk; null: from the beginning. */
  readonly after: string | null
  /** What the server gave for the page that comes next. */
  readonly next: string | null
  /** Greatest instant at which anything received was added there. */
  readonly reached: string | null
  /** Objects asked for in a page. */
  readonly limit: number
  /** Whether the server was seen to give again what was added at `added_after` itself. */
  readonly inclusive: boolean
  /** Whether the server tells no instants: then each walk goes over everything, and what is known adds nothing. */
  readonly whole: boolean
  /** Pages in a row that brought nothing further. */
  readonly idle: number
  /** How often `next` was lost since the last page that brought something. */
  readonly lost: number
  /** Digest of what the last page held; null before the first of a walk. */
  readonly digest: string | null
}

export const START: Walk = { after: null, next: null, reached: null, limit: PAGE_LIMIT, inclusive: false, whole: false, idle: 0, lost: 0, digest: null }

/** What a page said and held. */
export interface PageFacts {
  readonly objects: number
  /** Objects that were not known before. */
  readonly fresh: number
  readonly more: boolean | undefined
  readonly next: string | undefined
  /** Instants of the first and the last object, if the server tells them in headers or in its manifest. */
  readonly first: string | undefined
  readonly last: string | undefined
  /** Digest of the ids and versions, in their order. */
  readonly digest: string
  /** The server's clock when it answered, in milliseconds since 1970. */
  readonly servedAt: number
}

/** What is odd about a server, in the words that its page in the console explains. */
export type Remark = 'inclusive' | 'without-positions' | 'no-progress' | 'one-instant' | 'no-way-on' | 'status-lost'

export interface Step {
  /** Where things stand now. */
  readonly walk: Walk
  /** Whether everything there was has been received. */
  readonly ended: boolean
  readonly remarks: readonly Remark[]
}

/** The query of the page that comes next. `next` goes along with the filters it was given for (TAXII 2.1, section 3.5). */
export function queryOf({ after, next, limit }: Walk): Record<string, string> {
  return { ...(after !== null && { added_after: after }), limit: String(limit), ...(next !== null && { next }) }
}

/** Decides what follows on a page: another page, or the end. Never the same request twice without anything new. */
export function afterPage(walk: Walk, page: PageFacts): Step {
  const inclusive = walk.inclusive || isInclusive(walk, page)
  const reached = latest(walk.reached, page.last)
  const further = page.fresh > 0 || (page.last !== undefined && (walk.reached === null || page.last > walk.reached))
  const same = page.objects > 0 && page.digest === walk.digest && !further
  const now: Walk = { ...walk, inclusive, reached, digest: page.digest, idle: further ? 0 : walk.idle + 1, lost: further ? 0 : walk.lost }
  const remarks: Remark[] = inclusive && !walk.inclusive ? ['inclusive'] : []
  const goesOn = page.more !== false && (page.more === true || page.next !== undefined)
  if (!goesOn) return end(now, page, remarks)
  if (same || now.idle >= MOST_IDLE_PAGES) return end(now, page, [...remarks, 'no-progress'])
  if (page.next !== undefined && page.next !== walk.next) return { walk: { ...now, next: page.next }, ended: false, remarks }
  return withoutNext(now, page, remarks)
}

/** The server gave something that was added no later than what it was asked to begin after: it is not strict (T22), or cuts off digits. */
function isInclusive({ after, next }: Walk, { first }: PageFacts): boolean {
  return next === null && after !== null && first !== undefined && first <= after
}

/** There is more and no usable `next`: from the last instant on, and at it again, for others may have been added at the same one (C6). */
function withoutNext(walk: Walk, page: PageFacts, remarks: readonly Remark[]): Step {
  if (page.last === undefined) return end(walk, page, [...remarks, page.objects === 0 ? 'no-progress' : 'no-way-on'])
  const again = before(page.last, walk.inclusive)
  if (walk.after === null || again > walk.after) return onward(walk, again, remarks)
  // The whole page is of one instant: a longer one may hold all of it.
  if (walk.limit < MOST_LIMIT && page.objects >= walk.limit)
    return { walk: { ...walk, next: null, limit: walk.limit * 4, digest: null }, ended: false, remarks }
  const beyond = walk.inclusive ? moved(page.last, 1) : page.last
  if (beyond > walk.after) return onward(walk, beyond, [...remarks, 'one-instant'])
  return end(walk, page, [...remarks, 'no-progress'])
}

function onward(walk: Walk, after: string, remarks: readonly Remark[]): Step {
  return { walk: { ...walk, after, next: null, digest: null }, ended: false, remarks }
}

/**
 * The end of a walk, and where the next one begins: after the last instant, or a little before the moment of this answer where
 * that is earlier, because what was being added then may appear at an instant that has passed.
 */
function end(walk: Walk, page: PageFacts, remarks: readonly Remark[]): Step {
  const whole = walk.whole || (walk.reached === null && page.objects > 0)
  const after = whole ? null : nextStart(walk, page.servedAt)
  const said: readonly Remark[] = whole && !walk.whole ? [...remarks, 'without-positions'] : remarks
  return { walk: { ...walk, after, next: null, limit: PAGE_LIMIT, whole, idle: 0, lost: 0, digest: null }, ended: true, remarks: said }
}

function nextStart({ reached, after }: Walk, servedAt: number): string | null {
  if (reached === null) return after
  const now = Math.min(Math.max(servedAt, epochMs(reached)), LAST_DAY)
  const settled = moved(toMicroseconds(new Date(now).toISOString())!, -SETTLING_MS * 1000)
  const start = settled < reached ? settled : reached
  return after !== null && after > start ? after : start
}

/**
 * The server does not know its own `next` any more: again from the last instant up to which everything was received. Undefined when
 * that happened too often without anything new.
 */
export function afterLostNext(walk: Walk): Walk | undefined {
  if (walk.next === null || walk.lost >= MOST_LOST) return undefined
  const safe = walk.reached === null || walk.whole ? walk.after : before(walk.reached, walk.inclusive)
  const after = safe !== null && (walk.after === null || safe > walk.after) ? safe : walk.after
  return { ...walk, after, next: null, digest: null, lost: walk.lost + 1 }
}

/** What to ask after so that the instant itself is given again. */
function before(instant: string, inclusive: boolean): string {
  return inclusive ? instant : moved(instant, -1)
}

function moved(instant: string, microseconds: number): string {
  return fromEpochMicroseconds(Date.parse(`${instant.slice(0, 19)}Z`) * 1000 + Number(instant.slice(20, 26)) + microseconds)
}

function epochMs(instant: string): number {
  return Date.parse(`${instant.slice(0, 23)}Z`)
}

function latest(one: string | null, other: string | undefined): string | null {
  return other === undefined || (one !== null && one >= other) ? one : other
}
