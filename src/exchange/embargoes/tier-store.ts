import { sql, type Transaction } from 'kysely'
import type { DB } from '#platform/db/types.ts'
import type { OperatorId, OrganisationId } from '#platform/ids.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { textOf } from '#exchange/objects/embargo-store.ts'

type Db = Transaction<DB>

/** A member whose tier is another than its feeds follow. */
export interface ChangedMember {
  readonly organisation: OrganisationId
  readonly operator: OperatorId
}

/** What a change of tier is from and to: audiences, positions and instants in microseconds since 1970. */
export interface TierChange extends ChangedMember {
  /** Of the tier that the feeds follow, and since which position. */
  readonly before: string
  readonly since: number
  readonly changedAt: number
  readonly tier: string
  readonly after: string
}

export async function listChanged(db: Db): Promise<ChangedMember[]> {
  const { rows } = await sql<ChangedMember>`select organisation_id as organisation, operator_id as operator from tier_since
    where changed_at is not null order by changed_at, organisation_id limit 1000`.execute(db)
  return rows
}

/** Undefined when its feeds follow already. */
export async function lockChanged(db: Db, { organisation, operator }: ChangedMember): Promise<TierChange | undefined> {
  await sql`select from tier_since where organisation_id = ${organisation} and operator_id = ${operator} for update`.execute(db)
  const { rows } = await sql<TierChange>`select t.organisation_id as organisation, t.operator_id as operator, t.audience as before, t.since_position as since,
      (extract(epoch from t.changed_at) * 1000000)::bigint as "changedAt", m.tier, tier_audience(m.operator_id, m.tier) as after
    from tier_since t join membership m using (organisation_id, operator_id)
    where t.organisation_id = ${organisation} and t.operator_id = ${operator} and t.changed_at is not null`.execute(db)
  return rows[0]
}

/** Collections of an operator, locked until the transaction ends, and whether an embargo was ever set in each. */
export async function lockCollections(db: Db, operator: OperatorId): Promise<{ id: CollectionId; held: boolean }[]> {
  await sql`select from collection where operator_id = ${operator} order by id for update`.execute(db)
  const { rows } = await sql<{ id: CollectionId; held: boolean }>`select c.id, exists (select from object_embargo e where e.collection_id = c.id) as held
    from collection c where c.operator_id = ${operator} order by c.id`.execute(db)
  return rows
}

/** Rows by which the member had something until its tier changed: of the tier before, or of its own from an earlier change. */
function had({ organisation, before, since, changedAt }: TierChange, collection: CollectionId) {
  return sql`f.collection_id = ${collection} and f.embargo_id is not null
    and (f.audience = ${organisation} or f.audience = ${before} and f.opens_at <= ${changedAt}::bigint and f.position > ${since}::bigint)`
}

/**
 * Gives the member rows of its own for all that its tier has reached: at the position at which it had it, if it has read it, and otherwise at new
 * ones from `base` on: while nothing of its tier was shown, a poller may have passed what it had not read yet. Gives how many new positions were taken.
 */
export async function gainReached(
  db: Db,
  change: TierChange,
  collection: CollectionId,
  { base, now }: { readonly base: number; readonly now: number },
): Promise<number> {
  const { organisation, after } = change
  const { rows } = await sql<{
    position: number
  }>`with had as materialized (select f.version_id, min(f.position) as position from object_feed f where ${had(change, collection)} group by f.version_id),
      gained as materialized (select f.*, (select v.versioned from object_version v where v.collection_id = f.collection_id and v.id = f.version_id) as versioned, h.position as had_at, row_number() over (partition by h.position is null order by f.position) as turn
        from object_feed f left join had h on h.version_id = f.version_id and exists (select from object_embargo_reading r where r.collection_id = ${collection}
          and r.embargo_id = f.embargo_id and r.organisation_id = ${organisation} and r.object_id = f.object_id
          and (extract(epoch from r.read_at) * 1000000)::bigint >= h.position)
        where f.collection_id = ${collection} and f.audience = ${after} and f.embargo_id is not null and f.opens_at <= ${now}::bigint
          and not exists (select from object_feed o where o.collection_id = ${collection} and o.audience = ${organisation} and o.version_id = f.version_id and o.embargo_id is not null)
          and not exists (select from object_exclusion x where x.collection_id = ${collection} and x.organisation_id = ${organisation} and x.audience = f.audience and x.position = f.position))
    insert into object_feed (collection_id, operator_id, audience, position, version_id, organisation_id, object_id, type, version, version_at, block_id, start, size,
      oldest, newest, late, opens_at, embargo_id, package_id, tlp)
    select collection_id, operator_id, ${organisation}::uuid, at, version_id, organisation_id, object_id, type,
      case when versioned then version else ${textOf('at')} end, case when versioned then version_at else at end, block_id, start, size,
      oldest, newest, false, least(opens_at, at), embargo_id, package_id, tlp
    from (select g.*, coalesce(g.had_at, ${base}::bigint + g.turn - 1) as at from gained g) g returning position`.execute(db)
  return rows.filter(({ position }) => position >= base).length
}

/** Takes from the member what its tier has not reached, and tells it so from `base` on; gives how many positions that took. */
export async function loseUnreached(
  db: Db,
  change: TierChange,
  collection: CollectionId,
  { base, now }: { readonly base: number; readonly now: number },
): Promise<number> {
  const { organisation, operator, after } = change
  const { rows } = await sql<{
    told: number
  }>`with lost as materialized (select distinct f.object_id, f.version, f.version_id, f.package_id from object_feed f where ${had(change, collection)}
        and not exists (select from object_feed n where n.collection_id = ${collection} and n.version_id = f.version_id and n.audience = ${after} and n.opens_at <= ${now}::bigint)),
      told as (insert into object_removal (collection_id, operator_id, audience, position, object_id, version, package_id)
        select ${collection}::uuid, ${operator}::uuid, ${organisation}::uuid, ${base}::bigint + row_number() over (order by object_id, version) - 1, object_id, version, package_id from lost returning position),
      gone as (delete from object_feed f using lost where f.collection_id = ${collection} and f.audience = ${organisation} and f.embargo_id is not null and f.version_id = lost.version_id)
    select count(*) as told from told`.execute(db)
  return rows[0]!.told
}

/** From this position on the feeds of the tier that it holds are the member's. */
export async function keepFollowed(db: Db, { organisation, operator, tier, after }: TierChange, since: number): Promise<void> {
  await sql`update tier_since set tier = ${tier}, audience = ${after}, since_position = ${since}, changed_at = null
    where organisation_id = ${organisation} and operator_id = ${operator}`.execute(db)
}
