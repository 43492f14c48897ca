import type { FeedEntry, VersionChoice } from '#exchange/objects/feed-query.ts'
import { toEpochMicroseconds } from '#exchange/stix/instant.ts'

/** A version that the reader is shown in one of the collections of a union, at its position there. */
export interface MemberEntry extends FeedEntry {
  readonly collection_id: string
  readonly versioned: boolean
  /** Microseconds since 1970, of which a number may not hold all. */
  readonly version_at: string
  readonly oldest: boolean
  readonly newest: boolean
  /** When its contribution was first shown there. */
  readonly shown_since: number
}

/** Something that was taken from the reader in one of the collections. */
export interface MemberRemoval {
  readonly collection_id: string
  readonly object_id: string
  readonly position: number
}

/**
 * Where something stands in the order of a union: by the position at which the reader is shown it, then by the collection that this position is of, so
 * that equal positions of two collections have an order; `n` tells apart what one removal brings.
 */
export interface UnionPlace {
  /** Microseconds since 1970. */
  readonly at: number
  readonly removed: boolean
  readonly collection: string
  /** The position in that collection. */
  readonly position: number
  readonly n: number
}

/** After everything at an instant. */
export function afterAll(at: number): UnionPlace {
  return { at, removed: true, collection: '~', position: Number.MAX_SAFE_INTEGER, n: Number.MAX_SAFE_INTEGER }
}

/** Negative when the first comes first. */
export function comparePlaces(a: UnionPlace, b: UnionPlace): number {
  const order = a.at - b.at || Number(a.removed) - Number(b.removed)
  if (order !== 0) return order
  if (a.collection !== b.collection) return a.collection < b.collection ? -1 : 1
  return a.position - b.position || a.n - b.n
}

export interface UnionRules {
  /** Since which position the reader has read each collection: what was there before comes at it. */
  readonly since: ReadonlyMap<string, number>
  /** The reader's organisation; undefined for the operator's people. */
  readonly own: string | undefined
  readonly versions: VersionChoice
}

export interface Listed {
  readonly entry: MemberEntry
  readonly place: UnionPlace
}

/**
 * What a union lists of one object, of all that the reader is shown of it in its collections. Of several contributors one counts, as in a collection: the
 * reader itself, or who it has been shown longest. Each version is listed once, where it came first, and `first` and `last` are decided over all
 * collections; an observable, which has no versions, is listed from one collection. What was taken elsewhere may be why something counts now: it comes
 * (again) at the position of that. Pure.
 */
export function listObject(entries: readonly MemberEntry[], removals: readonly MemberRemoval[], rules: UnionRules): Listed[] {
  const began = (entry: MemberEntry) => Math.max(entry.position, rules.since.get(entry.collection_id) ?? 0)
  const byPlace = (a: MemberEntry, b: MemberEntry) => began(a) - began(b) || (a.collection_id < b.collection_id ? -1 : 1) || a.position - b.position
  const leading = leadingOf(entries, rules).toSorted(byPlace)
  const of = leading.every(({ versioned }) => versioned) ? onceEach(leading) : leading.filter((one) => one.collection_id === leading[0]!.collection_id)
  const placed = choose(of, rules.versions).map((entry): Listed => ({ entry, place: placeOf(entry, began(entry), removals) }))
  return numbered(placed)
}

function leadingOf(entries: readonly MemberEntry[], { since, own }: UnionRules): readonly MemberEntry[] {
  const mine = own === undefined ? [] : entries.filter(({ organisation_id: by }) => by === own)
  if (mine.length > 0 || entries.length === 0) return mine
  const shown = (entry: MemberEntry) => Math.max(entry.shown_since, since.get(entry.collection_id) ?? 0)
  const first = entries.reduce((one, other) => ((shown(other) - shown(one) || (other.collection_id < one.collection_id ? -1 : 1)) < 0 ? other : one))
  return entries.filter(({ organisation_id: by }) => by === first.organisation_id)
}

function onceEach(entries: readonly MemberEntry[]): MemberEntry[] {
  const seen = new Set<string>()
  return entries.filter(({ version_at: at }) => !seen.has(at) && seen.add(at))
}

function choose(entries: readonly MemberEntry[], versions: VersionChoice): MemberEntry[] {
  if (versions.all) return [...entries]
  const outermost = (among: readonly MemberEntry[], sign: 1 | -1) =>
    among.reduce<MemberEntry | undefined>((one, other) => (one === undefined || sign * compareText(other, one) > 0 ? other : one), undefined)
  const first = versions.first
    ? outermost(
        entries.filter(({ oldest }) => oldest),
        -1,
      )
    : undefined
  const last = versions.last
    ? outermost(
        entries.filter(({ newest }) => newest),
        1,
      )
    : undefined
  const at = new Set(versions.at.map((text) => String(toEpochMicroseconds(text)!)))
  return entries.filter((entry) => entry === first || entry === last || at.has(entry.version_at))
}

function compareText(a: MemberEntry, b: MemberEntry): number {
  const [one, other] = [BigInt(a.version_at), BigInt(b.version_at)]
  return one < other ? -1 : one > other ? 1 : 0
}

function placeOf(entry: MemberEntry, began: number, removals: readonly MemberRemoval[]): UnionPlace {
  const last = removals
    .filter((one) => one.collection_id !== entry.collection_id)
    .reduce<MemberRemoval | undefined>((one, other) => (one === undefined || isAfter(other, one) ? other : one), undefined)
  if (last === undefined || last.position <= began) return { at: began, removed: false, collection: entry.collection_id, position: entry.position, n: 0 }
  return { at: last.position, removed: true, collection: last.collection_id, position: last.position, n: 0 }
}

function isAfter(one: MemberRemoval, other: MemberRemoval): boolean {
  return one.position > other.position || (one.position === other.position && one.collection_id > other.collection_id)
}

/** Numbers what stands at one place. */
function numbered(listed: readonly Listed[]): Listed[] {
  const counts = new Map<string, number>()
  return listed.map(({ entry, place }) => {
    const key = `${place.at} ${place.removed} ${place.collection} ${place.position}`
    const n = counts.get(key) ?? 0
    counts.set(key, n + 1)
    return { entry, place: { ...place, n } }
  })
}
