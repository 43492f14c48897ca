import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { pgArray } from '#platform/db/pg-array.ts'
import type { OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'
import type { ObjectId } from '#platform/objects/objects.ts'
import type { TlpLabel } from '#program/packages/contract.ts'
import type { StandingSet } from '#scanner/yara-sets/rules-for.ts'
import type { YaraSetId, YaraSetRow, YaraVersionRow } from '#scanner/yara-sets/yara-set.ts'

export const yaraSetRow = binder('yara_set', [
  'operator_id',
  'organisation_id',
  'sealed_name',
  'tlp',
  'enabled',
  'version',
  'changed_by',
  'changed_at',
  'deleted_by',
  'deleted_at',
])
export const yaraVersionRow = binder('yara_set_version', [
  'yara_set_id',
  'version',
  'operator_id',
  'organisation_id',
  'tlp',
  'sha256',
  'size',
  'source',
  'added_by',
  'added_at',
])

/** Whose sets the actor keeps. */
export interface Owner {
  readonly operator: OperatorId
  readonly organisation: OrganisationId | null
}

/** A set with its version in force and the names that the reader may know. */
export interface ShownYaraSet extends YaraSetRow {
  readonly sha256: string
  readonly size: number
  readonly source: ObjectId
  readonly person_name: string | null
  readonly organisation_name: string | null
  readonly operator_name: string | null
}

const shown = sql`select s.*, v.sha256, v.size, v.source, p.name as person_name, o.name as organisation_name, c.name as operator_name
  from yara_set s join yara_set_version v on v.yara_set_id = s.id and v.version = s.version
    left join person p on p.id = s.changed_by left join organisation o on o.id = s.organisation_id left join operator c on c.id = s.operator_id
  where s.deleted_at is null`

const ownedBy = ({ operator, organisation }: Owner) => sql`operator_id = ${operator}::uuid and organisation_id is not distinct from ${organisation}::uuid`

/** Sets that the row-level wall shows the reader, the newest first, from after `before` on; whether the reader may know each is `knowsSet`. */
export async function listYaraSets(tx: Tx, limit: number, before: string | undefined): Promise<ShownYaraSet[]> {
  const { rows } =
    await sql<ShownYaraSet>`${shown} and s.id < ${before ?? 'ffffffff-ffff-ffff-ffff-ffffffffffff'}::uuid order by s.id desc limit ${limit}`.execute(tx.db)
  return rows
}

export async function findYaraSet(tx: Tx, id: YaraSetId): Promise<ShownYaraSet | undefined> {
  const { rows } = await sql<ShownYaraSet>`${shown} and s.id = ${id}::uuid`.execute(tx.db)
  return rows[0]
}

/** A set of the actor's own; nobody else changes it until the transaction ends. */
export async function lockOwnSet(tx: Tx, actor: PersonActor, id: YaraSetId): Promise<YaraSetRow | undefined> {
  const own =
    actor.kind === 'operator' ? sql`operator_id = ${actor.operator}::uuid and organisation_id is null` : sql`organisation_id = ${actor.organisation}::uuid`
  const { rows } = await sql<YaraSetRow>`select * from yara_set where id = ${id}::uuid and deleted_at is null and ${own} for update`.execute(tx.db)
  return rows[0]
}

/** A set of a member of the operator's; nobody else changes it until the transaction ends. Authorise first: it crosses the wall between owners. */
export async function lockMemberSet(tx: Tx, operator: OperatorId, id: YaraSetId): Promise<YaraSetRow | undefined> {
  const { rows } = await tx.asSystem((db) =>
    sql<YaraSetRow>`select * from yara_set where id = ${id}::uuid and deleted_at is null and operator_id = ${operator}::uuid and organisation_id is not null
      for update`.execute(db),
  )
  return rows[0]
}

/** Versions of a set, the newest first. */
export async function listVersions(tx: Tx, id: YaraSetId): Promise<YaraVersionRow[]> {
  const { rows } = await sql<YaraVersionRow>`select v.version, v.tlp, v.sha256, v.size, v.source, v.added_at, p.name as person_name
    from yara_set_version v left join person p on p.id = v.added_by where v.yara_set_id = ${id}::uuid and v.source is not null order by v.version desc`.execute(
    tx.db,
  )
  return rows
}

/** How many sets an owner has, and how many bytes all their versions. */
export async function measureOwner(tx: Tx, owner: Owner): Promise<{ sets: number; bytes: number }> {
  const { rows } = await sql<{ sets: number; bytes: number }>`select
    (select count(*)::integer from yara_set where ${ownedBy(owner)} and deleted_at is null) as sets,
    (select coalesce(sum(size), 0)::integer from yara_set_version where ${ownedBy(owner)} and source is not null) as bytes`.execute(tx.db)
  return rows[0]!
}

/** Lets one transaction after the other add to an owner's sets. */
export async function takeSetTurn(tx: Tx, { operator, organisation }: Owner): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`YARA sets of ${organisation ?? ''} with ${operator}`}, 0))`.execute(tx.db)
}

export interface NewSet extends Owner {
  readonly id: YaraSetId
  readonly sealedName: Buffer
  readonly tlp: TlpLabel
  readonly person: PersonId
  readonly at: Date
}

export async function insertYaraSet(tx: Tx, { id, operator, organisation, sealedName, tlp, person, at }: NewSet): Promise<void> {
  await tx.db
    .insertInto('yara_set')
    .values({
      id,
      operator_id: operator,
      organisation_id: organisation,
      sealed_name: sealedName,
      tlp,
      enabled: true,
      version: 1,
      changed_by: person,
      changed_at: at,
    })
    .execute()
}

export interface NewVersion extends Owner {
  readonly set: YaraSetId
  readonly version: number
  readonly tlp: TlpLabel
  readonly source: { readonly id: ObjectId; readonly sha256: string; readonly size: number }
  readonly person: PersonId
  readonly at: Date
}

export async function insertVersion(tx: Tx, { set, version, operator, organisation, tlp, source, person, at }: NewVersion): Promise<void> {
  await tx.db
    .insertInto('yara_set_version')
    .values({
      yara_set_id: set,
      version,
      operator_id: operator,
      organisation_id: organisation,
      tlp,
      sha256: source.sha256,
      size: source.size,
      source: source.id,
      added_by: person,
      added_at: at,
    })
    .execute()
}

interface Change {
  readonly person: PersonId
  readonly at: Date
}

export async function setCurrent(
  tx: Tx,
  id: YaraSetId,
  { sealedName, tlp, version, person, at }: Pick<NewSet, 'sealedName' | 'tlp'> & { readonly version: number } & Change,
): Promise<void> {
  await tx.db.updateTable('yara_set').set({ sealed_name: sealedName, tlp, version, changed_by: person, changed_at: at }).where('id', '=', id).execute()
}

export async function setEnabled(db: Tx['db'], id: YaraSetId, enabled: boolean, { person, at }: Change): Promise<void> {
  await db.updateTable('yara_set').set({ enabled, changed_by: person, changed_at: at }).where('id', '=', id).execute()
}

/** Forgets what a set is called and the text of each version; that it was, its digests and who kept it stay. */
export async function markSetDeleted(tx: Tx, id: YaraSetId, { person, at }: Change): Promise<void> {
  await tx.db.updateTable('yara_set_version').set({ source: null }).where('yara_set_id', '=', id).execute()
  await tx.db
    .updateTable('yara_set')
    .set({ sealed_name: null, enabled: false, changed_by: person, changed_at: at, deleted_by: person, deleted_at: at })
    .where('id', '=', id)
    .execute()
}

/** Matches of a set are told as it is marked from now on where that is stricter: a marking is never weakened for what was found under it. */
export async function narrowMatches(tx: Tx, id: YaraSetId, looser: readonly TlpLabel[], tlp: TlpLabel): Promise<void> {
  await tx.asSystem((db) => sql`update yara_match set tlp = ${tlp} where yara_set_id = ${id}::uuid and tlp = any(${pgArray(looser)}::text[])`.execute(db))
}

/** Operators in whose exchange the organisation may read now. */
export async function listReadable(tx: Tx, organisation: OrganisationId): Promise<OperatorId[]> {
  const { rows } = await sql<{ id: OperatorId }>`select operator_id as id from membership where organisation_id = ${organisation}::uuid
    and state in ('active', 'paused') and (until is null or current_instant() < until)`.execute(tx.db)
  return rows.map(({ id }) => id)
}

/** Enabled sets of an operator and its members, for whoever scans, each with its text's object. */
export async function listStanding(tx: Tx, operator: OperatorId): Promise<(StandingSet & { readonly source: ObjectId })[]> {
  const { rows } = await sql<StandingSet & { readonly source: ObjectId }>`select s.id, s.operator_id as operator, s.organisation_id as owner, s.enabled, s.tlp,
      s.version, v.sha256, v.source, s.organisation_id is null or exists (select from membership m where m.organisation_id = s.organisation_id
        and m.operator_id = s.operator_id and m.state in ('active', 'paused') and (m.until is null or current_instant() < m.until)) as "ownerActive"
    from yara_set s join yara_set_version v on v.yara_set_id = s.id and v.version = s.version
    where s.operator_id = ${operator}::uuid and s.enabled and s.deleted_at is null`.execute(tx.db)
  return rows
}
