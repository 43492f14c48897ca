import { sql } from 'kysely'
import { binder, type Binding } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId, PersonId } from '#platform/ids.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import type { PackageState } from '#program/packages/contract.ts'
import type { DecisionAct } from '#program/packages/decisions/contract.ts'
import type { VersionKey } from '#program/packages/store.ts'
import type { ReleaseId } from '#program/releases/store.ts'

export type DecisionId = Id<'decision'>

export const decisionRow = binder('package_decision', [
  'operator_id',
  'package_id',
  'version',
  'act',
  'content_hash',
  'release_id',
  'reason',
  'cves',
  'proposed_by',
  'proposed_at',
  'confirmed_by',
  'confirmed_at',
  'withdrawn_by',
  'withdrawn_at',
  'closed_at',
])

export interface StoredDecision {
  readonly id: DecisionId
  readonly operator_id: OperatorId
  readonly package_id: PackageId
  readonly version: number
  readonly act: DecisionAct
  /** What the version said when it was proposed, and which release it was on. */
  readonly content_hash: Buffer
  readonly release_id: ReleaseId | null
  /** Sealed. */
  readonly reason: Buffer
  /** Sealed. */
  readonly cves: Buffer | null
  readonly proposed_by: PersonId
  readonly proposer_name: string
  readonly proposed_at: Date
  readonly confirmed_by: PersonId | null
  readonly confirmer_name: string | null
  readonly confirmed_at: Date | null
  readonly withdrawn_by: PersonId | null
  readonly withdrawer_name: string | null
  readonly withdrawn_at: Date | null
  readonly closed_at: Date | null
  readonly version_state: PackageState
}

const select = sql`select d.id, d.operator_id, d.package_id, d.version, d.act, d.content_hash, d.release_id, d.reason, d.cves, d.proposed_by,
    p.name as proposer_name, d.proposed_at, d.confirmed_by, c.name as confirmer_name, d.confirmed_at, d.withdrawn_by, w.name as withdrawer_name,
    d.withdrawn_at, d.closed_at, v.state as version_state
  from package_decision d join package_version v on v.package_id = d.package_id and v.version = d.version join person p on p.id = d.proposed_by
    left join person c on c.id = d.confirmed_by left join person w on w.id = d.withdrawn_by`
const WAITS = sql`d.confirmed_at is null and d.withdrawn_at is null and d.closed_at is null`

/** Decisions about versions of one package of this operator, the newest first. */
export async function listDecisions(tx: Tx, operator: OperatorId, id: PackageId): Promise<StoredDecision[]> {
  const { rows } = await sql<StoredDecision>`${select} where d.operator_id = ${operator} and d.package_id = ${id} order by d.id desc`.execute(tx.db)
  return rows
}

/** Decisions of this operator that wait for a second publisher, the oldest first. */
export async function listWaitingDecisions(tx: Tx, operator: OperatorId): Promise<StoredDecision[]> {
  const { rows } = await sql<StoredDecision>`${select} where d.operator_id = ${operator} and ${WAITS} order by d.id`.execute(tx.db)
  return rows
}

export async function findDecision(tx: Tx, operator: OperatorId, id: PackageId, decision: DecisionId): Promise<StoredDecision | undefined> {
  const { rows } = await sql<StoredDecision>`${select} where d.operator_id = ${operator} and d.package_id = ${id} and d.id = ${decision}`.execute(tx.db)
  return rows[0]
}

/** The newest decision of a kind about a version that two people made. */
export async function findConfirmed(tx: Tx, { package: id, version }: VersionKey, act: DecisionAct): Promise<StoredDecision | undefined> {
  const { rows } = await sql<StoredDecision>`${select} where d.package_id = ${id} and d.version = ${version} and d.act = ${act}
    and d.confirmed_at is not null order by d.confirmed_at desc, d.id desc limit 1`.execute(tx.db)
  return rows[0]
}

export interface NewDecision extends VersionKey {
  readonly id: DecisionId
  readonly operator: OperatorId
  readonly act: DecisionAct
  readonly contentHash: Buffer
  readonly release: ReleaseId | null
  readonly reason: Buffer
  readonly cves: Buffer | null
  readonly by: PersonId
  readonly at: Date
}

/** False when another decision about the version waits. */
export async function insertDecision(tx: Tx, decision: NewDecision): Promise<boolean> {
  const { id, operator, package: package_id, version, act, contentHash, release, reason, cves, by, at } = decision
  const { numInsertedOrUpdatedRows } = await tx.db
    .insertInto('package_decision')
    .values({
      id,
      operator_id: operator,
      package_id,
      version,
      act,
      content_hash: contentHash,
      release_id: release,
      reason,
      cves,
      proposed_by: by,
      proposed_at: at,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow()
  return numInsertedOrUpdatedRows === 1n
}

export async function setDecisionConfirmed(tx: Tx, id: DecisionId, by: PersonId, at: Date): Promise<void> {
  await tx.db.updateTable('package_decision').set({ confirmed_by: by, confirmed_at: at }).where('id', '=', id).execute()
}

export async function setDecisionWithdrawn(tx: Tx, id: DecisionId, by: PersonId, at: Date): Promise<void> {
  await tx.db.updateTable('package_decision').set({ withdrawn_by: by, withdrawn_at: at }).where('id', '=', id).execute()
}

/** Closes what waits, of one act or of all, about versions that are not what it was proposed about any more; what a leaf has to bind of it. */
export async function closeDecisions(tx: Tx, keys: readonly VersionKey[], at: Date, act?: DecisionAct): Promise<Binding[]> {
  const { rows } = await sql<{ id: DecisionId }>`update package_decision d set closed_at = ${at}
    from unnest(${keys.map((key) => key.package)}::uuid[], ${keys.map((key) => key.version)}::int[]) as k (package_id, version)
    where d.package_id = k.package_id and d.version = k.version and ${WAITS}
      and ${act === undefined ? sql`true` : sql`d.act = ${act}`} returning d.id`.execute(tx.db)
  return rows.map(({ id }) => decisionRow({ id }))
}
