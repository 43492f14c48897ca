import { sql } from 'kysely'
import type { App } from '#platform/app.ts'
import { system, type PersonActor } from '#platform/auth/actor.ts'
import { pgArray } from '#platform/db/pg-array.ts'
import type { OperatorId } from '#platform/ids.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { TIER } from '#exchange/objects/tier-audience.ts'

/** The union itself, or one of its collections that the reader may read. */
export interface MemberState {
  readonly id: CollectionId
  /** Nothing will be given a position up to this one any more. */
  readonly settled_at: number
  /** The highest position that is read. */
  readonly last_at: number
  /** Since which position the reader reads it. */
  readonly since: number
  readonly groups: string | null
  readonly tier: string | null
  /** Packages that something in the collection hangs on. */
  readonly packages: readonly string[]
}

export interface UnionAsked {
  readonly root: OperatorId
  readonly union: CollectionId
  readonly members: readonly CollectionId[]
}

const STATE = `c.id, greatest(c.last_at, c.floor_at) as settled_at, greatest(c.last_at, (select max(f.position) from object_feed f
    where f.collection_id = c.id and f.embargo_id is not null and f.opens_at <= $5::bigint)) as last_at,
  array(select distinct e.package_id from object_embargo_release e where e.collection_id = c.id and e.package_id is not null)::text[] as packages`
const NAMED = 'c.operator_id = $1 and (c.id = $2 or (c.id = any($3::uuid[]) and c.aggregates is null))'

/** What row-level security says of collections and rights, as `openReader` asks it of one. */
const OF_MEMBER = `select ${STATE}, r.reads_since as since,
    (select string_agg(g.group_id || ' ' || g.joined_position, ',' order by g.group_id) from sharing_group_member g
      where g.organisation_id = $4 and g.operator_id = c.operator_id) as groups,
    ${TIER} as tier
  from collection c join collection_right r on r.collection_id = c.id and r.organisation_id = $4
    join membership m on m.organisation_id = $4 and m.operator_id = c.operator_id and m.state in ('active', 'paused') and (m.until is null or current_instant() < m.until)
    left join tier_since t on t.organisation_id = $4 and t.operator_id = c.operator_id
  where ${NAMED} and r.can_read order by c.id`
const OF_OPERATOR = `select ${STATE}, 0::bigint as since, null as groups, null as tier from collection c where ${NAMED} and c.operator_id = $4 order by c.id`

/** Whose a collection in the reader's list is, and of what it is the union. */
export async function findNamed(
  app: App,
  actor: PersonActor,
  id: CollectionId,
): Promise<{ readonly root: OperatorId; readonly aggregates: readonly CollectionId[] | null } | undefined> {
  const text = 'select operator_id as root, aggregates from collection where id = $1'
  const [row] = await app.db.ask<NonNullable<Awaited<ReturnType<typeof findNamed>>>>(actor, text, [id])
  return row
}

/** The union and those of its collections that the reader may read, in the order of their ids. */
export async function listMembers(app: App, actor: PersonActor, { root, union, members }: UnionAsked, now: number): Promise<MemberState[]> {
  const [text, side] = actor.kind === 'operator' ? [OF_OPERATOR, actor.operator] : [OF_MEMBER, actor.organisation]
  return app.db.ask<MemberState>(system('exchange.reader'), text, [root, union, pgArray(members), side, now])
}

/**
 * Lets nothing be given a position up to `at` in these collections any more, but for those that somebody is writing to at this moment: who waits for
 * none of them holds nobody up, and what is being written lies behind what is settled there. An embargo's positions that lie ahead stay free.
 */
export async function settlePositions(app: App, collections: readonly CollectionId[], at: number, now: number): Promise<void> {
  await app.db.transaction(system('exchange.union'), async ({ db }) => {
    const { rows } = await sql<{
      id: string
    }>`select id from collection where id = any(${pgArray(collections)}::uuid[]) and greatest(last_at, floor_at) < ${at}::bigint
      order by id for no key update skip locked`.execute(db)
    if (rows.length === 0) return
    // A statement of its own: what was written before the row was locked is seen.
    await sql`update collection c set floor_at = least(${at}::bigint, (select min(f.opens_at) - 1 from object_feed f
        where f.collection_id = c.id and f.embargo_id is not null and f.opens_at > ${now}::bigint))
      where c.id = any(${pgArray(rows.map(({ id }) => id))}::uuid[])`.execute(db)
  })
}
