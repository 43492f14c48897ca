import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId, PersonId } from '#platform/ids.ts'
import { wasPublic } from '#program/packages/guard-store.ts'
import type { VersionKey } from '#program/packages/store.ts'

export type AlarmId = Id<'embargo-alarm'>
export const alarmRow = binder('embargo_alarm', ['operator_id', 'package_id', 'version', 'kind', 'cve_tag', 'raised_at', 'settled_by', 'settled_at'])

/** What is to be raised about a version. */
export interface NewAlarm extends VersionKey {
  readonly operator: OperatorId
  readonly kind: 'shared-cve' | 'not-published'
  readonly tag: Buffer | null
}
export interface StoredAlarm extends NewAlarm {
  readonly id: AlarmId
  readonly at: Date
  readonly settledBy: PersonId | null
  readonly settledAt: Date | null
  readonly contentHash: Buffer
  /** Sealed. */
  readonly summary: Buffer
}

/** Versions before their release that name a vulnerability which the release of another package made public (E22). */
export async function listSharing(tx: Tx, now: Date): Promise<NewAlarm[]> {
  const { rows } = await sql<NewAlarm>`select distinct n.package_id as package, n.version, n.operator_id as operator, 'shared-cve' as kind, t.tag
    from package_version n join release q on q.id = n.release_id cross join unnest(n.cve_tags) as t(tag)
    where n.state = 'scheduled' and q.instant > ${now}
      and exists (select from package_version v join release r on r.id = v.release_id
        where v.operator_id = n.operator_id and v.package_id <> n.package_id and v.cve_tags && array[t.tag] and ${wasPublic(now)})
      and not exists (select from embargo_alarm a where a.package_id = n.package_id and a.version = n.version and a.kind = 'shared-cve' and a.cve_tag = t.tag)`.execute(
    tx.db,
  )
  return rows
}

/** Versions whose release instant passed before `since` and that nothing has marked released (E41). */
export async function listUnpublished(tx: Tx, since: Date): Promise<NewAlarm[]> {
  const { rows } = await sql<NewAlarm>`select v.package_id as package, v.version, v.operator_id as operator, 'not-published' as kind, null::bytea as tag
    from package_version v join release r on r.id = v.release_id
    where v.state = 'scheduled' and r.instant <= ${since}
      and not exists (select from embargo_alarm a where a.package_id = v.package_id and a.version = v.version and a.kind = 'not-published')`.execute(tx.db)
  return rows
}

/** False when it was raised before. */
export async function insertAlarm(tx: Tx, id: AlarmId, { package: package_id, version, operator, kind, tag }: NewAlarm, at: Date): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx.db
    .insertInto('embargo_alarm')
    .values({ id, operator_id: operator, package_id, version, kind, cve_tag: tag, raised_at: at })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow()
  return numInsertedOrUpdatedRows === 1n
}

export async function listAlarms(tx: Tx, operator: OperatorId, limit: number): Promise<StoredAlarm[]> {
  const { rows } =
    await sql<StoredAlarm>`select a.id, a.package_id as package, a.version, a.operator_id as operator, a.kind, a.cve_tag as tag, a.raised_at as at,
      a.settled_by as "settledBy", a.settled_at as "settledAt", v.content_hash as "contentHash", v.summary
    from embargo_alarm a join package_version v on v.package_id = a.package_id and v.version = a.version
    where a.operator_id = ${operator} order by a.settled_at is not null, a.id desc limit ${limit}`.execute(tx.db)
  return rows
}

/** False when no such alarm waits. */
export async function settleAlarm(tx: Tx, operator: OperatorId, id: AlarmId, by: PersonId, at: Date): Promise<boolean> {
  const { numUpdatedRows } = await tx.db
    .updateTable('embargo_alarm')
    .set({ settled_by: by, settled_at: at })
    .where('id', '=', id)
    .where('operator_id', '=', operator)
    .where('settled_at', 'is', null)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}
