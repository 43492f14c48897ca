import type { Transaction } from 'kysely'
import type { DB } from '#platform/db/types.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { asContributions, audienceOf, isGone, refsOf, type Contribution, type Draft } from '#exchange/objects/contribution.ts'
import { Openness } from '#exchange/objects/openness.ts'
import { placeRows, sharesRows, type Placement } from '#exchange/objects/place-rows.ts'
import { listMembersAmong } from '#exchange/objects/markings.ts'
import { listContributed, listFeeds, listPointing, listVersionsOf } from '#exchange/objects/version-store.ts'
import type { Place } from '#exchange/objects/version.ts'

type Db = Transaction<DB>

/** What is decided of the contributions that something changes for. */
export interface Settled {
  readonly placed: readonly { readonly contribution: Contribution; readonly placement: Placement }[]
  /** Who is not shown a leading contribution, because it has contributed the object itself. */
  readonly exclusions: readonly Exclusion[]
  /** Objects that nobody else was shown before: what points at them stays hidden, and is settled later (`settle-later.ts`). */
  readonly deferred: readonly string[]
}

/** Most objects that appear in one transaction because what they point at does. */
const MOST_APPEARING = 2000

interface Exclusion {
  readonly contribution: string
  readonly audience: string
  readonly organisation: string
}

/**
 * Decides anew who sees what of a collection when contributions have changed: the newest version of a contribution decides for all of
 * it, so a marking that is raised withdraws; what points at something that others do not see is not shown to them either, and what
 * thereby appears gets a new position (C7). Of several contributions of one object the one that others see since longest leads.
 * Reads as the program itself, under the collection's lock; writes nothing. `written` are the contributions of the objects concerned, by everybody.
 */
export async function settle(db: Db, place: Pick<Place, 'collection' | 'operator'>, written: readonly Contribution[], since: number): Promise<Settled> {
  const { collection } = place
  const byObject = Map.groupBy(written, ({ object }) => object)
  const unsure = [...byObject].flatMap(([object, of]) => (staysAsItIs(of, collection) ? [] : [object]))
  // What is hidden is hidden at once; what appears may do so later.
  const wasHidden = (object: string) => byObject.get(object)!.every(({ wasOpen }) => !wasOpen)
  const appearing = unsure.filter(wasHidden)
  const held = await listPointing(
    db,
    collection,
    unsure.filter((object) => !wasHidden(object)),
  )
  const more = await listPointing(db, collection, appearing, MOST_APPEARING + 1)
  const isTooMuch = more.length > MOST_APPEARING
  const pointing = isTooMuch ? held : [...new Set([...held, ...more])]
  const reached = asContributions(
    await listVersionsOf(
      db,
      collection,
      pointing.filter((object) => !byObject.has(object)),
      'all',
    ),
    true,
  )
  await loadWhole(
    db,
    collection,
    pointing.flatMap((object) => byObject.get(object) ?? []),
  )
  const all = [...written, ...reached]
  const openness = new Openness(db, collection)
  await openness.judge(all)
  const rivals = Map.groupBy(all, ({ object }) => object)
  for (const of of rivals.values())
    lead(
      of.filter((one) => !isGone(one)),
      collection,
      since,
    )
  await loadWhole(
    db,
    collection,
    all.filter((one) => hasChanged(one, collection) || rivals.get(one.object)!.some((rival) => rival !== one && isNew(rival))),
  )
  await openness.judgeVersions(all)
  await loadFeeds(db, collection, all)
  const torn = all.filter((one) => !one.whole && hasNew(one) && isTorn(one, collection))
  await loadWhole(db, collection, torn)
  await openness.judgeVersions(torn)
  await loadFeeds(db, collection, torn)
  const placed = all.filter((one) => one.whole || hasNew(one))
  const returning = await listReturning(db, collection, rivals)
  return {
    placed: placed.map((contribution) => ({
      contribution,
      placement: placeRows(contribution, {
        ...place,
        contributors: organisationsOf(rivals.get(contribution.object)!),
        returning: returning.get(contribution) ?? [],
      }),
    })),
    exclusions: [...rivals.values()].flatMap((of) => exclusionsOf(of, collection)),
    deferred: isTooMuch ? appearing.filter((object) => byObject.get(object)!.some(({ open }) => open)) : [],
  }
}

/** Whether what others see of the object is certain to be for the same audiences as before. */
function staysAsItIs(of: readonly Contribution[], collection: string): boolean {
  const before = new Set(of.flatMap(({ wasOpen, wasFor }) => (wasOpen && wasFor !== undefined ? [wasFor] : [])))
  const possible = of.flatMap((one) => audienceOf(one, collection) ?? [])
  const certain = new Set(of.flatMap((one) => (refsOf(one).length === 0 ? (audienceOf(one, collection) ?? []) : [])))
  return possible.every((audience) => before.has(audience)) && [...before].every((audience) => certain.has(audience))
}

/** Of the contributions of an object, the one that others see since longest leads, what everybody sees before what a group does; where they see none, the one that came first. */
function lead(of: readonly Contribution[], collection: string, since: number): void {
  if (of.length === 0) return
  for (const one of of) {
    one.contributedAt ??= since
    if (one.open) one.shownSince ??= since
  }
  const rank = (one: Contribution) => (one.open ? (audienceOf(one, collection) === collection ? 0 : 1) : 2)
  const order = (a: Contribution, b: Contribution) =>
    rank(a) - rank(b) || (a.shownSince ?? Infinity) - (b.shownSince ?? Infinity) || a.contributedAt! - b.contributedAt! || (a.id < b.id ? -1 : 1)
  const first = of.reduce((one, other) => (order(other, one) < 0 ? other : one))
  for (const one of of) one.leads = one === first
}

function hasChanged(one: Contribution, collection: string): boolean {
  return one.open !== one.wasOpen || one.leads !== one.wasLeading || (one.open && audienceOf(one, collection) !== one.wasFor)
}

/** Whether one row each served all readers, and no longer does. */
function isTorn(one: Contribution, collection: string): boolean {
  return sharesRows(one, collection) && !(one.leads && one.drafts.every(({ open }) => open))
}

function isNew({ drafts }: Contribution): boolean {
  return drafts.length > 0 && drafts.every((draft) => draft.isNew)
}

function hasNew({ drafts }: Contribution): boolean {
  return drafts.some((draft) => draft.isNew)
}

/** Loads all versions of contributions of which only the outermost are there. */
async function loadWhole(db: Db, collection: CollectionId, contributions: readonly Contribution[]): Promise<void> {
  const partial = [...new Set(contributions)].filter(({ whole }) => !whole)
  const stored = partial.filter((one) => !isNew(one))
  const versions = Map.groupBy(
    await listContributed(
      db,
      collection,
      stored.map(({ id }) => id),
    ),
    ({ contribution_id: id }) => id,
  )
  for (const one of partial) {
    const known = new Set(one.drafts.map(({ version }) => version.id))
    const rest = (versions.get(one.id) ?? []).filter(({ id }) => !known.has(id))
    one.drafts = [...rest.map((version): Draft => ({ version, isNew: false, turn: 0, feeds: undefined, open: version.open })), ...one.drafts]
    one.whole = true
  }
}

/** Loads the rows of what will be placed. */
async function loadFeeds(db: Db, collection: CollectionId, contributions: readonly Contribution[]): Promise<void> {
  const drafts = contributions
    .filter((one) => one.whole || hasNew(one))
    .flatMap((one) => one.drafts.filter((draft) => !draft.isNew && draft.feeds === undefined))
  const feeds = await listFeeds(
    db,
    collection,
    drafts.map(({ version }) => version.id),
  )
  for (const draft of drafts) draft.feeds = feeds.get(draft.version.id) ?? []
}

function organisationsOf(contributions: readonly Contribution[]): ReadonlySet<string> {
  return new Set(contributions.flatMap((one) => (isGone(one) ? [] : (one.organisation ?? []))))
}

/**
 * Whoever has taken back what it contributed is shown what leads, from which it was left out, by rows of its own: what everybody is shown, and
 * what a group is if it belongs to the group. What waits for an instant has readers whom its own rows name, and nobody else.
 */
async function listReturning(db: Db, collection: CollectionId, rivals: ReadonlyMap<string, readonly Contribution[]>): Promise<Map<Contribution, string[]>> {
  const returning = new Map<Contribution, string[]>()
  for (const of of rivals.values()) {
    const gone = of.flatMap((one) => (isGone(one) ? (one.organisation ?? []) : []))
    const leading = gone.length === 0 ? undefined : of.find((one) => one.wasLeading && one.leads && !isGone(one))
    const audience = leading && audienceOf(leading, collection)
    if (leading === undefined || audience === undefined) continue
    returning.set(leading, audience === collection ? gone : await listMembersAmong(db, audience, gone))
  }
  return returning
}

function exclusionsOf(of: readonly Contribution[], collection: string): Exclusion[] {
  if (of.length === 1) return []
  const leading = of.find((one) => one.leads && !isGone(one))
  const audience = leading?.open ? audienceOf(leading, collection) : undefined
  if (leading === undefined || audience === undefined) return []
  return [...organisationsOf(of)].flatMap((organisation) =>
    organisation === leading.organisation ? [] : [{ contribution: leading.id, audience, organisation }],
  )
}
