import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'
import type { EndId } from '#program/embargo/end-store.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import { selectVersions, type StoredVersion } from '#program/packages/store.ts'

const toldRowOf = binder('embargo_told', ['operator_id', 'told_at', 'mailed_at'])
export const toldRow = ({ end, what, person }: ToldPerson) => toldRowOf({ end_id: end, what, person_id: person })

export interface Told {
  readonly end: EndId
  readonly what: 'ended' | 'stands-again'
}
interface ToldPerson extends Told {
  readonly person: PersonId
}

/** Organisations that received anything of a version that names one of the vulnerabilities, with the people who did and are still there. */
export async function listHolders(
  tx: Tx,
  operator: OperatorId,
  tags: readonly Buffer[],
): Promise<{ readonly organisation: OrganisationId; readonly people: readonly PersonId[] }[]> {
  const { rows } = await tx.asSystem((db) =>
    sql<{ organisation: OrganisationId; people: PersonId[] }>`select t.organisation_id as organisation,
        coalesce(array_agg(distinct t.person_id) filter (where p.disabled_at is null and p.organisation_id = t.organisation_id), '{}') as people
      from receipt t join package_version v on v.package_id = t.package_id and v.version = t.version join person p on p.id = t.person_id
      where v.operator_id = ${operator} and v.cve_tags && ${[...tags]}::bytea[] group by t.organisation_id order by t.organisation_id`.execute(db),
  )
  return rows
}

/** Versions of packages that are on a release and name one of the vulnerabilities. */
export async function listOpenVersions(
  tx: Tx,
  operator: OperatorId,
  packages: readonly PackageId[],
  tags: readonly Buffer[],
): Promise<(StoredVersion & { readonly product_tags: readonly Buffer[] })[]> {
  if (packages.length === 0) return []
  const { rows } = await sql<StoredVersion & { product_tags: Buffer[] }>`select * from (${selectVersions}
      where v.operator_id = ${operator} and v.package_id = any(${[...packages]}::uuid[]) and v.cve_tags && ${[...tags]}::bytea[]
        and v.state in ('scheduled', 'released', 'withdrawn')) s
    join lateral (select product_tags from package_version p where p.package_id = s.package_id and p.version = s.version) t on true`.execute(tx.db)
  return rows
}

/** Who was told that one of the ends is in force. */
export async function listTold(tx: Tx, operator: OperatorId, ends: readonly EndId[]): Promise<PersonId[]> {
  const { rows } = await sql<{ id: PersonId }>`select distinct person_id as id from embargo_told
    where operator_id = ${operator} and end_id = any(${[...ends]}::uuid[]) and what = 'ended'`.execute(tx.db)
  return rows.map(({ id }) => id)
}

/** Writes down who is told; returns those who were not told of it before. */
export async function insertTold(
  tx: Tx,
  { end, what, operator, people, at }: Told & { operator: OperatorId; people: readonly PersonId[]; at: Date },
): Promise<PersonId[]> {
  if (people.length === 0) return []
  const { rows } = await sql<{ id: PersonId }>`insert into embargo_told (end_id, what, person_id, operator_id, told_at)
    select ${end}, ${what}, t.id, ${operator}, ${at} from unnest(${[...people]}::uuid[]) as t(id)
    on conflict do nothing returning person_id as id`.execute(tx.db)
  return rows.map(({ id }) => id)
}

/** Some of those to whom no mail was written yet; nobody else takes them until the transaction ends. */
export async function lockUnmailed(
  tx: Tx,
  { end, what }: Told,
  limit: number,
): Promise<{ readonly person: PersonId; readonly email: string | null; readonly operator: OperatorId; readonly at: Date }[]> {
  const { rows } = await sql<{ person: PersonId; email: string | null; operator: OperatorId; at: Date }>`select t.person_id as person, p.email,
      t.operator_id as operator, t.told_at as at
    from embargo_told t join person p on p.id = t.person_id
    where t.end_id = ${end} and t.what = ${what} and t.mailed_at is null order by t.person_id limit ${limit} for update of t skip locked`.execute(tx.db)
  return rows
}

export async function setMailed(tx: Tx, { end, what }: Told, people: readonly PersonId[], at: Date): Promise<void> {
  await sql`update embargo_told set mailed_at = ${at} where end_id = ${end} and what = ${what} and person_id = any(${[...people]}::uuid[])`.execute(tx.db)
}

/** How many were told of each end, and to how many of them a mail was written. */
export async function countTold(tx: Tx, ends: readonly EndId[]): Promise<Map<EndId, { people: number; mailed: number }>> {
  const { rows } = await sql<{ end: EndId; people: number; mailed: number }>`select end_id as end, count(distinct person_id)::int as people,
      (count(distinct person_id) filter (where mailed_at is not null))::int as mailed
    from embargo_told where end_id = any(${[...ends]}::uuid[]) and what = 'ended' group by end_id`.execute(tx.db)
  return new Map(rows.map(({ end, ...counts }) => [end, counts]))
}
