import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import { versionColumns, type StoredVersion } from '#program/packages/store.ts'
import type { Release } from '#program/releases/release.ts'
import { columnsOf, releaseColumns, type ReleaseColumns, type ReleaseId } from '#program/releases/store.ts'

export type MoveId = Id<'release-move'>

export const moveRow = binder('release_move', [
  'operator_id',
  'release_id',
  'whole',
  'joins',
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
  'preview',
  'withdrawn_at',
])
const packageRow = binder('release_move_package', ['operator_id'])
export const movePackageRow = (move: MoveId, id: PackageId) => packageRow({ move_id: move, package_id: id })

/** A move as one publisher proposed it, and what became of it. */
export interface StoredMove extends ReleaseColumns {
  readonly id: MoveId
  readonly operator_id: OperatorId
  readonly release_id: ReleaseId
  readonly whole: boolean
  readonly joins: ReleaseId | null
  /** Sealed. */
  readonly reason: Buffer
  readonly proposed_by: PersonId
  readonly proposer_name: string
  readonly proposed_at: Date
  readonly confirmed_by: PersonId | null
  readonly confirmer_name: string | null
  readonly confirmed_at: Date | null
  readonly withdrawn_at: Date | null
  /** Null: all of the release. */
  readonly packages: readonly PackageId[] | null
}

const select = sql`select r.id, r.operator_id, r.release_id, r.whole, r.joins, ${releaseColumns}, r.reason, r.proposed_by, p.name as proposer_name, r.proposed_at,
    r.confirmed_by, c.name as confirmer_name, r.confirmed_at, r.withdrawn_at,
    case when not r.whole then array(select k.package_id from release_move_package k where k.move_id = r.id order by k.package_id) end as packages
  from release_move r join person p on p.id = r.proposed_by left join person c on c.id = r.confirmed_by`

/** Moves of an operator that were not withdrawn, the newest first; with `cycle` those of one cycle, to it or from it. */
export async function listMoves(tx: Tx, operator: OperatorId, cycle?: ReleaseId): Promise<StoredMove[]> {
  const of = sql`select 1 from release o where coalesce(o.cycle_id, o.id) = ${cycle ?? null}::uuid`
  const { rows } = await sql<StoredMove>`${select} where r.operator_id = ${operator} and r.withdrawn_at is null
    and (${cycle ?? null}::uuid is null or exists (${of} and o.id in (r.release_id, r.joins))) order by r.id desc limit 200`.execute(tx.db)
  return rows
}

/** A move of an operator; nobody else decides on it until the transaction ends. */
export async function lockMove(tx: Tx, operator: OperatorId, id: MoveId): Promise<StoredMove | undefined> {
  await sql`select 1 from release_move where id = ${id} and operator_id = ${operator} for no key update`.execute(tx.db)
  return findMove(tx, operator, id)
}

export async function findMove(tx: Tx, operator: OperatorId, id: MoveId): Promise<StoredMove | undefined> {
  const { rows } = await sql<StoredMove>`${select} where r.id = ${id} and r.operator_id = ${operator}`.execute(tx.db)
  return rows[0]
}

interface NewMove {
  readonly id: MoveId
  readonly operator: OperatorId
  readonly release: ReleaseId
  readonly joins: ReleaseId | null
  readonly packages: readonly PackageId[] | null
  readonly to: Release
  readonly reason: Buffer
  readonly by: PersonId
  readonly at: Date
}

export async function insertMove(tx: Tx, { id, operator, release, joins, packages, to, reason, by, at }: NewMove): Promise<void> {
  const of = { id, operator_id: operator, release_id: release, whole: packages === null, joins }
  await tx.db
    .insertInto('release_move')
    .values({ ...of, ...columnsOf(to), reason, proposed_by: by, proposed_at: at })
    .execute()
  if (packages === null) return
  const rows = packages.map((one) => ({ move_id: id, package_id: one, operator_id: operator }))
  await tx.db.insertInto('release_move_package').values(rows).execute()
}

export async function setMoveConfirmed(tx: Tx, id: MoveId, { by, at, preview }: { by: PersonId; at: Date; preview: Buffer }): Promise<void> {
  await tx.db.updateTable('release_move').set({ confirmed_by: by, confirmed_at: at, preview }).where('id', '=', id).execute()
}

export async function setMoveWithdrawn(tx: Tx, id: MoveId, at: Date): Promise<void> {
  await tx.db.updateTable('release_move').set({ withdrawn_at: at }).where('id', '=', id).execute()
}

interface MovedRow {
  readonly id: ReleaseId
  readonly move: StoredMove
  readonly from: ReleaseId
  /** Whether all of the release moves with it. */
  readonly all: boolean
  /** Null: a cycle of its own. */
  readonly cycle: ReleaseId | null
  readonly release: Release
  readonly by: PersonId
  readonly at: Date
}

/** The release that another one became by a move. */
export async function insertMovedRelease(tx: Tx, { id, move, from, all, cycle, release, by, at }: MovedRow): Promise<void> {
  const decided = { proposed_by: move.proposed_by, proposed_at: move.proposed_at, confirmed_by: by, confirmed_at: at }
  const chain = { moved_from: from, move_id: move.id, moves_all: all, cycle_id: cycle }
  await tx.db
    .insertInto('release')
    .values({ id, operator_id: move.operator_id, kind: 'moved', ...columnsOf(release), ...decided, ...chain, created_at: at })
    .execute()
}

/** A version of a cycle, with what finds the contacts that its products concern. */
export interface MovableVersion extends StoredVersion {
  readonly product_tags: readonly Buffer[]
}

/**
 * Versions of a cycle whose release is still to come for them, of these packages or of all; nobody else changes them until the
 * transaction ends. They are read anew once they are held: a revision that came while this waited is one of them, and whoever puts
 * another there has to hold every version of its package first.
 */
export async function lockMovable(tx: Tx, operator: OperatorId, cycle: ReleaseId, packages: readonly PackageId[] | null): Promise<MovableVersion[]> {
  await sql`${movable(operator, cycle, packages)} for no key update of v`.execute(tx.db)
  return listMovable(tx, operator, cycle, packages)
}

/** The same, without holding them. */
export async function listMovable(tx: Tx, operator: OperatorId, cycle: ReleaseId, packages: readonly PackageId[] | null): Promise<MovableVersion[]> {
  const { rows } = await sql<MovableVersion>`${movable(operator, cycle, packages)}`.execute(tx.db)
  return rows
}

function movable(operator: OperatorId, cycle: ReleaseId, packages: readonly PackageId[] | null) {
  return sql`select ${versionColumns}, v.product_tags
    from package_version v join approval a on a.id = v.approval_id join release r on r.id = v.release_id
    where v.operator_id = ${operator} and coalesce(r.cycle_id, r.id) = ${cycle}::uuid and v.state in ('scheduled', 'superseded')
      and ${packages === null ? sql`true` : sql`v.package_id = any(${packages}::uuid[])`} order by v.package_id, v.version`
}

export interface Holder {
  readonly package_id: PackageId
  readonly version: number
  readonly organisation_id: OrganisationId
  readonly organisation_name: string
  readonly person_id: PersonId
  readonly person_name: string
}

/** Everybody who received anything of these packages' versions; members that left are named too. */
export async function listHolders(tx: Tx, operator: OperatorId, packages: readonly PackageId[]): Promise<Holder[]> {
  if (packages.length === 0) return []
  const { rows } = await tx.asSystem((db) =>
    sql<Holder>`select distinct t.package_id, t.version, t.organisation_id, o.name as organisation_name, t.person_id, p.name as person_name
      from receipt t join organisation o on o.id = t.organisation_id join person p on p.id = t.person_id
      where t.operator_id = ${operator} and t.package_id = any(${packages}::uuid[]) order by t.package_id, t.version, t.person_id`.execute(db),
  )
  return rows
}

/** Everybody of an operator's active members at an instant. */
export async function listMemberPeople(tx: Tx, operator: OperatorId, now: Date): Promise<{ person: PersonId; organisation: OrganisationId }[]> {
  const { rows } = await tx.asSystem((db) =>
    sql<{ person: PersonId; organisation: OrganisationId }>`select p.id as person, p.organisation_id as organisation
      from membership m join person p on p.organisation_id = m.organisation_id
      where m.operator_id = ${operator} and m.state = 'active' and m.created_at <= ${now} and (m.until is null or m.until > ${now})
        and p.disabled_at is null order by p.id`.execute(db),
  )
  return rows
}

/** Names of organisations of which an operator is or was told. */
export async function organisationNames(tx: Tx, ids: readonly OrganisationId[]): Promise<Map<OrganisationId, string>> {
  if (ids.length === 0) return new Map()
  const rows = await tx.asSystem((db) => db.selectFrom('organisation').select(['id', 'name']).where('id', 'in', ids).execute())
  return new Map(rows.map(({ id, name }) => [id as OrganisationId, name]))
}
