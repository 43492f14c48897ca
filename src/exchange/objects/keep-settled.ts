import type { Transaction } from 'kysely'
import type { DB } from '#platform/db/types.ts'
import { fromEpochMicroseconds } from '#exchange/stix/instant.ts'
import { audienceOf, type Contribution, type Draft } from '#exchange/objects/contribution.ts'
import { changeFeeds, excludeContributors, insertFeeds, insertRemovals, removeFeeds, type NewFeedRow, type Removal } from '#exchange/objects/feed-store.ts'
import { listEmbargoesAmong } from '#exchange/objects/embargo-store.ts'
import { holdRows } from '#exchange/objects/hold-rows.ts'
import type { Placement } from '#exchange/objects/place-rows.ts'
import type { Positions } from '#exchange/objects/positions.ts'
import type { Settled } from '#exchange/objects/settle.ts'
import { keepStanding } from '#exchange/objects/version-store.ts'
import type { Place, Version } from '#exchange/objects/version.ts'

/** Rows of the feeds with their positions, decided before the versions themselves are written. */
export interface Positioned {
  readonly rows: readonly (Omit<NewFeedRow, 'version'> & { readonly draft: Draft; readonly isGained: boolean })[]
  readonly removals: readonly Removal[]
  /** The first position of each new version. */
  readonly first: ReadonlyMap<Draft, number>
}

/**
 * Gives a position to each row that has none: what everybody is shown first, then what groups are, then what is for one organisation alone, so
 * that what lies between two of somebody's own tells nothing; new versions as they came, then what has changed for somebody in its old order.
 */
export function positionRows({ collection }: Pick<Place, 'collection'>, { placed }: Settled, positions: Positions): Positioned {
  const missing = placed.flatMap(({ contribution, placement }) => placement.missing.map((row) => ({ row, contribution })))
  const removed = placed.flatMap(({ placement }) => placement.removed)
  const rank = ({ row, contribution }: (typeof missing)[number]) =>
    row.audience === collection ? 0 : row.audience === audienceOf(contribution, collection) ? 1 : 2
  const order = missing.toSorted(
    (a, b) => rank(a) - rank(b) || Number(b.row.draft.isNew) - Number(a.row.draft.isNew) || turnOf(a.row.draft) - turnOf(b.row.draft),
  )
  const first = new Map<Draft, number>()
  const own = new Map<Draft, number>()
  const rows = order.map((one) => {
    const { draft, position, ...row } = one.row
    const isOwn = rank(one) === 2
    const at = position ?? (isOwn ? own.get(draft) : undefined) ?? positions.next()
    if (isOwn) own.set(draft, at)
    if (draft.isNew && !first.has(draft)) first.set(draft, at)
    const isGained = !draft.isNew && position === undefined && row.audience !== draft.version.organisation_id
    return { ...row, draft, position: at, isGained }
  })
  const removals = removed.map(({ audience, position, draft, shown_as: version }) => ({
    audience,
    was: position,
    position: positions.next(),
    object: draft.version.object_id,
    version: version ?? draft.version.version,
  }))
  return { rows, removals, first }
}

/** Writes what was settled, after the new versions, which `stored` gives; true when something that was there before has changed. */
export async function keepSettled(
  db: Transaction<DB>,
  place: Pick<Place, 'collection' | 'operator'>,
  { placed, exclusions }: Settled,
  { rows, removals }: Positioned,
  stored: ReadonlyMap<Draft, Version>,
  positions: Positions,
): Promise<boolean> {
  const changed = placed.flatMap(({ placement }) => placement.changed)
  const removed = placed.flatMap(({ placement }) => placement.removed)
  await insertRemovals(db, place, removals)
  await removeFeeds(db, place.collection, removed)
  await changeFeeds(db, place.collection, changed)
  await insertFeeds(
    db,
    place,
    rows.map(({ draft, isGained, ...row }) => ({ ...row, version: isGained ? asGained(draft.version, row.position) : (stored.get(draft) ?? draft.version) })),
  )
  const standing = placed.flatMap(({ contribution, placement }) =>
    contribution.drafts.filter(({ isNew }) => !isNew).flatMap((draft) => changedStanding(contribution, placement, draft) ?? []),
  )
  await keepStanding(db, place.collection, standing)
  const excluded = await excludeContributors(db, place, exclusions)
  const held = await holdSettled(db, place, placed, stored, positions)
  return held || changed.length + removed.length + standing.length + excluded > 0
}

/** What waits with an embargo has a row for each class of readers: they follow what was placed. */
async function holdSettled(
  db: Transaction<DB>,
  { collection, operator }: Pick<Place, 'collection' | 'operator'>,
  placed: Settled['placed'],
  stored: ReadonlyMap<Draft, Version>,
  positions: Positions,
): Promise<boolean> {
  const apart = placed.filter(({ contribution: { wasFor, drafts } }) =>
    [wasFor, ...drafts.map(({ version }) => version.audience)].some((audience) => audience !== undefined && audience !== collection && audience !== operator),
  )
  if (apart.length === 0) return false
  const drafts = apart.flatMap(({ contribution }) => contribution.drafts)
  const embargoes = await listEmbargoesAmong(db, [...new Set(drafts.map(({ version }) => version.audience))])
  if (embargoes.length === 0) return false
  const versions = drafts.map((draft) => (stored.get(draft) ?? draft.version).id)
  return holdRows(db, { collection, operator, embargoes, versions }, positions)
}

/** An observable has for whom it appears later the version of that later position: none lies before it was there for its reader (C11). */
function asGained(version: Version, position: number): Version {
  return version.versioned ? version : { ...version, version: fromEpochMicroseconds(position), version_at: BigInt(position) }
}

/** What the rest of a version's row says of it now. */
export function standingOf(contribution: Contribution, { oldest, newest }: Placement, draft: Draft) {
  const { open, leads, shownSince } = { ...contribution, open: draft.open }
  return { open, leads, shown_since: shownSince, oldest: oldest.has(draft), newest: newest.has(draft) }
}

function changedStanding(contribution: Contribution, placement: Placement, draft: Draft): Version | undefined {
  const { version } = draft
  const now = standingOf(contribution, placement, draft)
  const isSame =
    now.open === version.open &&
    now.leads === version.leads &&
    now.shown_since === version.shown_since &&
    now.oldest === version.oldest &&
    now.newest === version.newest
  return isSame ? undefined : { ...version, ...now }
}

/** New versions in the order in which they came, others in that of their rows. */
function turnOf({ isNew, turn, feeds = [] }: Draft): number {
  return isNew ? turn : feeds.reduce((least, { position }) => Math.min(least, position), Number.MAX_SAFE_INTEGER)
}
