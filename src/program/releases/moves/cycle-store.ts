import { sql } from 'kysely'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId } from '#platform/ids.ts'
import { selectReleases, type ReleaseId, type StoredRelease } from '#program/releases/store.ts'

/** What a cycle's release is now: the last of its moves as a whole, or the release that it began as. */
const isHead = sql`(r.id = coalesce(r.cycle_id, r.id) or r.moves_all)
  and not exists (select from release n where n.moved_from = r.id and n.moves_all)`

/** The release of a cycle as it is now. */
export async function findHead(tx: Tx, operator: OperatorId, cycle: ReleaseId): Promise<StoredRelease | undefined> {
  const { rows } = await sql<StoredRelease>`${selectReleases} where r.operator_id = ${operator} and coalesce(r.cycle_id, r.id) = ${cycle}::uuid and ${isHead}
    and r.withdrawn_at is null`.execute(tx.db)
  return rows[0]
}

/** The same; nobody moves it or schedules anything for it until the transaction ends. */
export async function lockHead(tx: Tx, operator: OperatorId, cycle: ReleaseId): Promise<StoredRelease | undefined> {
  await sql`select 1 from release where id = ${cycle}::uuid and operator_id = ${operator} for no key update`.execute(tx.db)
  return findHead(tx, operator, cycle)
}

/** Every release that a cycle was, is, or that packages joined it by, in order. */
export async function listCycle(tx: Tx, operator: OperatorId, cycle: ReleaseId): Promise<StoredRelease[]> {
  const { rows } = await sql<StoredRelease>`${selectReleases} where r.operator_id = ${operator} and coalesce(r.cycle_id, r.id) = ${cycle}::uuid
    and r.withdrawn_at is null order by r.created_at, r.id`.execute(tx.db)
  return rows
}

/** The cycle of a release of an operator: of one of the rule by its instant there, of any other by its id. */
export async function findCycle(tx: Tx, operator: OperatorId, key: string): Promise<ReleaseId | undefined> {
  const which = UUID.test(key) ? sql`r.id = ${key}::uuid` : sql`r.kind = 'rule' and r.instant = ${new Date(key)}`
  const { rows } = await sql<{ cycle: ReleaseId }>`select coalesce(r.cycle_id, r.id) as cycle from release r
    where r.operator_id = ${operator} and ${which} and r.withdrawn_at is null order by r.created_at limit 1`.execute(tx.db)
  return rows[0]?.cycle
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** How the release that a cycle began as is named from outside. */
export function keyOfCycle({ id, kind, instant }: Pick<StoredRelease, 'id' | 'kind' | 'instant'>): string {
  return kind === 'rule' ? instant.toISOString() : id
}

/** What a release was before it moved. */
export async function findReleases(tx: Tx, operator: OperatorId, ids: readonly ReleaseId[]): Promise<Map<ReleaseId, StoredRelease>> {
  if (ids.length === 0) return new Map()
  const { rows } = await sql<StoredRelease>`${selectReleases} where r.operator_id = ${operator} and r.id = any(${ids}::uuid[])`.execute(tx.db)
  return new Map(rows.map((row) => [row.id, row]))
}
