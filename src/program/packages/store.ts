import { sql, type RawBuilder } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { ContactActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId, PersonId } from '#platform/ids.ts'
import type { ObjectId } from '#platform/objects/objects.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import type { Step } from '#program/membership/standing/standing.ts'
import type { EmbargoEnd } from '#program/embargo/ended-at.ts'
import type { PackageState, Part } from '#program/packages/contract.ts'
import type { CveColumns } from '#program/packages/cve-tag.ts'
import type { WindowTier } from '#program/releases/programme.ts'
import { releaseColumns, type ReleaseColumns, type ReleaseId } from '#program/releases/store.ts'

export type ApprovalId = Id<'approval'>

export const packageRow = binder('package', ['operator_id', 'created_by', 'created_at'])
const packageVersionRow = binder('package_version', [
  'operator_id',
  'state',
  'content_object',
  'content_hash',
  'product_tags',
  'cve_tags',
  'unnamed_cves',
  'summary',
  'contributors',
  'source_object',
  'source',
  'submitted_by',
  'submitted_at',
  'approval_id',
  'release_id',
  'scheduled_by',
  'scheduled_at',
  'superseded_at',
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
  /** Null until a job filled in what rows from before name. */
  readonly cve_tags: readonly Buffer[] | null
  readonly unnamed_cves: boolean | null
  /** Sealed. */
  readonly summary: Buffer
  readonly contributors: readonly PersonId[]
  /** Sealed. */
  readonly source: Buffer | null
  readonly source_object: ObjectId | null
  readonly submitted_by: PersonId | null
  readonly submitted_at: Date | null
  readonly approved_hash: Buffer | null
  readonly approved_by: PersonId | null
  readonly approved_at: Date | null
  readonly release_id: ReleaseId | null
  readonly scheduled_by: PersonId | null
  readonly scheduled_at: Date | null
  /** Since when a newer version is in its place. */
  readonly superseded_at: Date | null
  readonly updated_at: Date
}
type Nullable<T> = { readonly [key in keyof T]: T[key] | null }

/** The columns of a stored version, of `v` with its approval `a` and its release `r`. */
export const versionColumns = sql`v.package_id, v.version, v.operator_id, v.state, v.content_object, v.content_hash, v.cve_tags,
    v.unnamed_cves, v.summary, v.contributors, v.source, v.source_object,
    v.submitted_by, v.submitted_at, a.content_hash as approved_hash, a.approved_by, a.approved_at, v.release_id, v.scheduled_by, v.scheduled_at,
    v.superseded_at, v.updated_at, ${releaseColumns}`
/** Every version with its approval and its release; a condition on `v` follows. */
export const selectVersions = sql`select ${versionColumns}
  from package_version v left join approval a on a.id = v.approval_id left join release r on r.id = v.release_id`

/** The newest version of a package of this operator. */
export async function findNewestVersion(tx: Tx, operator: OperatorId, id: PackageId): Promise<StoredVersion | undefined> {
  const { rows } =
    await sql<StoredVersion>`${selectVersions} where v.package_id = ${id} and v.operator_id = ${operator} order by v.version desc limit 1`.execute(tx.db)
  return rows[0]
}

/** One version of a package of this operator. */
export async function findVersion(tx: Tx, operator: OperatorId, { package: id, version }: VersionKey): Promise<StoredVersion | undefined> {
  const { rows } = await sql<StoredVersion>`${selectVersions} where v.package_id = ${id} and v.version = ${version} and v.operator_id = ${operator}`.execute(
    tx.db,
  )
  return rows[0]
}

/** Every version of a package of this operator, the newest first. */
export async function listVersions(tx: Tx, operator: OperatorId, id: PackageId): Promise<StoredVersion[]> {
  const { rows } = await sql<StoredVersion>`${selectVersions} where v.package_id = ${id} and v.operator_id = ${operator} order by v.version desc`.execute(tx.db)
  return rows
}

/** Versions before this one in whose place a newer one is, the newest first. */
export async function findSuperseded(tx: Tx, operator: OperatorId, { package: id, version }: VersionKey): Promise<StoredVersion[]> {
  const { rows } = await sql<StoredVersion>`${selectVersions} where v.package_id = ${id} and v.version < ${version} and v.operator_id = ${operator}
    and v.state = 'superseded' order by v.version desc`.execute(tx.db)
  return rows
}

/** Every version on these releases, with the keyed digests of its products. */
export async function listVersionsOn(tx: Tx, releases: readonly ReleaseId[]): Promise<(StoredVersion & { readonly product_tags: readonly Buffer[] })[]> {
  const { rows } = await sql<StoredVersion & { product_tags: Buffer[] }>`select ${versionColumns}, v.product_tags
    from package_version v left join approval a on a.id = v.approval_id left join release r on r.id = v.release_id
    where v.release_id = any(${releases}::uuid[]) order by v.package_id, v.version`.execute(tx.db)
  return rows
}

/** The newest version; nobody else changes it until the transaction ends. */
export async function lockNewestVersion(tx: Tx, operator: OperatorId, id: PackageId): Promise<StoredVersion | undefined> {
  await sql`select 1 from package_version where package_id = ${id} and operator_id = ${operator} order by version for no key update`.execute(tx.db)
  return findNewestVersion(tx, operator, id)
}

/** A place in a list of versions, the newest package first and its newest version first: what comes after it. */
export type Position = readonly [PackageId, number]
const after = (position: Position | undefined) => (position ? sql`(v.package_id, v.version) < (${position[0]}::uuid, ${position[1]}::int)` : sql`true`)

/** The newest version of each package of this operator, from after a position on. */
export async function listNewestVersions(tx: Tx, operator: OperatorId, limit: number, position: Position | undefined): Promise<StoredVersion[]> {
  const { rows } = await sql<StoredVersion>`${selectVersions} where v.operator_id = ${operator} and ${after(position)}
      and not exists (select from package_version n where n.package_id = v.package_id and n.version > v.version)
    order by v.package_id desc, v.version desc limit ${limit}`.execute(tx.db)
  return rows
}

/** Whose receipts and what of whose organisation count. */
type Contact = Pick<ContactActor, 'person' | 'organisation'>

/** What narrows versions to those that can be open to a contact with one operator. */
export interface Narrowing {
  readonly operator: OperatorId
  readonly tier: WindowTier
  /** Whatever the tier's window says. */
  readonly notBeforeRelease: boolean
  /** What was held, step by step (membership/standing/standing.ts). */
  readonly steps: readonly Step[]
  /** Keyed digests of the products that the contact is cleared for; undefined for all of them. */
  readonly tags: readonly Buffer[] | undefined
  /** Ends of embargoes that are in force: a version of which every vulnerability has one opens from the latest of them. */
  readonly ends: readonly EmbargoEnd[]
}

/** A version that can be open to a contact, with what that person and the organisation received of it. */
export interface VersionForContact extends StoredVersion {
  /** Whether one of its products is among those that the contact is cleared for. */
  readonly covered: boolean
  /** Whether somebody of the organisation has received its content. */
  readonly held: boolean
  /** When this person first received its content, and which parts of it so far. */
  readonly received_at: Date | null
  readonly received_parts: readonly Part[] | null
  /** Of a superseded version: which parts somebody of the organisation has received; nobody there reads more of it. Else empty. */
  readonly held_parts: readonly Part[]
}

/**
 * What of the versions can be open to a contact at an instant: more than is, never less, by everything that can close a version to
 * somebody. The predicate decides on each row (embargo/may-read.ts); this keeps closed ones from costing anything.
 */
async function listOpenable(
  tx: Tx,
  { person, organisation }: Contact,
  narrowings: readonly Narrowing[],
  now: Date,
  where: RawBuilder<unknown>,
): Promise<VersionForContact[]> {
  if (narrowings.length === 0) return []
  const either = (condition: (narrowing: Narrowing) => RawBuilder<unknown>) =>
    sql`(${sql.join(
      narrowings.map((narrowing) => sql`(v.operator_id = ${narrowing.operator} and ${condition(narrowing)})`),
      sql` or `,
    )})`
  const content = sql`from receipt t where t.package_id = v.package_id and t.version = v.version and t.part = 'content'`
  const held = sql`exists (select ${content} and t.organisation_id = ${organisation})`
  const { rows } = await sql<VersionForContact>`select ${versionColumns}, ${either(covers)} as covered, ${held} as held,
      (select min(t.received_at) ${content} and t.person_id = ${person}) as received_at,
      array(select distinct unnest(t.parts) ${content} and t.person_id = ${person}) as received_parts,
      case when v.state = 'superseded' then array(select distinct unnest(t.parts) ${content} and t.organisation_id = ${organisation}) else '{}' end as held_parts
    from package_version v join approval a on a.id = v.approval_id join release r on r.id = v.release_id
    where (v.state in ('scheduled', 'released', 'withdrawn') or v.state = 'superseded' and ${held}) and a.content_hash = v.content_hash
      and ${either((narrowing) => sql`${hasProduct(narrowing)} and (${isOpen(narrowing, now)} or ${isOpenEarly(narrowing, now)})`)} and ${where}`.execute(tx.db)
  return rows
}

/** Whether a version has a product of the clearance, for the row at hand. */
const covers = ({ tags }: Narrowing) => (tags ? sql`v.product_tags && ${tags}::bytea[]` : sql`true`)
/** The same for finding the versions: an index serves it under row-level security (migrations/2026112671-fast-lists.ts). */
const hasProduct = ({ tags }: Narrowing) =>
  tags
    ? sql`exists (select from package_version_product p where p.package_id = v.package_id and p.version = v.version and p.tag = any(${tags}::bytea[]))`
    : sql`true`
/** The instants of a release that count. */
type Instants = Readonly<Record<WindowTier | 'instant', RawBuilder<unknown>>>
const OWN: Instants = { validate: sql`r.validate_at`, advance: sql`r.advance_at`, entry: sql`r.entry_at`, instant: sql`r.instant` }
/** Those of a version whose embargoes ended early, `ended.at`: what lies later happened then. */
const EARLY: Instants = {
  validate: sql`least(r.validate_at, ended.at)`,
  advance: sql`least(r.advance_at, ended.at)`,
  entry: sql`least(r.entry_at, ended.at)`,
  instant: sql`least(r.instant, ended.at)`,
}
const NEVER = sql`'infinity'::timestamptz`

function isOpen(narrowing: Narrowing, now: Date): RawBuilder<unknown> {
  const until = sql`case when v.state = 'superseded' and not ${isEnded(narrowing)} then least(${now}::timestamptz, v.superseded_at) else ${now}::timestamptz end`
  return sql`(${until} >= ${opensAt(narrowing, OWN)} and ${until} >= ${heldSince(narrowing, OWN)})`
}
/** Whether the embargo of all that a version names is over. */
function isEnded({ ends }: Narrowing): RawBuilder<unknown> {
  if (ends.length === 0) return sql`false`
  return sql`(v.cve_tags <@ ${tagsOf(ends)} and cardinality(v.cve_tags) > 0 and not v.unnamed_cves)`
}
const tagsOf = (ends: readonly EmbargoEnd[]) => sql`${ends.map(({ tag }) => Buffer.from(tag, 'hex'))}::bytea[]`
/** As if the end were the release. Nothing but a literal while no embargo has ended early: then it costs nothing. */
function isOpenEarly(narrowing: Narrowing, now: Date): RawBuilder<unknown> {
  const { ends } = narrowing
  if (ends.length === 0) return sql`false`
  return sql`(${isEnded(narrowing)} and exists (
    select from (select max(e.at) as at from unnest(${tagsOf(ends)}, ${ends.map(({ at }) => at)}::timestamptz[]) as e(tag, at) where e.tag = any(v.cve_tags)) as ended
    where ${now} >= ${opensAt(narrowing, EARLY)} and ${now} >= ${heldSince(narrowing, EARLY)}))`
}

/** The opening under the steps, as `opensUnder` has it for the existence of a version. */
function heldSince({ steps }: Narrowing, instants: Instants): RawBuilder<unknown> {
  let opens = NEVER
  let before = NEVER
  for (const [n, { at, held }] of steps.entries()) {
    const own = openingOf(held, instants)
    const from = new Date(at)
    const until = sql`case when ${instants.instant} >= ${from} then ${own} else '-infinity' end`
    const passing = steps[n + 1]?.at === at
    const fresh = passing ? NEVER : sql`case when ${instants.instant} >= ${from} and ${own} < ${before} and ${own} >= ${from} then ${own} else 'infinity' end`
    opens = sql`least(greatest(${opens}, ${until}), ${fresh})`
    before = passing ? sql`greatest(${before}, ${own})` : own
  }
  return opens
}
function openingOf(held: Step['held'], instants: Instants): RawBuilder<unknown> {
  if (!held || !isWindowTier(held.tier) || !held.ceilings.every(({ parts }) => parts.includes('existence'))) return NEVER
  const window = instants[held.tier]
  return held.ceilings.some(({ notBefore }) => notBefore !== 'window') ? sql`greatest(${window}, ${instants.instant})` : window
}
const isWindowTier = (tier: string): tier is WindowTier => tier === 'validate' || tier === 'advance' || tier === 'entry'
const opensAt = ({ tier, notBeforeRelease }: Narrowing, instants: Instants) =>
  notBeforeRelease ? sql`greatest(v.scheduled_at, ${instants[tier]}, ${instants.instant})` : sql`greatest(v.scheduled_at, ${instants[tier]})`

/** Versions that can be open to the contact, the newest package first, from after a position on. */
export function listVersionsFor(
  tx: Tx,
  actor: Contact,
  narrowings: readonly Narrowing[],
  now: Date,
  { limit, position }: { limit: number; position: Position | undefined },
): Promise<VersionForContact[]> {
  // As a literal: for a limit that it does not know the database would plan anew each time, and to plan under row-level security costs most.
  return listOpenable(tx, actor, narrowings, now, sql`${after(position)} order by v.package_id desc, v.version desc limit ${sql.lit(limit)}`)
}

/** Versions on releases from an instant on that can be open to the contact, the newest package first. */
export function listReleasedFor(tx: Tx, actor: Contact, narrowings: readonly Narrowing[], now: Date, from: Date): Promise<VersionForContact[]> {
  return listOpenable(tx, actor, narrowings, now, sql`r.instant >= ${from} order by v.package_id desc, v.version desc`)
}

/** Versions of one package that can be open to the contact, the newest first. */
export function findVersionsFor(tx: Tx, actor: Contact, narrowings: readonly Narrowing[], now: Date, id: PackageId): Promise<VersionForContact[]> {
  return listOpenable(tx, actor, narrowings, now, sql`v.package_id = ${id} order by v.version desc`)
}

/** Versions of several packages that can be open to the contact. */
export function findVersionsOfEach(
  tx: Tx,
  actor: Contact,
  narrowings: readonly Narrowing[],
  now: Date,
  ids: readonly PackageId[],
): Promise<VersionForContact[]> {
  return listOpenable(tx, actor, narrowings, now, sql`v.package_id = any(${[...ids]}::uuid[])`)
}

export async function insertPackage(tx: Tx, { id, operator, by, at }: { id: PackageId; operator: OperatorId; by: PersonId; at: Date }): Promise<void> {
  await tx.db.insertInto('package').values({ id, operator_id: operator, created_by: by, created_at: at }).execute()
}

/** What a version says, as columns. */
export interface ContentColumns extends CveColumns {
  readonly content_object: ObjectId
  readonly content_hash: Buffer
  readonly product_tags: Buffer[]
  readonly summary: Buffer
}

export async function insertVersion(
  tx: Tx,
  { package: id, version }: VersionKey,
  values: ContentColumns & { operator: OperatorId; contributors: readonly PersonId[]; source: { object: ObjectId; sealed: Buffer } | undefined; at: Date },
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
      source_object: source?.object ?? null,
      source: source?.sealed ?? null,
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
  readonly approval_id?: ApprovalId | null
  readonly release_id?: ReleaseId | null
  readonly scheduled_by?: PersonId | null
  readonly scheduled_at?: Date | null
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

/** The name of an operator whose packages the actor can know. */
export async function operatorNameOf(tx: Tx, operator: OperatorId): Promise<string> {
  const { name } = await tx.db.selectFrom('operator').select('name').where('id', '=', operator).executeTakeFirstOrThrow()
  return name
}
