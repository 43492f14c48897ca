import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'
import type { CONTACT_FUNCTIONS } from '#program/membership/contacts/contract.ts'

export const functionRow = binder('contact_function', ['organisation_id', 'functions', 'set_at'])
export const addressRow = binder('organisation_address', ['address', 'set_by', 'set_at'])

export type ContactFunction = (typeof CONTACT_FUNCTIONS)[number]

export interface ContactRow {
  readonly id: PersonId
  readonly name: string
  readonly email: string | null
  readonly roles: string[]
  readonly functions: ContactFunction[]
  readonly created_at: Date
  readonly disabled_at: Date | null
  readonly bounced_at: Date | null
  /** When the person was last there, by whatever way they signed in. */
  readonly last_seen_at: Date | null
}

/**
 * Whether somebody of the organisation can be written to: a contact who is not disabled, with an address that has not bounced, who has
 * been there or taken a mail before: an address that somebody typed in reaches nobody yet (program.md, E31).
 */
export async function isReachable(tx: Tx, organisation: OrganisationId): Promise<boolean> {
  return tx.asSystem(async (db) => {
    const row = await db
      .selectFrom('person')
      .select('id')
      .where('organisation_id', '=', organisation)
      .where('disabled_at', 'is', null)
      .where('bounced_at', 'is', null)
      .where('email', 'is not', null)
      .where('reached_at', 'is not', null)
      .limit(1)
      .executeTakeFirst()
    return row !== undefined
  })
}

/** The organisation of a contact, once for each operator that it is an active or paused member of. */
export async function membersOf(tx: Tx, person: string): Promise<{ organisation: OrganisationId; name: string; operator: OperatorId }[]> {
  const { rows } = await sql<{
    organisation: OrganisationId
    name: string
    operator: OperatorId
  }>`select g.id as organisation, g.name, m.operator_id as operator
    from person p join organisation g on g.id = p.organisation_id join membership m on m.organisation_id = g.id
    where p.id = ${person} and m.state in ('active', 'paused') order by m.operator_id`.execute(tx.db)
  return rows
}

/** The contacts of an organisation, those who left last. Crosses rows of other people: the caller has made sure that its actor may see them. */
export async function listContacts(tx: Tx, organisation: OrganisationId): Promise<ContactRow[]> {
  return tx.asSystem(async (db) => {
    const { rows } = await sql<ContactRow>`select p.id, p.name, p.email, p.created_at, p.disabled_at, p.bounced_at,
        array(select replace(g.role, 'contact:', '') from role_grant g where g.person_id = p.id and g.role like 'contact:%' order by g.role) as roles,
        coalesce(f.functions, '{}') as functions,
        greatest((select max(s.last_seen_at) from session s where s.person_id = p.id), (select max(coalesce(k.last_used_at, k.created_at)) from passkey k
          where k.person_id = p.id)) as last_seen_at
      from person p left join contact_function f on f.person_id = p.id
      where p.organisation_id = ${organisation} order by p.disabled_at is not null, p.name, p.id`.execute(db)
    return rows
  })
}

/** An organisation that the transaction's actor can see, with its role address. */
export async function findOrganisation(tx: Tx, id: string): Promise<{ id: OrganisationId; name: string; address: string | null } | undefined> {
  const row = await tx.db
    .selectFrom('organisation')
    .leftJoin('organisation_address', 'organisation_address.organisation_id', 'organisation.id')
    .select(['organisation.id', 'organisation.name', 'organisation_address.address'])
    .where('organisation.id', '=', id)
    .executeTakeFirst()
  return row && { ...row, id: row.id as OrganisationId }
}

/** Whether the organisation is a member of the operator, ended memberships left out. */
export async function isMember(tx: Tx, organisation: OrganisationId, operator: OperatorId): Promise<boolean> {
  const row = await tx.db
    .selectFrom('membership')
    .select('state')
    .where('organisation_id', '=', organisation)
    .where('operator_id', '=', operator)
    .where('state', '<>', 'terminated')
    .executeTakeFirst()
  return row !== undefined
}

/** Writes what a contact stands for; whoever was accountable before no longer is. Returns everybody whose row was written. */
export async function setFunctions(
  tx: Tx,
  { person, organisation, functions, at }: { person: PersonId; organisation: OrganisationId; functions: readonly ContactFunction[]; at: Date },
): Promise<PersonId[]> {
  return tx.asSystem(async (db) => {
    const before = functions.includes('accountable')
      ? (
          await sql<{ id: PersonId }>`update contact_function set functions = array_remove(functions, 'accountable'), set_at = ${at}
            where organisation_id = ${organisation} and person_id <> ${person} and 'accountable' = any(functions) returning person_id as id`.execute(db)
        ).rows
      : []
    await db
      .insertInto('contact_function')
      .values({ person_id: person, organisation_id: organisation, functions: [...functions], set_at: at })
      .onConflict((conflict) => conflict.column('person_id').doUpdateSet({ functions: [...functions], set_at: at }))
      .execute()
    return [person, ...before.map(({ id }) => id)]
  })
}

export async function setAddress(
  tx: Tx,
  { organisation, address, by, at }: { organisation: OrganisationId; address: string; by: PersonId; at: Date },
): Promise<void> {
  await tx.db
    .insertInto('organisation_address')
    .values({ organisation_id: organisation, address, set_by: by, set_at: at })
    .onConflict((conflict) => conflict.column('organisation_id').doUpdateSet({ address, set_by: by, set_at: at }))
    .execute()
}
