import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'
import type { ApplicantKind, CriteriaSet, Criterion } from '#program/membership/criteria/criterion.ts'
import { DEFAULT_SETS } from '#program/membership/criteria/presets.ts'

export type CriteriaSetId = Id<'criteria-set'>

export const criteriaSetRow = binder('criteria_set', [
  'operator_id',
  'name',
  'version',
  'kind',
  'preset',
  'criteria',
  'proposed_by',
  'proposed_at',
  'adopted_by',
  'adopted_at',
])

/** A criterion as `jsonb` keeps it: what is missing is null. */
export type StoredCriterion = Omit<Criterion, 'alternative' | 'threshold'> & {
  readonly alternative: Criterion['id'] | null
  readonly threshold: number | null
}

export interface StoredSet {
  readonly id: CriteriaSetId
  readonly operator_id: OperatorId
  readonly name: string
  readonly version: number
  readonly kind: ApplicantKind
  readonly criteria: readonly StoredCriterion[]
  readonly proposed_by: PersonId
  readonly proposer_name: string
  readonly proposed_at: Date
  readonly adopted_by: PersonId | null
  readonly adopter_name: string | null
  readonly adopted_at: Date | null
}

const select = sql`select s.id, s.operator_id, s.name, s.version, s.kind, s.criteria, s.proposed_by, p.name as proposer_name, s.proposed_at,
    s.adopted_by, a.name as adopter_name, s.adopted_at
  from criteria_set s join person p on p.id = s.proposed_by left join person a on a.id = s.adopted_by`

/** Proposed sets of an operator, the newest first. */
export async function listSets(tx: Tx, operator: OperatorId, limit: number): Promise<StoredSet[]> {
  const { rows } = await sql<StoredSet>`${select} where s.operator_id = ${operator} order by s.id desc limit ${limit}`.execute(tx.db)
  return rows
}

/** A proposed set of an operator; nobody else changes it until the transaction ends. */
export async function lockSet(tx: Tx, operator: OperatorId, id: CriteriaSetId): Promise<StoredSet | undefined> {
  await sql`select 1 from criteria_set where id = ${id}::uuid for no key update`.execute(tx.db)
  return findSet(tx, operator, id)
}

export async function findSet(tx: Tx, operator: OperatorId, id: CriteriaSetId): Promise<StoredSet | undefined> {
  const { rows } = await sql<StoredSet>`${select} where s.operator_id = ${operator} and s.id = ${id}::uuid`.execute(tx.db)
  return rows[0]
}

/** The set in force with an operator for a kind of applicant: the one adopted last, otherwise the one that ships with Vedette. */
export async function setInForce(tx: Tx, operator: OperatorId, kind: ApplicantKind): Promise<CriteriaSet> {
  const row = await tx.asSystem((db) =>
    db
      .selectFrom('criteria_set')
      .select(['name', 'version', 'criteria'])
      .where('operator_id', '=', operator)
      .where('kind', '=', kind)
      .where('adopted_at', 'is not', null)
      .orderBy('adopted_at', 'desc')
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst(),
  )
  return row ? toSet({ id: `${row.name}@${row.version}`, kind, criteria: row.criteria as unknown as StoredCriterion[] }) : DEFAULT_SETS[kind]
}

/** The set as the pure core takes it. */
export function toSet({ id, kind, criteria }: { id: string; kind: ApplicantKind; criteria: readonly StoredCriterion[] }): CriteriaSet {
  return { id, kind, criteria: criteria.map((one) => ({ ...one, alternative: one.alternative ?? undefined, threshold: one.threshold ?? undefined })) }
}

/** Criteria as `jsonb` keeps them. */
export function toStored(criteria: readonly Criterion[]): StoredCriterion[] {
  return criteria.map((one) => ({ ...one, alternative: one.alternative ?? null, threshold: one.threshold ?? null }))
}

/** Lets one transaction after the other propose sets of an operator, and says which versions of a name there are. */
export async function lastVersion(tx: Tx, operator: OperatorId, name: string): Promise<number> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`criteria sets of ${operator}`}, 0))`.execute(tx.db)
  const { rows } = await sql<{ last: number | null }>`select max(version) as last from criteria_set
    where operator_id = ${operator} and name = ${name}`.execute(tx.db)
  return rows[0]?.last ?? 0
}

export async function insertSet(
  tx: Tx,
  set: {
    readonly id: CriteriaSetId
    readonly operator: OperatorId
    readonly name: string
    readonly version: number
    readonly kind: ApplicantKind
    readonly preset: boolean
    readonly criteria: readonly StoredCriterion[]
    readonly by: PersonId
    readonly at: Date
  },
): Promise<void> {
  const { operator, by, at, criteria, ...values } = set
  await tx.db
    .insertInto('criteria_set')
    .values({ ...values, operator_id: operator, criteria: JSON.stringify(criteria), proposed_by: by, proposed_at: at })
    .execute()
}

export async function setAdopted(tx: Tx, id: CriteriaSetId, by: PersonId, at: Date): Promise<void> {
  await tx.db.updateTable('criteria_set').set({ adopted_by: by, adopted_at: at }).where('id', '=', id).execute()
}

export interface MemberOfKind {
  readonly id: OrganisationId
  readonly name: string
  readonly created_at: Date
  readonly until: Date | null
  readonly under: string | null
}

/**
 * Members of a kind whose renewal is still to come under the set that is then in force: not terminated, and without a renewal
 * that is under review already. By name, from after `after` on.
 */
export async function listMembersOfKind(
  tx: Tx,
  operator: OperatorId,
  kind: ApplicantKind,
  limit: number,
  after: { readonly name: string; readonly id: string } | undefined,
): Promise<MemberOfKind[]> {
  const { rows } = await sql<MemberOfKind>`select o.id, o.name, m.created_at, m.until,
      (select a.set_id from application a where a.operator_id = m.operator_id and a.state = 'admitted'
        and coalesce(a.organisation_id, a.member_id) = o.id order by a.decided_at desc, a.id desc limit 1) as under
    from membership m join organisation o on o.id = m.organisation_id
    where m.operator_id = ${operator} and m.state <> 'terminated' and o.kind = ${kind}
      and not exists (select from application a where a.organisation_id = o.id and a.operator_id = m.operator_id and a.state in ('in-review', 'clarifying'))
      and (${after === undefined} or (o.name, o.id) > (${after?.name ?? ''}, ${after?.id ?? '00000000-0000-0000-0000-000000000000'}::uuid))
    order by o.name, o.id limit ${limit}`.execute(tx.db)
  return rows
}
