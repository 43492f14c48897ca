import { sql, type RawBuilder } from 'kysely'
import { binder, type Binding } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId, PersonId } from '#platform/ids.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import type { PackageState } from '#program/packages/contract.ts'
import { versionRow, type ApprovalId, type VersionKey } from '#program/packages/store.ts'
import { releaseColumns, type ReleaseColumns, type ReleaseId } from '#program/releases/store.ts'

const versionHistoryRow = binder('package_version_history', [
  'package_id',
  'version',
  'operator_id',
  'state',
  'release_id',
  'approval_id',
  'content_hash',
  'scheduled_by',
  'scheduled_at',
  'at',
])

/** What a leaf has to bind of versions that were just written: the rows, and what the database kept of each as it is now. */
export async function bindVersions(tx: Tx, keys: readonly VersionKey[]): Promise<Binding[]> {
  const { rows } = await sql<{ seq: number }>`select max(h.seq) as seq from package_version_history h
    join unnest(${keys.map((key) => key.package)}::uuid[], ${keys.map((key) => key.version)}::int[]) as k (package_id, version)
      on k.package_id = h.package_id and k.version = h.version group by h.package_id, h.version`.execute(tx.db)
  return [...keys.map(versionRow), ...rows.map(({ seq }) => versionHistoryRow({ seq: String(seq) }))]
}

/** A version as it was from an instant on. */
export interface PastVersion extends Partial<{ readonly [key in keyof ReleaseColumns]: ReleaseColumns[key] | null }> {
  /** Orders what happened at one instant. */
  readonly seq: number
  readonly at: Date
  readonly package_id: PackageId
  readonly version: number
  readonly operator_id: OperatorId
  readonly state: PackageState
  readonly content_hash: Buffer
  readonly approval_id: ApprovalId | null
  readonly approved_hash: Buffer | null
  readonly approved_by: PersonId | null
  readonly approved_at: Date | null
  readonly release_id: ReleaseId | null
  readonly scheduled_by: PersonId | null
  readonly scheduled_at: Date | null
}

const columns = sql`h.seq, h.at, h.package_id, h.version, h.operator_id, h.state, h.content_hash, h.approval_id, a.content_hash as approved_hash,
  a.approved_by, a.approved_at, h.release_id, h.scheduled_by, h.scheduled_at, ${releaseColumns}`
const joined = (history: RawBuilder<unknown>) => sql`select ${columns} from ${history} h
  left join approval a on a.id = h.approval_id left join release r on r.id = h.release_id`

/**
 * Every version of an operator's packages, or of one package, as it was at an instant, with its approval and its release: what had
 * not been begun by then is not there. What changed at that very instant is as it was after it.
 */
export async function listVersionsAt(tx: Tx, operator: OperatorId, at: Date, id?: PackageId): Promise<PastVersion[]> {
  const until = sql`(select distinct on (package_id, version) * from package_version_history
    where operator_id = ${operator} and at <= ${at} and ${id === undefined ? sql`true` : sql`package_id = ${id}`} order by package_id, version, seq desc)`
  const { rows } = await sql<PastVersion>`${joined(until)} order by h.package_id, h.version`.execute(tx.db)
  return rows
}

/** Everything that one package of an operator was, in order. */
export async function listHistory(tx: Tx, operator: OperatorId, id: PackageId): Promise<PastVersion[]> {
  const { rows } = await sql<PastVersion>`${joined(sql`package_version_history`)} where h.operator_id = ${operator} and h.package_id = ${id}
    order by h.seq`.execute(tx.db)
  return rows
}
