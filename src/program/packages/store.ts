import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { ContactActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'
import type { ObjectId } from '#platform/objects/objects.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import type { PackageState } from '#program/packages/contract.ts'
import { releaseColumns, type ReleaseColumns, type ReleaseId } from '#program/releases/store.ts'

export type ApprovalId = Id<'approval'>

export const packageRow = binder('package', ['operator_id', 'created_by', 'created_at'])
const packageVersionRow = binder('package_version', [
  'operator_id',
  'state',
  'content_object',
  'content_hash',
  'product_tags',
  'contributors',
  'source_object',
  'source',
  'submitted_by',
  'submitted_at',
  'approval_id',
  'release_id',
  'scheduled_by',
  'scheduled_at',
  'created_at',
  'updated_at',
])
export const approvalRow = binder('approval', ['operator_id', 'package_id', 'version', 'content_hash', 'approved_by', 'approved_at'])

export interface VersionKey {
  readonly package: PackageId
  readonly version: number
}
export const versionRow = ({ package: id, version }: VersionKey) => packageVersionRow({ package_id: id, version: String(version) })

/** A version of a package with its approval and its release; what it says lies in the object `content_object`. */
export interface StoredVersion extends Partial<Nullable<ReleaseColumns>> {
  readonly package_id: PackageId
  readonly version: number
  readonly operator_id: OperatorId
  readonly state: PackageState
  readonly content_object: ObjectId
  readonly content_hash: Buffer
  readonly product_tags: readonly Buffer[]
  readonly contributors: readonly PersonId[]
  /** Sealed. */
  readonly source: Buffer | null
  readonly submitted_by: PersonId | null
  readonly submitted_at: Date | null
  readonly approved_hash: Buffer | null
  readonly approved_by: PersonId | null
  readonly approved_at: Date | null
  readonly release_id: ReleaseId | null
  readonly scheduled_by: PersonId | null
  readonly scheduled_at: Date | null
  readonly updated_at: Date
}
type Nullable<T> = { readonly [key in keyof T]: T[key] | null }

const select = sql`select v.package_id, v.version, v.operator_id, v.state, v.content_object, v.content_hash, v.product_tags, v.contributors, v.source,
    v.submitted_by, v.submitted_at, a.content_hash as approved_hash, a.approved_by, a.approved_at, v.release_id, v.scheduled_by, v.scheduled_at,
    v.updated_at, ${releaseColumns}
  from package_version v left join approval a on a.id = v.approval_id left join release r on r.id = v.release_id`

/** The newest version of a package of this operator. */
export async function findNewestVersion(tx: Tx, operator: OperatorId, id: PackageId): Promise<StoredVersion | undefined> {
  const { rows } = await sql<StoredVersion>`${select} where v.package_id = ${id} and v.operator_id = ${operator} order by v.version desc limit 1`.execute(tx.db)
  return rows[0]
}

/** One version of a package of this operator. */
export async function findVersion(tx: Tx, operator: OperatorId, { package: id, version }: VersionKey): Promise<StoredVersion | undefined> {
  const { rows } = await sql<StoredVersion>`${select} where v.package_id = ${id} and v.version = ${version} and v.operator_id = ${operator}`.execute(tx.db)
  return rows[0]
}

/** The newest version; nobody else changes it until the transaction ends. */
export async function lockNewestVersion(tx: Tx, operator: OperatorId, id: PackageId): Promise<StoredVersion | undefined> {
  await sql`select 1 from package_version where package_id = ${id} and operator_id = ${operator} order by version for no key update`.execute(tx.db)
  return findNewestVersion(tx, operator, id)
}

/** Packages of this operator, the newest first, from after `before` on. */
export async function listPackageIds(tx: Tx, operator: OperatorId, limit: number, before: PackageId | undefined): Promise<PackageId[]> {
  const rows = await tx.db
    .selectFrom('package')
    .select('id')
    .where('operator_id', '=', operator)
    .$if(before !== undefined, (query) => query.where('id', '<', before!))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(({ id }) => id as PackageId)
}

/**
 * What of the versions can be open to a contact at an instant: more than is, never less. The predicate decides on each
 * (embargo/may-read.ts); this only keeps closed ones from costing anything.
 */
const mayBeOpen = ({ person, organisation }: ContactActor, now: Date) => sql`v.state in ('scheduled', 'released', 'superseded', 'withdrawn')
  and exists (select from clearance c where c.person_id = ${person} and c.operator_id = v.operator_id)
  and exists (select from membership m where m.organisation_id = ${organisation} and m.operator_id = v.operator_id and m.state = 'active'
    and ${now} >= case m.tier when 'validate' then r.validate_at when 'advance' then r.advance_at when 'entry' then r.entry_at end)`

/** Packages of which a version can be open to the contact, the newest first, from after `before` on. */
export async function listPackageIdsFor(tx: Tx, actor: ContactActor, now: Date, limit: number, before: PackageId | undefined): Promise<PackageId[]> {
  const { rows } = await sql<{ id: PackageId }>`select distinct v.package_id as id from package_version v join release r on r.id = v.release_id
    where ${before === undefined ? sql`true` : sql`v.package_id < ${before}`} and ${mayBeOpen(actor, now)}
    order by v.package_id desc limit ${limit}`.execute(tx.db)
  return rows.map(({ id }) => id)
}

/** Versions of a package that can be open to the contact, the newest first. */
export async function listVersionsFor(tx: Tx, actor: ContactActor, now: Date, id: PackageId): Promise<StoredVersion[]> {
  const { rows } = await sql<StoredVersion>`${select} where v.package_id = ${id} and ${mayBeOpen(actor, now)} order by v.version desc`.execute(tx.db)
  return rows
}

export async function insertPackage(tx: Tx, { id, operator, by, at }: { id: PackageId; operator: OperatorId; by: PersonId; at: Date }): Promise<void> {
  await tx.db.insertInto('package').values({ id, operator_id: operator, created_by: by, created_at: at }).execute()
}

/** What a version says, as columns. */
export interface ContentColumns {
  readonly content_object: ObjectId
  readonly content_hash: Buffer
  readonly product_tags: Buffer[]
}

export async function insertVersion(
  tx: Tx,
  { package: id, version }: VersionKey,
  values: ContentColumns & { operator: OperatorId; contributors: readonly PersonId[]; source: { object: ObjectId; sealed: Buffer }; at: Date },
): Promise<void> {
  const { operator, contributors, source, at, ...content } = values
  await tx.db
    .insertInto('package_version')
    .values({
      package_id: id,
      version,
      operator_id: operator,
      state: 'draft',
      ...content,
      contributors: [...contributors],
      source_object: source.object,
      source: source.sealed,
      created_at: at,
      updated_at: at,
    })
    .execute()
}

/** What a step changes of a version; what is not named stays. */
export interface VersionChange extends Partial<ContentColumns> {
  readonly state?: PackageState
  readonly contributors?: PersonId[]
  readonly submitted_by?: PersonId | null
  readonly submitted_at?: Date | null
  readonly approval_id?: ApprovalId
  readonly release_id?: ReleaseId
  readonly scheduled_by?: PersonId
  readonly scheduled_at?: Date
  readonly updated_at: Date
}

export async function updateVersion(tx: Tx, { package: id, version }: VersionKey, change: VersionChange): Promise<void> {
  await tx.db.updateTable('package_version').set(change).where('package_id', '=', id).where('version', '=', version).execute()
}

export async function insertApproval(
  tx: Tx,
  approval: VersionKey & { id: ApprovalId; operator: OperatorId; contentHash: Buffer; by: PersonId; at: Date },
): Promise<void> {
  const { id, operator, contentHash, by, at } = approval
  const { package: package_id, version } = approval
  await tx.db
    .insertInto('approval')
    .values({ id, operator_id: operator, package_id, version, content_hash: contentHash, approved_by: by, approved_at: at })
    .execute()
}

/** Names of people whom the actor can see, by id. */
export async function namesOf(tx: Tx, ids: readonly PersonId[]): Promise<Map<PersonId, string>> {
  if (ids.length === 0) return new Map()
  const rows = await tx.db.selectFrom('person').select(['id', 'name']).where('id', 'in', ids).execute()
  return new Map(rows.map(({ id, name }) => [id as PersonId, name]))
}

/** An organisation's first receipt of the content of each version of a package. */
export async function firstReceipts(tx: Tx, organisation: OrganisationId, id: PackageId): Promise<Map<number, Date>> {
  const rows = await tx.db
    .selectFrom('receipt')
    .select((is) => ['version', is.fn.min('received_at').as('first')])
    .where('organisation_id', '=', organisation)
    .where('package_id', '=', id)
    .where('part', '=', 'content')
    .groupBy('version')
    .execute()
  return new Map(rows.map(({ version, first }) => [version, first]))
}

/** Versions whose content an organisation has received and whose release is yet to come. */
export async function listHeldBeforeRelease(tx: Tx, organisation: OrganisationId, now: Date): Promise<VersionKey[]> {
  const rows = await tx.db
    .selectFrom('receipt')
    .innerJoin('package_version', (join) =>
      join.onRef('package_version.package_id', '=', 'receipt.package_id').onRef('package_version.version', '=', 'receipt.version'),
    )
    .innerJoin('release', 'release.id', 'package_version.release_id')
    .select(['receipt.package_id', 'receipt.version'])
    .distinct()
    .where('receipt.organisation_id', '=', organisation)
    .where('receipt.part', '=', 'content')
    .where('release.instant', '>', now)
    .execute()
  return rows.map(({ package_id: id, version }) => ({ package: id as PackageId, version }))
}
