import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { ContactRole } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OrganisationId, PersonId } from '#platform/ids.ts'

export const scimUserRow = binder('scim_user', [
  'organisation_id',
  'user_name',
  'external_id',
  'given_name',
  'family_name',
  'created_at',
  'changed_at',
  'removed_at',
  'provisioned',
])

/** A contact as the member's directory sees it; whom a person invited has the mail address, or the id, for a user name. */
export interface DirectoryUser {
  readonly id: PersonId
  readonly userName: string
  readonly externalId: string | null
  readonly name: string
  readonly givenName: string | null
  readonly familyName: string | null
  readonly email: string | null
  readonly active: boolean
  readonly roles: readonly ContactRole[]
  readonly createdAt: Date
  readonly changedAt: Date
}

/** Lets one transaction at a time change the directory of an organisation. */
export async function holdDirectory(tx: Tx, organisation: OrganisationId): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`directory ${organisation}`}, 0))`.execute(tx.db)
}

/** Contacts of one organisation that its directory has not removed, the oldest first. */
export async function listDirectory(tx: Tx, organisation: OrganisationId, id?: PersonId): Promise<DirectoryUser[]> {
  const { rows } = await sql<Omit<DirectoryUser, 'roles'> & { roles: string[] }>`select p.id, coalesce(s.user_name, p.email, p.id::text) as "userName",
      s.external_id as "externalId", p.name, s.given_name as "givenName", s.family_name as "familyName", p.email, p.disabled_at is null as active,
      array(select g.role from role_grant g where g.person_id = p.id order by g.role) as roles,
      p.created_at as "createdAt", coalesce(p.disabled_at, s.changed_at, p.created_at) as "changedAt"
    from person p left join scim_user s on s.person_id = p.id
    where p.organisation_id = ${organisation} and s.removed_at is null and (${id ?? null}::uuid is null or p.id = ${id ?? null}::uuid)
    order by p.created_at, p.id`.execute(tx.db)
  return rows.map((row) => ({ ...row, roles: row.roles.map((role) => role.replace('contact:', '') as ContactRole) }))
}

export interface DirectoryEntry {
  readonly person: PersonId
  readonly organisation: OrganisationId
  readonly userName: string
  readonly externalId: string | null
  readonly givenName: string | null
  readonly familyName: string | null
  readonly at: Date
  readonly removed?: true
  /** The directory makes the account with this entry; said once, when it does. */
  readonly provisioned?: true
}

/** Writes what the directory says of a contact. */
export async function putEntry(
  tx: Tx,
  { person, organisation, userName, externalId, givenName, familyName, at, removed, provisioned }: DirectoryEntry,
): Promise<void> {
  const said = { user_name: userName, external_id: externalId, given_name: givenName, family_name: familyName, changed_at: at }
  await tx.db
    .insertInto('scim_user')
    .values({ person_id: person, organisation_id: organisation, created_at: at, ...said, removed_at: removed ? at : null, provisioned: provisioned ?? false })
    .onConflict((conflict) => conflict.column('person_id').doUpdateSet({ ...said, ...(removed && { removed_at: at }) }))
    .execute()
}

/** Whether the directory made the account, rather than a person. */
export async function wasProvisioned(tx: Tx, person: PersonId): Promise<boolean> {
  return (await tx.db.selectFrom('scim_user').select('provisioned').where('person_id', '=', person).executeTakeFirst())?.provisioned ?? false
}

/** Sets how a contact is called and where mail reaches them. Whose address bounced counts as reached only when a mail was taken, at whatever address. */
export async function setPersonDetails(tx: Tx, person: PersonId, name: string, email: string | null): Promise<void> {
  await tx.db.updateTable('person').set({ name, email }).where('id', '=', person).execute()
}
