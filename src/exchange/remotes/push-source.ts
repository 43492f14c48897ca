import { sql } from 'kysely'
import type { App } from '#platform/app.ts'
import { pgArray } from '#platform/db/pg-array.ts'
import type { Tx } from '#platform/db/database.ts'
import { openBlocks } from '#exchange/objects/open-blocks.ts'
import { TIERS } from '#program/membership/contract.ts'
import { COMMUNITY, strictest } from '#exchange/stix/tlp.ts'
import { RUNNER } from '#exchange/remotes/run.ts'
import type { Named, Remote } from '#exchange/remotes/store.ts'

/** An object that may be pushed, with the bytes as they came. */
export interface Pushable extends Named {
  /** Microseconds since 1970, in our collection. */
  readonly position: number
  /** Undefined for one that was deleted meanwhile: it is passed over. */
  readonly bytes: Buffer | undefined
}

/** The bytes of an envelope beside its objects and the commas between them. */
export const ENVELOPE_BYTES = '{"objects":[]}'.length

/**
 * What comes next of what every member of the community is shown in the collection: the newest versions, open and under a label that
 * is no stricter than the remote's, and nothing that came from the same server. `objects` and `bytes` bound an envelope; of one that
 * is too long by itself nothing follows.
 */
export async function readPushable(app: App, remote: Remote, most: { readonly objects: number; readonly bytes: number }): Promise<Pushable[]> {
  const entries = await app.db.read(RUNNER, (tx) => listPushable(app, tx, remote, most.objects))
  let size = ENVELOPE_BYTES
  const tooMany = entries.findIndex((entry, n) => (size += entry.size + (n > 0 ? 1 : 0)) > most.bytes && n > 0)
  const chosen = tooMany < 0 ? entries : entries.slice(0, tooMany)
  const opened = await openBlocks(
    app,
    { actor: RUNNER, collection: remote.collection_id },
    chosen.map(({ block_id: block }) => block),
  )
  return chosen.map(({ object_id: id, version, position, block_id: block, start, size: length }) => ({
    id,
    version,
    position,
    bytes: bytesIn(opened.get(block), start, length),
  }))
}

const BRACE = 0x7b

/** Undefined for what was deleted since it was listed. */
function bytesIn(block: Buffer | undefined, start: number, length: number): Buffer | undefined {
  return block?.[start] === BRACE ? block.subarray(start, start + length) : undefined
}

interface Entry {
  readonly object_id: string
  readonly version: string
  readonly position: number
  readonly block_id: string
  readonly start: number
  readonly size: number
}

/**
 * What everybody is shown by one row, or tier by tier since the last of them was: never what hangs on a package, which each person is shown who
 * may read that package.
 */
async function listPushable(app: App, tx: Tx, remote: Remote, limit: number): Promise<Entry[]> {
  const { collection_id: collection, operator_id: operator, api_root: root, audience, pushed_to: after, filters } = remote
  const labels = COMMUNITY.filter((label) => strictest(label, audience) === audience)
  const now = app.clock.now().getTime() * 1000
  const tiers = sql`(select array_agg(tier_audience(${operator}::uuid, tier)) from unnest(${TIERS}::text[]) as t (tier))`
  const { rows } = await sql<Entry>`with tier as materialized (select unnest(${tiers}) as id)
    select f.* from (select ${collection}::uuid as id union all select id from tier) a cross join lateral
      (select f.object_id, f.version, f.position, f.block_id, f.start, f.size
        from object_feed f join object_version v on v.collection_id = f.collection_id and v.id = f.version_id
        where f.collection_id = ${collection} and f.audience = a.id and f.position > ${after ?? 0}::bigint and (f.oldest or f.newest) and f.newest
          and (f.opens_at is null or f.opens_at <= ${now}::bigint) and f.package_id is null
          and v.open and v.leads and v.tlp = any(${labels}::text[])
          and ${filters.types.length > 0 ? sql`f.type = any(${pgArray(filters.types)}::text[])` : sql`true`}
          and (f.audience = ${collection} or not exists (select from tier t where not exists (select from object_feed o where o.collection_id = ${collection}
            and o.version_id = f.version_id and o.embargo_id = f.embargo_id and o.audience = t.id and o.opens_at <= ${now}::bigint and o.position <= f.position)))
          and not exists (select from remote_origin o join remote r on r.id = o.remote_id
            where o.object_id = f.object_id and o.version = f.version and r.operator_id = ${operator} and r.api_root = ${root})
        order by f.position limit ${limit}) f
    order by f.position limit ${limit}`.execute(tx.db)
  return rows
}

/** An envelope of these objects, each as it came. */
export function envelopeOf(objects: readonly Buffer[]): Buffer {
  const parts = objects.flatMap((bytes, n) => (n === 0 ? [bytes] : [Buffer.from(','), bytes]))
  return Buffer.concat([Buffer.from('{"objects":['), ...parts, Buffer.from(']}')])
}
