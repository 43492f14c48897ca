import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId, PersonId } from '#platform/ids.ts'
import { NO_CLEARANCE, type Clearance } from '#program/membership/contacts/clearance.ts'

export type ClearanceChangeId = Id<'clearance-change'>

export const clearanceChangeRow = binder('clearance_change', [
  'person_id',
  'operator_id',
  'products',
  'proof_of_concept',
  'jurisdiction',
  'proposed_by',
  'proposed_at',
  'expires_at',
  'approved_by',
  'approved_at',
  'closed_at',
])

export interface StoredClearance extends Clearance {
  readonly person: PersonId
  readonly operator: OperatorId
  readonly operatorName: string
  readonly since: Date
}

/** Clearances of these people with one operator, or with every one; crosses rows of other people, so authorise first. */
export async function listClearances(tx: Tx, people: readonly PersonId[], operator: OperatorId | undefined): Promise<StoredClearance[]> {
  return tx.asSystem(async (db) => {
    const { rows } = await sql<StoredClearance>`select c.person_id as person, c.operator_id as operator, o.name as "operatorName", c.products,
        c.proof_of_concept as "proofOfConcept", c.jurisdiction, c.granted_at as since
      from clearance c join operator o on o.id = c.operator_id
      where c.person_id = any(${people}::uuid[]) and (${operator ?? null}::uuid is null or c.operator_id = ${operator ?? null}) order by o.name, c.operator_id`.execute(
      db,
    )
    return rows
  })
}

/** What a person may know of an operator's packages now; nobody else changes it until the transaction ends. */
export async function lockClearance(tx: Tx, person: PersonId, operator: OperatorId): Promise<Clearance> {
  return tx.asSystem(async (db) => {
    const { rows } = await sql<Clearance>`select products, proof_of_concept as "proofOfConcept", jurisdiction from clearance
      where person_id = ${person} and operator_id = ${operator} for no key update`.execute(db)
    return rows[0] ?? NO_CLEARANCE
  })
}

/** Writes a clearance; the database keeps the one before. */
export async function writeClearance(
  tx: Tx,
  person: PersonId,
  operator: OperatorId,
  { products, proofOfConcept, jurisdiction }: Clearance,
  at: Date,
): Promise<void> {
  const columns = { products: [...products], proof_of_concept: proofOfConcept, jurisdiction, granted_at: at }
  await tx.asSystem((db) =>
    db
      .insertInto('clearance')
      .values({ person_id: person, operator_id: operator, ...columns })
      .onConflict((conflict) => conflict.columns(['person_id', 'operator_id']).doUpdateSet(columns))
      .execute(),
  )
}

/** Operators with whom a person is cleared for anything. */
export async function clearedOperators(tx: Tx, person: PersonId): Promise<OperatorId[]> {
  const rows = await tx.asSystem((db) => db.selectFrom('clearance').select('operator_id').where('person_id', '=', person).orderBy('operator_id').execute())
  return rows.map(({ operator_id }) => operator_id as OperatorId)
}

/** A wider clearance that waits for the second officer. */
export interface ClearanceChange extends Clearance {
  readonly id: ClearanceChangeId
  readonly person_id: PersonId
  readonly person_name: string
  readonly organisation: { readonly id: string; readonly name: string }
  readonly operator_id: OperatorId
  readonly present: Clearance
  readonly proposed_by: PersonId
  readonly proposer_name: string
  readonly proposed_at: Date
  readonly expires_at: Date
  readonly approved_by: PersonId | null
  readonly approver_name: string | null
  readonly approved_at: Date | null
  readonly closed_at: Date | null
}

const select = sql`select c.id, c.person_id, p.name as person_name, json_build_object('id', g.id, 'name', g.name) as organisation, c.operator_id, c.products,
    c.proof_of_concept as "proofOfConcept", c.jurisdiction, c.proposed_by, o.name as proposer_name, c.proposed_at, c.expires_at, c.approved_by,
    a.name as approver_name, c.approved_at, c.closed_at,
    json_build_object('products', coalesce(n.products, '{}'), 'proofOfConcept', coalesce(n.proof_of_concept, false), 'jurisdiction', n.jurisdiction) as present
  from clearance_change c join person p on p.id = c.person_id join organisation g on g.id = p.organisation_id join person o on o.id = c.proposed_by
    left join person a on a.id = c.approved_by left join clearance n on n.person_id = c.person_id and n.operator_id = c.operator_id`

/** The operator's proposed clearances, the newest first, from after `before` on. */
export async function listClearanceChanges(tx: Tx, limit: number, before: string | undefined): Promise<ClearanceChange[]> {
  const { rows } = await sql<ClearanceChange>`${select} where c.id < ${before ?? 'ffffffff-ffff-ffff-ffff-ffffffffffff'}::uuid
    order by c.id desc limit ${limit}`.execute(tx.db)
  return rows
}

export async function findClearanceChange(tx: Tx, id: string): Promise<ClearanceChange | undefined> {
  const { rows } = await sql<ClearanceChange>`${select} where c.id = ${id}::uuid`.execute(tx.db)
  return rows[0]
}

/** The same; nobody else changes it until the transaction ends. */
export async function lockClearanceChange(tx: Tx, id: string): Promise<ClearanceChange | undefined> {
  await sql`select 1 from clearance_change where id = ${id}::uuid for no key update`.execute(tx.db)
  return findClearanceChange(tx, id)
}

interface NewChange extends Clearance {
  readonly id: ClearanceChangeId
  readonly person: PersonId
  readonly operator: OperatorId
  readonly by: PersonId
  readonly at: Date
  readonly expiresAt: Date
}

export async function insertClearanceChange(tx: Tx, change: NewChange): Promise<void> {
  const { id, person, operator, products, proofOfConcept, jurisdiction, by, at, expiresAt } = change
  const wanted = { products: [...products], proof_of_concept: proofOfConcept, jurisdiction }
  await tx.db
    .insertInto('clearance_change')
    .values({ id, person_id: person, operator_id: operator, ...wanted, proposed_by: by, proposed_at: at, expires_at: expiresAt })
    .execute()
}

export async function setClearanceChangeApproved(tx: Tx, id: ClearanceChangeId, by: PersonId, at: Date): Promise<void> {
  await tx.db.updateTable('clearance_change').set({ approved_by: by, approved_at: at }).where('id', '=', id).execute()
}

export async function setClearanceChangeClosed(tx: Tx, id: ClearanceChangeId, at: Date): Promise<void> {
  await tx.db.updateTable('clearance_change').set({ closed_at: at }).where('id', '=', id).execute()
}

/** Closes what waits for a person, with one operator or with every one, and only what waited too long if so asked; returns the ids. */
export async function closeClearanceChangesOf(
  tx: Tx,
  person: PersonId,
  at: Date,
  { operator, expired = false }: { operator?: OperatorId; expired?: boolean } = {},
): Promise<string[]> {
  const rows = await tx.asSystem((db) =>
    db
      .updateTable('clearance_change')
      .set({ closed_at: at })
      .where('person_id', '=', person)
      .where('approved_at', 'is', null)
      .where('closed_at', 'is', null)
      .$if(operator !== undefined, (query) => query.where('operator_id', '=', operator!))
      .$if(expired, (query) => query.where('expires_at', '<=', at))
      .returning('id')
      .execute(),
  )
  return rows.map(({ id }) => id)
}

export async function isClearanceChangeWaiting(tx: Tx, person: PersonId, operator: OperatorId): Promise<boolean> {
  const row = await tx.db
    .selectFrom('clearance_change')
    .select('id')
    .where('person_id', '=', person)
    .where('operator_id', '=', operator)
    .where('approved_at', 'is', null)
    .where('closed_at', 'is', null)
    .executeTakeFirst()
  return row !== undefined
}
