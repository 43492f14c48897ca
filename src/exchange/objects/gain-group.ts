import { sql, type Transaction } from 'kysely'
import type { App } from '#platform/app.ts'
import type { Tx } from '#platform/db/database.ts'
import type { DB } from '#platform/db/types.ts'
import type { OperatorId, OrganisationId } from '#platform/ids.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { keepPositions, lockPositions } from '#exchange/objects/feed-store.ts'
import { Positions } from '#exchange/objects/positions.ts'

interface Access {
  readonly operator: OperatorId
  readonly group: string
  readonly organisation: OrganisationId
}

/**
 * Shows an organisation that joins a sharing group what was shared with it before, in all collections of the operator, at new positions, so that
 * no poller misses it, an observable in the version of its own that these are (C11): rows of its own, because those of the group count for it from its joining on.
 */
export async function gainGroup(app: App, tx: Tx, access: Access): Promise<void> {
  await inEach(app, tx, access, async (db, collection, base) => {
    const { numAffectedRows } =
      await sql`insert into object_feed (collection_id, operator_id, audience, position, version_id, organisation_id, object_id, type, version,
        version_at, block_id, start, size, oldest, newest, tlp)
      select collection_id, operator_id, ${access.organisation}::uuid, at, version_id, organisation_id, object_id, type,
        case when versioned then version else to_char(timestamp 'epoch' + at * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') end,
        case when versioned then version_at else at end, block_id, start, size, oldest, newest, tlp
      from (select f.*, ${base}::bigint + row_number() over (order by position) - 1 as at, (select v.versioned from object_version v
          where v.collection_id = f.collection_id and v.id = f.version_id) as versioned
        from object_feed f where collection_id = ${collection} and audience = ${access.group} and organisation_id is distinct from ${access.organisation}
        and not (exists (select from object_exclusion x where x.collection_id = f.collection_id and x.organisation_id = ${access.organisation}
            and x.audience = f.audience and x.position = f.position)
          and exists (select from object_version v where v.collection_id = f.collection_id and v.object_uuid = right(f.object_id, 36)::uuid
            and v.object_id = f.object_id and v.organisation_id = ${access.organisation}))) f
      on conflict do nothing`.execute(db)
    return Number(numAffectedRows ?? 0n)
  })
}

/** Takes from an organisation that leaves a sharing group what it was shown as a member, and tells it so. */
export async function loseGroup(app: App, tx: Tx, access: Access): Promise<void> {
  await inEach(app, tx, access, async (db, collection, base) => {
    const { rows } = await sql<{ taken: number }>`with lost as (select distinct f.object_id, coalesce(o.version, f.version) as version from object_feed f
          left join object_feed o on o.collection_id = f.collection_id and o.version_id = f.version_id and o.audience = ${access.organisation}
        where f.collection_id = ${collection} and f.audience = ${access.group} and f.organisation_id is distinct from ${access.organisation}
          and not exists (select from object_exclusion x where x.collection_id = f.collection_id and x.organisation_id = ${access.organisation}
            and x.audience = f.audience and x.position = f.position)),
      told as (insert into object_removal (collection_id, operator_id, audience, position, object_id, version)
        select ${collection}::uuid, ${access.operator}::uuid, ${access.organisation}::uuid, ${base}::bigint + row_number() over (order by object_id, version) - 1, object_id, version
        from lost returning position),
      gone as (delete from object_feed f using object_version v where f.collection_id = ${collection} and f.audience = ${access.organisation}
        and f.organisation_id is distinct from ${access.organisation} and v.collection_id = f.collection_id and v.id = f.version_id and v.audience = ${access.group})
      select count(*) as taken from told`.execute(db)
    return rows[0]!.taken
  })
}

/** Does the step in each collection of the operator, from its next position on; the step gives how many positions it took. */
async function inEach(
  app: App,
  tx: Tx,
  { operator }: Access,
  step: (db: Transaction<DB>, collection: CollectionId, base: number) => Promise<number>,
): Promise<void> {
  await tx.asSystem(async (db) => {
    const { rows } = await sql<{ id: CollectionId }>`select id from collection where operator_id = ${operator} order by id`.execute(db)
    const now = app.clock.now()
    for (const { id } of rows) {
      const positions = new Positions((await lockPositions(db, id, now))!, now)
      const taken = await step(db, id, positions.base)
      if (taken === 0) continue
      tx.beforeCommit(async () => positions.check(app.clock.now()))
      await keepPositions(db, id, positions.base + taken - 1, true)
    }
  })
}
