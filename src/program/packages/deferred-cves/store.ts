import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId } from '#platform/ids.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import type { DecisionId } from '#program/packages/decisions/store.ts'
import type { VersionKey } from '#program/packages/store.ts'

export type DeferredCveId = Id<'deferred-cve'>

export const deferredCveRow = binder('deferred_cve', ['operator_id', 'package_id', 'version', 'cve_tag', 'cve', 'decision_id', 'deferred_at', 'continued_in'])

/** A vulnerability that left a package before it was public. */
export interface StoredDeferredCve {
  readonly id: DeferredCveId
  readonly package_id: PackageId
  /** The first version without it; the one before names it. */
  readonly version: number
  /** Sealed. */
  readonly cve: Buffer
  readonly deferred_at: Date
  /** The package that goes on with it. */
  readonly continued_in: PackageId | null
}

export async function insertDeferredCve(
  tx: Tx,
  {
    id,
    operator,
    tag,
    cve,
    decision,
    at,
    ...key
  }: VersionKey & { id: DeferredCveId; operator: OperatorId; tag: Buffer; cve: Buffer; decision: DecisionId; at: Date },
): Promise<void> {
  await tx.db
    .insertInto('deferred_cve')
    .values({ id, operator_id: operator, package_id: key.package, version: key.version, cve_tag: tag, cve, decision_id: decision, deferred_at: at })
    .execute()
}

const select = sql`select id, package_id, version, cve, deferred_at, continued_in from deferred_cve`

/** Vulnerabilities that left a package of this operator, in order. */
export async function listDeferredCves(tx: Tx, operator: OperatorId, id: PackageId): Promise<StoredDeferredCve[]> {
  const { rows } = await sql<StoredDeferredCve>`${select} where operator_id = ${operator} and package_id = ${id} order by id`.execute(tx.db)
  return rows
}

/** One of them; nobody else goes on with it until the transaction ends. */
export async function lockDeferredCve(tx: Tx, operator: OperatorId, id: PackageId, deferred: DeferredCveId): Promise<StoredDeferredCve | undefined> {
  const { rows } =
    await sql<StoredDeferredCve>`${select} where operator_id = ${operator} and package_id = ${id} and id = ${deferred} for no key update`.execute(tx.db)
  return rows[0]
}

export async function setContinuedIn(tx: Tx, id: DeferredCveId, continued: PackageId): Promise<void> {
  await tx.db.updateTable('deferred_cve').set({ continued_in: continued }).where('id', '=', id).execute()
}
