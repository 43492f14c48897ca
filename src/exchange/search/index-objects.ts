import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import type { StixObject } from '#exchange/stix/check.ts'
import { referencesOf } from '#exchange/stix/references.ts'
import { factsOf } from '#exchange/search/facts.ts'
import { deleteOrphans, insertRead, keepProgress, lastPosition, listBehind, listIndexed, listUnread, type Progress } from '#exchange/search/index-store.ts'
import { openObjects } from '#exchange/search/open-bodies.ts'
import { wordKey, type Master } from '#exchange/search/value-keys.ts'
import { labelsOf, wordsOf } from '#exchange/search/words.ts'

/** Versions that one transaction reads. */
const AT_ONCE = 500
/** Ids of versions sort by when they were made, which is before they are there to be read: within so long before the last one, none is taken for read. */
const LATE_MS = 120_000
const ACTOR = system('exchange.index')

/** Reads what has been stored since for its words, labels, references and facts, collection by collection. Repeating it does no harm; what was done stays done. */
export async function indexObjects(app: App, signal: AbortSignal): Promise<void> {
  const behind = await app.db.read(ACTOR, (tx) => listBehind(tx.db))
  for (const progress of behind) await indexCollection(app, progress, signal)
}

async function indexCollection(app: App, progress: Progress, signal: AbortSignal): Promise<void> {
  for (let after: string | undefined = startOf(progress.last_id); after !== undefined;) {
    signal.throwIfAborted()
    after = await indexSome(app, progress, after)
  }
}

/** Reads the versions after one; gives the last, or undefined when there were no more. */
async function indexSome(app: App, progress: Progress, after: string): Promise<string | undefined> {
  return app.db.transaction(ACTOR, async ({ db }) => {
    // Read before the versions: what lies below it is committed, because positions come in the order of commits.
    const reached = await lastPosition(db, progress.collection_id)
    const unread = await listUnread(db, progress.collection_id, after, AT_ONCE)
    const objects = await openObjects(app, db, unread)
    const read = unread.flatMap(({ version_id: version, tlp }) => {
      const object = objects.get(version)
      return object ? [{ version, facts: factsOf(object, tlp), keys: keysOf(app.keys, object) }] : []
    })
    await insertRead(db, progress, read)
    const isLast = unread.length < AT_ONCE
    const last = unread.at(-1)?.version_id
    await keepProgress(db, progress, last ?? after, isLast ? reached : undefined)
    return isLast ? undefined : last
  })
}

/** The id from which on versions are looked at again. */
function startOf(lastId: string | null): string {
  const ms = lastId === null ? 0 : Math.max(0, parseInt(lastId.slice(0, 8) + lastId.slice(9, 13), 16) - LATE_MS)
  const hex = ms.toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`
}

/** What an object is looked up by besides its values. */
function keysOf(keys: Master, object: StixObject): string[] {
  const targets = new Set(referencesOf(object).map(({ target }) => target))
  return [
    ...wordsOf(object).map((word) => wordKey(keys, 'word', word)),
    ...labelsOf(object).map((label) => wordKey(keys, 'label', label)),
    ...[...targets].map((target) => wordKey(keys, 'ref', target)),
  ]
}

/** Forgets what was read of versions that have been deleted since. */
export async function forgetDeleted(app: App, signal: AbortSignal): Promise<void> {
  for (const collection of await app.db.read(ACTOR, (tx) => listIndexed(tx.db))) {
    signal.throwIfAborted()
    await app.db.transaction(ACTOR, (tx) => deleteOrphans(tx.db, collection))
  }
}
