import { sql } from 'kysely'
import type { Binding } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'
import { bridgeRow, historyRow, type ChangeId, type Member } from '#program/membership/standing/change-store.ts'
import type { Held } from '#program/membership/standing/membership-change.ts'
import { membershipRow } from '#program/membership/store.ts'

/** A member with what it holds now. */
export interface StoredMember extends Held {
  readonly organisation: OrganisationId
  readonly operator: OperatorId
  readonly name: string
  readonly kind: 'vendor' | 'responder'
  readonly since: Date
}

const select = sql`select m.organisation_id as organisation, m.operator_id as operator, o.name, o.kind, m.tier, m.state, m.until, m.jurisdiction, m.created_at as since
  from membership m join organisation o on o.id = m.organisation_id`

/** A member of the operator. */
export async function findMember(tx: Tx, { operator, organisation }: Member): Promise<StoredMember | undefined> {
  const { rows } = await sql<StoredMember>`${select} where m.operator_id = ${operator} and m.organisation_id = ${organisation}`.execute(tx.db)
  return rows[0]
}

/** The same; nobody else changes its standing until the transaction ends. */
export async function lockMember(tx: Tx, member: Member): Promise<StoredMember | undefined> {
  await sql`select 1 from membership where operator_id = ${member.operator} and organisation_id = ${member.organisation} for update`.execute(tx.db)
  return findMember(tx, member)
}

/** Memberships of an organisation that have not been terminated; only those that the actor may see. */
export async function listMemberships(tx: Tx, organisation: OrganisationId): Promise<StoredMember[]> {
  const { rows } = await sql<StoredMember>`${select} where m.organisation_id = ${organisation} and m.state <> 'terminated' order by m.operator_id`.execute(
    tx.db,
  )
  return rows
}

/** Makes this what the member holds from now on. `bridge` is the change that gives back what opened while it was suspended. Returns what a leaf has to bind. */
export async function setHeld(tx: Tx, { operator, organisation }: Member, { tier, state, until, jurisdiction }: Held, bridge?: ChangeId): Promise<Binding[]> {
  const key = { organisation_id: organisation, operator_id: operator }
  await tx.db
    .updateTable('membership')
    .set({ tier, state, until, jurisdiction })
    .where('organisation_id', '=', organisation)
    .where('operator_id', '=', operator)
    .execute()
  const { position } = await tx.db
    .selectFrom('membership_history')
    .select('position')
    .where('organisation_id', '=', organisation)
    .where('operator_id', '=', operator)
    .orderBy('position', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow()
  const binds = [membershipRow(key), historyRow({ position: String(position) })]
  if (bridge === undefined) return binds
  await tx.db
    .insertInto('membership_bridge')
    .values({ position, ...key, change_id: bridge })
    .execute()
  return [...binds, bridgeRow({ position: String(position) })]
}

export interface PastHeld extends Held {
  readonly since: Date
  readonly backAccess: boolean
}

/** What the member held and holds, the newest first. */
export async function listHeld(tx: Tx, { operator, organisation }: Member): Promise<PastHeld[]> {
  const { rows } = await sql<PastHeld>`select h.since, h.tier, h.state, h.until, h.jurisdiction, b.position is not null as "backAccess"
    from membership_history h left join membership_bridge b on b.position = h.position
    where h.operator_id = ${operator} and h.organisation_id = ${organisation} order by h.position desc limit 500`.execute(tx.db)
  return rows
}

/** Contacts of a member, by name. */
export async function listContacts(tx: Tx, organisation: OrganisationId): Promise<{ id: PersonId; name: string }[]> {
  const rows = await tx.db.selectFrom('person').select(['id', 'name']).where('organisation_id', '=', organisation).orderBy('name').orderBy('id').execute()
  return rows.map(({ id, name }) => ({ id: id as PersonId, name }))
}

/** Whom to tell about a member: those of its admins who are not disabled, with their addresses. */
export async function listAdmins(tx: Tx, organisation: OrganisationId): Promise<{ id: PersonId; email: string | null }[]> {
  const rows = await tx.asSystem((db) =>
    db
      .selectFrom('person')
      .innerJoin('role_grant', 'role_grant.person_id', 'person.id')
      .select(['person.id', 'person.email'])
      .where('person.organisation_id', '=', organisation)
      .where('person.disabled_at', 'is', null)
      .where('role_grant.role', '=', 'contact:admin')
      .orderBy('person.id')
      .execute(),
  )
  return rows.map(({ id, email }) => ({ id: id as PersonId, email }))
}
