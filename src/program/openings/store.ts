import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'
import type { OpeningTier } from '#program/openings/contract.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import type { ReleaseId } from '#program/releases/store.ts'

export const openingRow = binder('opening', ['operator_id', 'opened_at', 'recorded_at', 'told'])

/** A version that meets a window which has opened, and that nobody has been told of by that window. */
export interface Due {
  readonly release: ReleaseId
  readonly tier: OpeningTier
  readonly opensAt: Date
  readonly package: PackageId
  readonly version: number
}

/** A version that is scheduled while its release happens is still seen for so long after. */
const GRACE = sql`interval '1 hour'`
const WINDOWS = sql`lateral (values ('validate', r.validate_at), ('advance', r.advance_at), ('entry', r.entry_at), ('release', r.instant)) w (tier, opens_at)`

const due = (now: Date) => sql`from release r cross join ${WINDOWS} join package_version v on v.release_id = r.id
  where r.withdrawn_at is null and r.validate_at <= ${now} and w.opens_at <= ${now} and v.state in ('scheduled', 'released', 'withdrawn')
    and (r.instant > ${now}::timestamptz - ${GRACE} or not exists (select from opening o where o.release_id = r.id and o.tier = 'release'))
    and not exists (select from opening_version x where x.package_id = v.package_id and x.version = v.version and x.release_id = r.id and x.tier = w.tier)`

/** Operators with whom something has opened that is not recorded. */
export async function listOperatorsDue(tx: Tx, now: Date): Promise<OperatorId[]> {
  const { rows } = await sql<{ operator: OperatorId }>`select distinct r.operator_id as operator ${due(now)} order by 1`.execute(tx.db)
  return rows.map(({ operator }) => operator)
}

/** Everything of an operator that has opened and is not recorded, in the order of its opening. */
export async function listDue(tx: Tx, operator: OperatorId, now: Date): Promise<Due[]> {
  const { rows } = await sql<Due>`select r.id as release, w.tier, w.opens_at as "opensAt", v.package_id as package, v.version ${due(now)}
    and r.operator_id = ${operator} order by w.opens_at, r.id, w.tier, v.package_id, v.version`.execute(tx.db)
  return rows
}

/** One at a time records the openings of an operator; the others wait until it has committed, and then find them recorded. */
export async function holdOpenings(tx: Tx, operator: OperatorId): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('opening/' || ${operator}::text, 0))`.execute(tx.db)
}

export interface Opening {
  readonly release: ReleaseId
  readonly tier: OpeningTier
  readonly operator: OperatorId
  readonly openedAt: Date
  readonly recordedAt: Date
  readonly told: number
}

/** Records an opening; false when it was recorded before. */
export async function insertOpening(tx: Tx, { release, tier, operator, openedAt, recordedAt, told }: Opening): Promise<boolean> {
  const rows = await tx.db
    .insertInto('opening')
    .values({ release_id: release, tier, operator_id: operator, opened_at: openedAt, recorded_at: recordedAt, told })
    .onConflict((conflict) => conflict.doNothing())
    .returning('tier')
    .execute()
  return rows.length > 0
}

/** Records that a version met a window, and who was told of it for the first time. */
export async function insertTold(
  tx: Tx,
  operator: OperatorId,
  at: Date,
  rows: readonly (Omit<Due, 'opensAt'> & { readonly people: readonly PersonId[] })[],
): Promise<void> {
  for (const { release, tier, package: id, version, people } of rows)
    await tx.db
      .insertInto('opening_version')
      .values({ release_id: release, tier, package_id: id, version, operator_id: operator, told_at: at, people: [...people] })
      .execute()
}

/** Who has been told of these versions, by `package/version`. */
export async function listTold(tx: Tx, packages: readonly PackageId[]): Promise<Map<string, Set<PersonId>>> {
  const { rows } = await sql<{ package: PackageId; version: number; people: PersonId[] }>`select package_id as package, version, people from opening_version
    where package_id = any(${packages}::uuid[]) and people <> '{}'`.execute(tx.db)
  const told = new Map<string, Set<PersonId>>()
  for (const { package: id, version, people } of rows) {
    const known = told.get(`${id}/${version}`) ?? new Set()
    told.set(`${id}/${version}`, known)
    for (const person of people) known.add(person)
  }
  return told
}

export interface ListedOpening extends Opening {
  readonly packages: number
}

/** The newest openings of an operator. */
export async function listOpenings(tx: Tx, operator: OperatorId, limit: number): Promise<ListedOpening[]> {
  const { rows } = await sql<ListedOpening>`select o.release_id as release, o.tier, o.operator_id as operator, o.opened_at as "openedAt",
      o.recorded_at as "recordedAt",
      (select count(distinct x.package_id) from opening_version x where x.release_id = o.release_id and x.tier = o.tier) as packages,
      (select count(distinct person) from opening_version x, unnest(x.people) person where x.release_id = o.release_id and x.tier = o.tier) as told
    from opening o where o.operator_id = ${operator} order by o.opened_at desc, o.release_id, o.tier limit ${limit}`.execute(tx.db)
  return rows
}

export interface ToldPerson {
  readonly id: PersonId
  readonly name: string
  readonly organisation: OrganisationId | null
  readonly organisation_name: string | null
  readonly told_at: Date
}

/** Who was told by an opening of the operator, and when first; undefined when it has none such. */
export async function listToldBy(tx: Tx, operator: OperatorId, release: ReleaseId, tier: OpeningTier): Promise<ToldPerson[] | undefined> {
  const opening = await tx.db
    .selectFrom('opening')
    .select('tier')
    .where('release_id', '=', release)
    .where('tier', '=', tier)
    .where('operator_id', '=', operator)
    .executeTakeFirst()
  if (!opening) return undefined
  // Whom the operator told stays known to it, also once they are no longer its to see.
  return tx.asSystem(async (db) => {
    const { rows } = await sql<ToldPerson>`select p.id, p.name, g.id as organisation, g.name as organisation_name, min(x.told_at) as told_at
      from opening_version x cross join unnest(x.people) t (person) join person p on p.id = t.person left join organisation g on g.id = p.organisation_id
      where x.release_id = ${release} and x.tier = ${tier} and x.operator_id = ${operator}
      group by p.id, p.name, g.id, g.name order by g.name, p.name, p.id`.execute(db)
    return rows
  })
}

export async function nameOfOperator(tx: Tx, operator: OperatorId): Promise<string> {
  const { name } = await tx.db.selectFrom('operator').select('name').where('id', '=', operator).executeTakeFirstOrThrow()
  return name
}
