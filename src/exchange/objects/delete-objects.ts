import type { Transaction } from 'kysely'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { DB } from '#platform/db/types.ts'
import { Problem } from '#platform/errors.ts'
import type { OperatorId, OrganisationId } from '#platform/ids.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { valueKeysOf } from '#exchange/search/value-keys.ts'
import type { StixObject } from '#exchange/stix/check.ts'
import { STIX_ID } from '#exchange/stix/contract.ts'
import { toEpochMicroseconds } from '#exchange/stix/instant.ts'
import { replaceSightings, sightingRow } from '#exchange/sightings/sighting-store.ts'
import { DELETED, DIGEST_BYTES, openBlock, sealBlock, versionDigest } from '#exchange/objects/block.ts'
import { blockRow, readBlocks, replaceBlock } from '#exchange/objects/block-store.ts'
import { asContributions, newestOf, type Contribution } from '#exchange/objects/contribution.ts'
import { askPackages } from '#exchange/embargoes/ask-packages.ts'
import { listEmbargoesAmong } from '#exchange/objects/embargo-store.ts'
import { holdRows } from '#exchange/objects/hold-rows.ts'
import { insertRemovals, keepPositions, lockPositions, removeFeeds } from '#exchange/objects/feed-store.ts'
import { isAnyShown, type VersionChoice } from '#exchange/objects/feed-query.ts'
import { keepSettled, positionRows } from '#exchange/objects/keep-settled.ts'
import { forgetBlocks } from '#exchange/objects/open-blocks.ts'
import { Positions } from '#exchange/objects/positions.ts'
import { settle } from '#exchange/objects/settle.ts'
import { settleLater } from '#exchange/objects/settle-later.ts'
import { deleteVersions, listFeeds, listVersionsOf, type ValueOf } from '#exchange/objects/version-store.ts'
import type { Version } from '#exchange/objects/version.ts'

export interface ObjectPlace {
  readonly root: OperatorId
  readonly collection: CollectionId
  readonly object: string
}

/**
 * Deletes what the actor's organisation contributed of an object, or what the operator itself did when one of its people asks: all versions or
 * those chosen (T38, C4). Their bytes are blanked where they lie, whoever saw them is told, another's contribution of the object takes
 * their place, and what points at the object is closed where nothing of it is left. Gives how many versions were deleted; throws FORBIDDEN
 * when only others contributed what was chosen and is seen. The caller has checked that the actor may read and write the collection.
 */
export async function deleteObjects(app: App, tx: Tx, actor: PersonActor, place: ObjectPlace, choice: VersionChoice): Promise<number> {
  if (!STIX_ID.test(place.object)) return 0
  const contributor = actor.kind === 'contact' ? actor.organisation : null
  const to = { collection: place.collection, operator: place.root, contributor }
  const found = await tx.asSystem(async (db) => {
    const now = app.clock.now()
    const state = await lockPositions(db, place.collection, now)
    if (state === undefined) throw new Problem('NOT_FOUND')
    const contributions = asContributions(await listVersionsOf(db, place.collection, [place.object], 'all'), true)
    const own = contributions.find(({ organisation }) => organisation === contributor)
    const chosen = own === undefined ? [] : choose(own, choice)
    if (own === undefined || chosen.length === 0) return undefined
    const newest = newestOf(own)
    own.drafts = own.drafts.filter(({ version }) => !chosen.includes(version))
    const positions = new Positions(state, now)
    tx.beforeCommit(async () => positions.check(app.clock.now()))
    await announce(db, to, chosen, positions)
    const embargoes = await listEmbargoesAmong(db, [...new Set(chosen.map(({ audience }) => audience))])
    if (embargoes.length > 0) await holdRows(db, { ...to, embargoes, versions: chosen.map(({ id }) => id) }, positions)
    const settled = await settle(db, to, contributions, positions.base)
    const { blocks, values } = await blank(app, db, place.collection, chosen)
    await deleteVersions(db, place.collection, chosen, values)
    await keepSettled(db, to, settled, positionRows(to, settled, positions), new Map(), positions)
    await keepPositions(db, place.collection, positions.last, true)
    await settleLater(app, tx, db, to, settled)
    return { chosen, blocks, ended: chosen.includes(newest) && newest.type === 'sighting' }
  })
  if (found === undefined) return refuse(app, tx, actor, place, choice)
  tx.afterCommit(() => forgetBlocks(app, found.blocks))
  const { collection, object } = place
  const replaced =
    found.ended && contributor !== null ? await replaceSightings(tx, { collection, organisation: contributor, objects: [object], at: app.clock.now() }) : []
  const binds = [...found.blocks.map((id) => blockRow({ collection_id: collection, id })), ...replaced.map((id) => sightingRow({ id }))]
  app.audit.record(tx, { action: 'object.deleted', subject: collection, operator: place.root, binds, details: { versions: found.chosen.length } })
  return found.chosen.length
}

function choose(own: Contribution, choice: VersionChoice): Version[] {
  const versions = own.drafts.map(({ version }) => version)
  if (choice.all) return versions
  const inOrder = versions.toSorted((a, b) => (a.version_at < b.version_at ? -1 : 1))
  const at = new Set(choice.at.map((text) => toEpochMicroseconds(text)!))
  return versions.filter((version) => (choice.first && version === inOrder[0]) || (choice.last && version === inOrder.at(-1)) || at.has(version.version_at))
}

async function refuse(app: App, tx: Tx, actor: PersonActor, { collection, object }: ObjectPlace, versions: VersionChoice): Promise<0> {
  await askPackages(app, tx, actor)
  if (await isAnyShown(tx, actor, { collection, object }, versions)) throw new Problem('FORBIDDEN', 'Only who contributed an object deletes it.')
  return 0
}

/** Takes the rows of the versions away and tells whoever was shown them. */
async function announce(
  db: Transaction<DB>,
  place: { readonly collection: CollectionId; readonly operator: OperatorId; readonly contributor: OrganisationId | null },
  versions: readonly Version[],
  positions: Positions,
): Promise<void> {
  const feeds = await listFeeds(
    db,
    place.collection,
    versions.map(({ id }) => id),
  )
  const rows = versions.flatMap((version) => (feeds.get(version.id) ?? []).map((row) => ({ ...row, version })))
  await insertRemovals(
    db,
    place,
    rows.map(({ audience, position, version, shown_as: shown }) => ({
      audience,
      was: position,
      position: positions.next(),
      object: version.object_id,
      version: shown ?? version.version,
    })),
  )
  await removeFeeds(db, place.collection, rows)
}

/** Overwrites the bytes of the versions, and what the blocks say of them; gives what the versions were found by. */
async function blank(
  app: App,
  db: Transaction<DB>,
  collection: CollectionId,
  versions: readonly Version[],
): Promise<{ readonly blocks: readonly string[]; readonly values: readonly ValueOf[] }> {
  const values: ValueOf[] = []
  const blocks = await readBlocks(
    db,
    collection,
    versions.map(({ block_id: id }) => id),
  )
  for (const { id, sealed, digests } of blocks.values()) {
    const bytes = openBlock(app.keys, { id, collection }, sealed)
    for (const version of versions.filter(({ block_id: block }) => block === id)) {
      const object = JSON.parse(bytes.toString('utf8', version.start, version.start + version.size)) as StixObject
      for (const key of valueKeysOf(app.keys, object)) values.push({ version: version.id, key })
      bytes.fill(0, version.start, version.start + version.size)
      const digest = versionDigest(version)
      for (let at = 0; at < digests.length; at += DIGEST_BYTES) if (digest.equals(digests.subarray(at, at + DIGEST_BYTES))) DELETED.copy(digests, at)
    }
    await replaceBlock(db, collection, { id, sealed: sealBlock(app.keys, { id, collection }, [bytes]), digests })
  }
  return { blocks: [...blocks.keys()], values }
}
