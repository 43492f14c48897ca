import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId, PersonId } from '#platform/ids.ts'
import type { EndCause, ExploitationBasis } from '#program/embargo/contract.ts'
import type { EmbargoEnd } from '#program/embargo/ended-at.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import type { PackageState } from '#program/packages/contract.ts'
import { wasPublic } from '#program/packages/guard-store.ts'

/** What whoever confirms is told when who proposed it lost the role. */
export const NO_PUBLISHER = 'Who proposed this is no publisher any more; propose it anew.'

export type EndId = Id<'embargo-end'>

export const endRow = binder('embargo_end', [
  'operator_id',
  'cve_tag',
  'cve',
  'cause',
  'basis',
  'derived_from',
  'evidence',
  'source',
  'report_id',
  'proposed_by',
  'proposed_at',
  'refused_by',
  'refused_at',
  'confirmed_by',
  'confirmed_at',
  'false_alarm',
  'false_alarm_by',
  'false_alarm_at',
  'revoked_by',
  'revoked_at',
  'published_by',
  'published_at',
])

/** A row of `embargo_end`; `cve`, `evidence`, `source` and `false_alarm` are sealed. */
export interface StoredEnd {
  readonly id: EndId
  readonly operator_id: OperatorId
  readonly cve_tag: Buffer
  readonly cve: Buffer
  readonly cause: EndCause
  readonly basis: ExploitationBasis | null
  readonly derived_from: EndId | null
  readonly evidence: Buffer
  readonly source: Buffer | null
  readonly report_id: string | null
  readonly proposed_by: PersonId
  readonly proposed_at: Date
  readonly refused_by: PersonId | null
  readonly refused_at: Date | null
  readonly confirmed_by: PersonId | null
  readonly confirmed_at: Date | null
  readonly false_alarm: Buffer | null
  readonly false_alarm_by: PersonId | null
  readonly false_alarm_at: Date | null
  readonly revoked_by: PersonId | null
  readonly revoked_at: Date | null
  readonly published_by: PersonId | null
  readonly published_at: Date | null
}

export async function insertEnd(
  tx: Tx,
  end: Pick<StoredEnd, 'id' | 'cve_tag' | 'cve' | 'cause' | 'basis' | 'derived_from' | 'evidence' | 'source' | 'report_id' | 'proposed_by' | 'proposed_at'> & {
    operator_id: OperatorId
  },
): Promise<void> {
  await tx.db.insertInto('embargo_end').values(end).execute()
}

/** An end of this operator with those derived from it, in the order of their proposal; nobody else changes them until the transaction ends. */
export async function lockEnds(tx: Tx, operator: OperatorId, id: EndId): Promise<StoredEnd[]> {
  const { rows } = await sql<StoredEnd>`select * from embargo_end where operator_id = ${operator} and (id = ${id} or derived_from = ${id})
    order by id for no key update`.execute(tx.db)
  return rows
}

export async function updateEnd(tx: Tx, id: EndId, change: Partial<Omit<StoredEnd, 'id' | 'operator_id'>>): Promise<void> {
  await tx.db.updateTable('embargo_end').set(change).where('id', '=', id).execute()
}

/** Ends of an operator, the newest proposal first, from after `before` on. */
export async function listEnds(tx: Tx, operator: OperatorId, limit: number, before: string | undefined): Promise<StoredEnd[]> {
  const { rows } = await sql<StoredEnd>`select * from embargo_end where operator_id = ${operator}
    and id < ${before ?? 'ffffffff-ffff-ffff-ffff-ffffffffffff'}::uuid order by id desc limit ${limit}`.execute(tx.db)
  return rows
}

/** Ends that are in force at an instant for the given digests of an operator. */
export async function endsInForce(tx: Tx, operator: OperatorId, tags: readonly Buffer[], now: Date): Promise<EmbargoEnd[]> {
  if (tags.length === 0) return []
  const { rows } = await sql<{ tag: string; at: Date }>`select encode(cve_tag, 'hex') as tag, confirmed_at as at from embargo_end
    where operator_id = ${operator} and cve_tag = any(${[...tags]}::bytea[]) and confirmed_at <= ${now} and (revoked_at is null or revoked_at > ${now})`.execute(
    tx.db,
  )
  return rows
}

/** The newest version of a package that names a vulnerability, as far as it takes to say what becomes of it. */
export interface NamingVersion {
  readonly package: PackageId
  readonly version: number
  readonly state: PackageState
  readonly content_hash: Buffer
  /** Sealed. */
  readonly summary: Buffer
  readonly cve_tags: readonly Buffer[] | null
  readonly unnamed_cves: boolean | null
  readonly product_tags: readonly Buffer[]
  readonly instant: Date | null
}

/** Versions of an operator that name one of the vulnerabilities, of each package the newest that does. */
export async function listNaming(tx: Tx, operator: OperatorId, tags: readonly Buffer[]): Promise<NamingVersion[]> {
  const { rows } = await sql<NamingVersion>`select distinct on (v.package_id) v.package_id as package, v.version, v.state, v.content_hash, v.summary,
      v.cve_tags, v.unnamed_cves, v.product_tags, r.instant
    from package_version v left join release r on r.id = v.release_id
    where v.operator_id = ${operator} and v.cve_tags && ${[...tags]}::bytea[] order by v.package_id, v.version desc`.execute(tx.db)
  return rows
}

/** Which of these digests versions of an operator name, in hex. */
export async function listNamed(tx: Tx, operator: OperatorId, tags: readonly Buffer[]): Promise<ReadonlySet<string>> {
  if (tags.length === 0) return new Set()
  const { rows } = await sql<{ tag: string }>`select encode(t.tag, 'hex') as tag from unnest(${[...tags]}::bytea[]) as t(tag)
    where exists (select from package_version v where v.operator_id = ${operator} and v.cve_tags && array[t.tag])`.execute(tx.db)
  return new Set(rows.map(({ tag }) => tag))
}

/** Whether a version that names the vulnerability was released by an instant. */
export async function isReleased(tx: Tx, operator: OperatorId, tag: Buffer, now: Date): Promise<boolean> {
  const { rows } = await sql`select 1 from package_version v join release r on r.id = v.release_id
    where v.operator_id = ${operator} and v.cve_tags && ${[tag]}::bytea[] and ${wasPublic(now)} limit 1`.execute(tx.db)
  return rows.length > 0
}

/** Whether an end of a vulnerability waits or is in force. */
export async function hasStandingEnd(tx: Tx, operator: OperatorId, tag: Buffer): Promise<boolean> {
  const { rows } = await sql`select 1 from embargo_end where operator_id = ${operator} and cve_tag = ${tag} and refused_at is null
    and revoked_at is null`.execute(tx.db)
  return rows.length > 0
}

/** Names of people, by id: whoever proposed, confirmed or reported. */
export async function staffNames(tx: Tx, ids: readonly (PersonId | null)[]): Promise<Map<string, string>> {
  const known = [...new Set(ids.filter((id) => id !== null))]
  if (known.length === 0) return new Map()
  const rows = await tx.asSystem((db) => db.selectFrom('person').select(['id', 'name']).where('id', 'in', known).execute())
  return new Map(rows.map(({ id, name }) => [id, name]))
}
