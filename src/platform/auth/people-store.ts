import { sql, type Transaction } from 'kysely'
import { binder, type Binding } from '#platform/audit/audit.ts'
import { CONTACT_ROLES, OPERATOR_ROLES, type OperatorRole, type PersonActor } from '#platform/auth/actor.ts'
import type { Person, Role, Side } from '#platform/auth/person.ts'
import type { Tx } from '#platform/db/database.ts'
import type { DB } from '#platform/db/types.ts'
import type { OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'

export const personRow = binder('person', ['operator_id', 'organisation_id', 'name', 'email', 'created_at', 'disabled_at'])
export const operatorRow = binder('operator', ['name', 'created_at'])
const roleGrantRow = binder('role_grant', ['granted_at'])

/** Every role that the person holds or lacks: a leaf fixes both, so that a role slipped in later is found like one taken out. */
export function roleRows(person: PersonId, side: Side['kind']): Binding[] {
  const roles: readonly Role[] = side === 'operator' ? OPERATOR_ROLES : CONTACT_ROLES
  return roles.map((role) => roleGrantRow({ person_id: person, role: `${side}:${role}` }))
}

interface PersonRow {
  id: PersonId
  name: string
  email: string | null
  operator_id: OperatorId | null
  organisation_id: OrganisationId | null
  side_name: string
  operators: OperatorId[]
  roles: string[]
  passkeys: number
  was_active: boolean
  created_at: Date
  disabled_at: Date | null
}

/** Accounts in full, by id. Passkeys and other operators' memberships are not the reader's own rows: choose the ids by what the reader may see first. */
async function selectPeople(db: Transaction<DB>, ids: readonly string[]): Promise<Person[]> {
  if (ids.length === 0) return []
  const { rows } = await sql<PersonRow>`select p.id, p.name, p.email, p.operator_id, p.organisation_id, coalesce(op.name, o.name) as side_name,
      array(select m.operator_id from membership m where m.organisation_id = p.organisation_id and m.state <> 'terminated'
        order by m.created_at, m.operator_id) as operators,
      array(select g.role from role_grant g where g.person_id = p.id order by g.role) as roles,
      (select count(*) from passkey k where k.person_id = p.id and k.revoked_at is null) as passkeys,
      exists (select from passkey k where k.person_id = p.id) or exists (select from session s where s.person_id = p.id)
        or exists (select from api_token t where t.person_id = p.id)
        or exists (select from sign_in_link l where l.person_id = p.id and l.used_at is not null) as was_active,
      p.created_at, p.disabled_at
    from person p left join operator op on op.id = p.operator_id left join organisation o on o.id = p.organisation_id
    where p.id = any(${ids}::uuid[])`.execute(db)
  const found = new Map(rows.map((row) => [row.id as string, toPerson(row)]))
  return ids.flatMap((id) => found.get(id) ?? [])
}

function toPerson(row: PersonRow): Person {
  const side: Side =
    row.operator_id !== null
      ? { kind: 'operator', operator: row.operator_id }
      : { kind: 'contact', organisation: row.organisation_id!, operators: row.operators }
  return {
    id: row.id,
    name: row.name,
    email: row.email,
    side,
    sideName: row.side_name,
    roles: row.roles.map((role) => role.slice(role.indexOf(':') + 1) as Role),
    passkeys: row.passkeys,
    wasActive: row.was_active,
    createdAt: row.created_at,
    disabledAt: row.disabled_at,
  }
}

/** A person whom the transaction's actor can see, or undefined. */
export async function findPerson(tx: Tx, id: string): Promise<Person | undefined> {
  const row = await tx.db.selectFrom('person').select('id').where('id', '=', id).executeTakeFirst()
  return row && (await tx.asSystem((db) => selectPeople(db, [row.id])))[0]
}

/** The same, and nobody else changes the accounts of that side until the transaction ends. */
export async function lockPerson(tx: Tx, id: string): Promise<Person | undefined> {
  const seen = await findPerson(tx, id)
  if (!seen) return undefined
  const { side } = seen
  const column = side.kind === 'operator' ? 'operator_id' : 'organisation_id'
  const value = side.kind === 'operator' ? side.operator : side.organisation
  await tx.db.selectFrom('person').select('id').where(column, '=', value).orderBy('id').forNoKeyUpdate().execute()
  return findPerson(tx, id)
}

/**
 * Puts in order what makes and what ends credentials of a person. Whoever makes one holds the account first and then
 * looks whether what it relies on still stands, so nothing that was being made in the same moment outlives a recovery;
 * and since one transaction holds it at a time, what is counted against a limit is counted exactly. While the operator
 * of one of them is still in one officer's hands, all its staff are held, because the second officer's coming in ends
 * what others of them have (`noteTwoOfficers`). Call it once, with every account the transaction will change: they are
 * held in the order of their ids, so that no two wait for each other.
 */
export async function holdAccount(tx: Tx, ...people: readonly PersonId[]): Promise<void> {
  await sql`select id from person where id = any(${people}::uuid[]) or operator_id in (select me.operator_id from person me
      where me.id = any(${people}::uuid[]) and not exists (select from two_officers t where t.operator_id = me.operator_id))
    order by id for no key update`.execute(tx.db)
}

/** People whom the actor may see (`maySee`), the newest first, from after `before` on. */
export async function listPeople(tx: Tx, actor: PersonActor, limit: number, before: string | undefined): Promise<Person[]> {
  const rows = await tx.db
    .selectFrom('person')
    .select('id')
    .where(actor.kind === 'contact' ? sql<boolean>`organisation_id = ${actor.organisation}` : isOfOperator(actor.operator))
    .$if(before !== undefined, (query) => query.where('id', '<', before!))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return tx.asSystem((db) =>
    selectPeople(
      db,
      rows.map(({ id }) => id),
    ),
  )
}

const isOfOperator = (operator: OperatorId) => sql<boolean>`(operator_id = ${operator} or organisation_id in (
  select m.organisation_id from membership m where m.operator_id = ${operator} and m.state <> 'terminated'))`

/** A member organisation that the transaction's actor can see, as a side. */
export async function findOrganisationSide(tx: Tx, id: OrganisationId): Promise<Side | undefined> {
  const row = await tx.db.selectFrom('organisation').select('id').where('id', '=', id).executeTakeFirst()
  if (!row) return undefined
  const operators = await tx.asSystem((db) =>
    db
      .selectFrom('membership')
      .select('operator_id')
      .where('organisation_id', '=', id)
      .where('state', '<>', 'terminated')
      .orderBy('created_at')
      .orderBy('operator_id')
      .execute(),
  )
  return { kind: 'contact', organisation: id, operators: operators.map(({ operator_id }) => operator_id as OperatorId) }
}

export async function insertPerson(
  tx: Tx,
  person: { readonly id: PersonId; readonly side: Side; readonly name: string; readonly email: string | null; readonly at: Date },
): Promise<void> {
  const { id, side, name, email, at } = person
  const belongs = side.kind === 'operator' ? { operator_id: side.operator } : { organisation_id: side.organisation }
  await tx.db
    .insertInto('person')
    .values({ id, ...belongs, name, email, created_at: at })
    .execute()
}

/** Makes the roles of a person exactly these. */
export async function replaceRoles(tx: Tx, person: PersonId, side: Side['kind'], roles: readonly Role[], at: Date): Promise<void> {
  const stored = roles.map((role) => `${side}:${role}`)
  await tx.db
    .deleteFrom('role_grant')
    .where('person_id', '=', person)
    .$if(stored.length > 0, (query) => query.where('role', 'not in', stored))
    .execute()
  if (stored.length === 0) return
  await tx.db
    .insertInto('role_grant')
    .values(stored.map((role) => ({ person_id: person, role, granted_at: at })))
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Notes that somebody was there for the first time; later times change nothing. */
export async function setReached(tx: Tx, person: PersonId, at: Date): Promise<void> {
  await tx.asSystem((db) => db.updateTable('person').set({ reached_at: at }).where('id', '=', person).where('reached_at', 'is', null).execute())
}

export async function setDisabled(tx: Tx, person: PersonId, at: Date): Promise<void> {
  await tx.db.updateTable('person').set({ disabled_at: at }).where('id', '=', person).execute()
}

/** Membership officers of an operator who are not disabled. */
export function membershipOfficers(tx: Tx, operator: OperatorId): Promise<PersonId[]> {
  return staffWith(tx, operator, 'membership-officer')
}

/** People of an operator who hold a role and are not disabled. */
export async function staffWith(tx: Tx, operator: OperatorId, role: OperatorRole): Promise<PersonId[]> {
  const rows = await tx.asSystem((db) =>
    db
      .selectFrom('person')
      .innerJoin('role_grant', 'role_grant.person_id', 'person.id')
      .select('person.id')
      .where('person.operator_id', '=', operator)
      .where('person.disabled_at', 'is', null)
      .where('role_grant.role', '=', `operator:${role}`)
      .orderBy('person.id')
      .execute(),
  )
  return rows.map(({ id }) => id as PersonId)
}

/** Admins of a member organisation who are not disabled. */
export async function adminsOf(tx: Tx, organisation: OrganisationId): Promise<PersonId[]> {
  const rows = await tx.asSystem((db) =>
    db
      .selectFrom('person')
      .innerJoin('role_grant', 'role_grant.person_id', 'person.id')
      .select('person.id')
      .where('person.organisation_id', '=', organisation)
      .where('person.disabled_at', 'is', null)
      .where('role_grant.role', '=', 'contact:admin')
      .orderBy('person.id')
      .execute(),
  )
  return rows.map(({ id }) => id as PersonId)
}

/** Operators that an organisation is a member of, terminated memberships left out. */
export async function operatorsOf(tx: Tx, organisation: OrganisationId): Promise<OperatorId[]> {
  const rows = await tx.asSystem((db) =>
    db.selectFrom('membership').select('operator_id').where('organisation_id', '=', organisation).where('state', '<>', 'terminated').execute(),
  )
  return rows.map(({ operator_id }) => operator_id as OperatorId)
}

/** The operator whose evidence acts on this account are: the person's own, or the one its organisation has been a member of longest. */
export async function evidenceOperator(tx: Tx, person: PersonId): Promise<OperatorId | undefined> {
  return tx.asSystem(async (db) => {
    const { rows } = await sql<{ operator: OperatorId | null }>`select coalesce(p.operator_id, (select m.operator_id from membership m
        where m.organisation_id = p.organisation_id order by m.state = 'terminated', m.created_at, m.operator_id limit 1)) as operator
      from person p where p.id = ${person}`.execute(db)
    return rows[0]?.operator ?? undefined
  })
}

/** Lets one transaction at a time create the first operator. True while there is none. */
export async function isFirstOperator(tx: Tx): Promise<boolean> {
  await sql`select pg_advisory_xact_lock(hashtextextended('first operator', 0))`.execute(tx.db)
  return (await tx.db.selectFrom('operator').select('id').limit(1).executeTakeFirst()) === undefined
}

export async function insertOperator(tx: Tx, id: OperatorId, name: string, at: Date): Promise<void> {
  await tx.db.insertInto('operator').values({ id, name, created_at: at }).execute()
}
