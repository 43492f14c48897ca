import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId } from '#platform/ids.ts'
import type { VersionKey } from '#program/packages/store.ts'
import type { ReleaseId } from '#program/releases/store.ts'

export const faultRow = binder('release_fault', ['operator_id', 'since', 'mended_at'])

export interface Reached {
  readonly release: ReleaseId
  readonly operator: OperatorId
}

/** Releases whose instant is reached and on which a version is not marked so, the longest reached first. */
export async function listReached(tx: Tx, now: Date): Promise<Reached[]> {
  const { rows } = await sql<Reached>`select r.id as release, r.operator_id as operator from release r
    where r.instant <= ${now} and exists (select from package_version v where v.release_id = r.id and v.state = 'scheduled') order by r.instant, r.id`.execute(
    tx.db,
  )
  return rows
}

/** Versions on a release that are not marked as released; nobody else changes them until the transaction ends. */
export async function lockScheduledOn(tx: Tx, release: ReleaseId): Promise<VersionKey[]> {
  const { rows } = await sql<VersionKey>`select package_id as package, version from package_version
    where release_id = ${release} and state = 'scheduled' order by package_id, version for no key update`.execute(tx.db)
  return rows
}

/** Writes down that a release could not be marked. False when that is known already. */
export async function insertFault(tx: Tx, release: ReleaseId, operator: OperatorId, at: Date): Promise<boolean> {
  const { rows } = await sql`insert into release_fault (release_id, operator_id, since) values (${release}, ${operator}, ${at})
    on conflict (release_id) do update set since = excluded.since, mended_at = null where release_fault.mended_at is not null returning 1`.execute(tx.db)
  return rows.length > 0
}

/** The fault is mended. False when there was none. */
export async function mendFault(tx: Tx, release: ReleaseId, at: Date): Promise<boolean> {
  const { numUpdatedRows } = await tx.db
    .updateTable('release_fault')
    .set({ mended_at: at })
    .where('release_id', '=', release)
    .where('mended_at', 'is', null)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}
