import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId } from '#platform/ids.ts'
import { WINDOW_TIERS } from '#program/releases/programme.ts'
import type { Release } from '#program/releases/release.ts'
import { releaseColumns, toRelease, type ReleaseColumns, type ReleaseId } from '#program/releases/store.ts'

export const zoneDriftRow = binder('zone_drift', ['release_id', 'operator_id', 'zone_data', 'instant', 'validate_at', 'advance_at', 'entry_at', 'noted_at'])

/** A release of the rule that packages wait for. */
export interface WaitingRelease {
  readonly id: ReleaseId
  readonly release: Release
}

interface Drift {
  readonly stored: Release
  readonly given: Pick<Release, 'instant' | 'windows'>
  readonly zoneData: string
  readonly notedAt: Date
}

/** Releases of an operator's rules to come as they were frozen, of those on which packages are scheduled. */
export async function listWaiting(tx: Tx, operator: OperatorId, now: Date): Promise<WaitingRelease[]> {
  const { rows } = await sql<ReleaseColumns & { id: ReleaseId }>`select r.id, ${releaseColumns} from release r where r.operator_id = ${operator}
    and r.kind = 'rule' and r.instant > ${now} and exists (select from package_version v where v.release_id = r.id and v.state = 'scheduled')
    order by r.instant`.execute(tx.db)
  return rows.map((row) => ({ id: row.id, release: toRelease(row) }))
}

/** Writes down what a rule gives now for a release; false when that was known. */
export async function insertDrift(
  tx: Tx,
  {
    id,
    operator,
    release,
    given,
    zoneData,
    at,
  }: { id: Id<'zone-drift'>; operator: OperatorId; release: ReleaseId; given: Release; zoneData: string; at: Date },
): Promise<boolean> {
  const [validate_at, advance_at, entry_at] = WINDOW_TIERS.map((tier) => given.windows[tier]) as [Date, Date, Date]
  const { numInsertedOrUpdatedRows: rows } = await tx.db
    .insertInto('zone_drift')
    .values({
      id,
      release_id: release,
      operator_id: operator,
      zone_data: zoneData,
      instant: given.instant,
      validate_at,
      advance_at,
      entry_at,
      noted_at: at,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return (rows ?? 0n) > 0n
}

/** The latest of each release to come that packages still wait for. */
export async function listDrifts(tx: Tx, operator: OperatorId, now: Date): Promise<Drift[]> {
  interface Row extends ReleaseColumns {
    readonly zone_data: string
    readonly noted_at: Date
    readonly given: Date
    readonly given_validate: Date
    readonly given_advance: Date
    readonly given_entry: Date
  }
  const { rows } = await sql<Row>`select distinct on (r.instant, r.id) ${releaseColumns}, d.zone_data, d.noted_at, d.instant as given,
      d.validate_at as given_validate, d.advance_at as given_advance, d.entry_at as given_entry
    from zone_drift d join release r on r.id = d.release_id where d.operator_id = ${operator} and r.instant > ${now}
      and exists (select from package_version v where v.release_id = r.id and v.state = 'scheduled')
    order by r.instant, r.id, d.id desc`.execute(tx.db)
  return rows.map((row) => ({
    stored: toRelease(row),
    given: { instant: row.given, windows: { validate: row.given_validate, advance: row.given_advance, entry: row.given_entry } },
    zoneData: row.zone_data,
    notedAt: row.noted_at,
  }))
}
