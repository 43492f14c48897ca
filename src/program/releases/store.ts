import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId, PersonId } from '#platform/ids.ts'
import type { Release } from '#program/releases/release.ts'

export type ReleaseId = Id<'release'>

export const releaseRow = binder('release', [
  'operator_id',
  'kind',
  'instant',
  'zone',
  'rule',
  'calendar',
  'validate_at',
  'advance_at',
  'entry_at',
  'reason',
  'proposed_by',
  'proposed_at',
  'confirmed_by',
  'confirmed_at',
  'withdrawn_at',
  'created_at',
  'moved_from',
  'move_id',
  'moves_all',
  'cycle_id',
])

/** The columns of which a release is made, wherever its row is joined as `r`. */
export const releaseColumns = sql`r.instant, r.zone, r.rule, r.calendar, r.validate_at, r.advance_at, r.entry_at`
export interface ReleaseColumns {
  readonly instant: Date
  readonly zone: string
  readonly rule: string
  readonly calendar: string | null
  readonly validate_at: Date
  readonly advance_at: Date
  readonly entry_at: Date
}

/** A release as two people decided it, or as it was frozen for the first package on it. */
export interface StoredRelease extends ReleaseColumns {
  readonly id: ReleaseId
  readonly kind: 'rule' | 'out-of-band' | 'moved'
  readonly operator_id: OperatorId
  /** Sealed. */
  readonly reason: Buffer | null
  readonly proposed_by: PersonId | null
  readonly proposer_name: string | null
  readonly proposed_at: Date | null
  readonly confirmed_by: PersonId | null
  readonly confirmer_name: string | null
  readonly confirmed_at: Date | null
  /** The release that this one is, moved or not (releases/moves). */
  readonly cycle: ReleaseId
  /** What it was before it moved. */
  readonly moved_from: ReleaseId | null
  readonly move_id: Id<'release-move'> | null
  /** Whether all of what it was moved; null for one that did not. */
  readonly moves_all: boolean | null
}

export function toRelease(row: ReleaseColumns): Release {
  const { instant, zone, rule, calendar, validate_at: validate, advance_at: advance, entry_at: entry } = row
  return { instant, zone, rule, calendar, windows: { validate, advance, entry } }
}

/** Every release joined as `r`. */
export const selectReleases = sql`select r.id, r.kind, r.operator_id, ${releaseColumns}, r.reason, r.proposed_by, p.name as proposer_name, r.proposed_at,
    r.confirmed_by, c.name as confirmer_name, r.confirmed_at, coalesce(r.cycle_id, r.id) as cycle, r.moved_from, r.move_id, r.moves_all
  from release r left join person p on p.id = r.proposed_by left join person c on c.id = r.confirmed_by`

/** Releases of an operator from an instant on that were not withdrawn, in order. */
export async function listStoredReleases(tx: Tx, operator: OperatorId, from: Date): Promise<StoredRelease[]> {
  const { rows } = await sql<StoredRelease>`${selectReleases} where r.operator_id = ${operator} and r.instant >= ${from} and r.withdrawn_at is null
    order by r.instant, r.id`.execute(tx.db)
  return rows
}

/** An out-of-band release of an operator that was not withdrawn; nobody else changes it until the transaction ends. */
export async function lockRelease(tx: Tx, operator: OperatorId, id: string): Promise<StoredRelease | undefined> {
  const { rows } = await sql<StoredRelease>`${selectReleases} where r.id = ${id}::uuid and r.operator_id = ${operator} and r.kind = 'out-of-band'
    and r.withdrawn_at is null for no key update of r`.execute(tx.db)
  return rows[0]
}

/** The release of a rule as it was frozen for the first package on it; frozen now if it was not. */
export async function freezeRelease(
  tx: Tx,
  { id, operator, release, at }: { id: ReleaseId; operator: OperatorId; release: Release; at: Date },
): Promise<StoredRelease> {
  await tx.db
    .insertInto('release')
    .values({ id, operator_id: operator, kind: 'rule', ...columnsOf(release), created_at: at })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const { rows } = await sql<StoredRelease>`${selectReleases} where r.operator_id = ${operator} and r.kind = 'rule' and r.rule = ${release.rule}
    and r.instant = ${release.instant}`.execute(tx.db)
  return rows[0]!
}

export async function insertProposal(
  tx: Tx,
  { id, operator, release, reason, by, at }: { id: ReleaseId; operator: OperatorId; release: Release; reason: Buffer; by: PersonId; at: Date },
): Promise<void> {
  await tx.db
    .insertInto('release')
    .values({ id, operator_id: operator, kind: 'out-of-band', ...columnsOf(release), reason, proposed_by: by, proposed_at: at, created_at: at })
    .execute()
}

export async function setReleaseConfirmed(tx: Tx, id: ReleaseId, by: PersonId, at: Date): Promise<void> {
  await tx.db.updateTable('release').set({ confirmed_by: by, confirmed_at: at }).where('id', '=', id).execute()
}

export async function setReleaseWithdrawn(tx: Tx, id: ReleaseId, at: Date): Promise<void> {
  await tx.db.updateTable('release').set({ withdrawn_at: at }).where('id', '=', id).execute()
}

export function columnsOf({ instant, zone, rule, calendar, windows }: Release) {
  return { instant, zone, rule, calendar, validate_at: windows.validate, advance_at: windows.advance, entry_at: windows.entry }
}
