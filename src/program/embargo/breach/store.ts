import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'
import type { BREACH_OUTCOMES } from '#program/embargo/breach/contract.ts'
import type { EndId } from '#program/embargo/end-store.ts'
import type { PackageId } from '#program/packages/content-hash.ts'

export type BreachId = Id<'breach-report'>
export type MessageId = Id<'breach-message'>
export const breachRow = binder('breach_report', [
  'operator_id',
  'package_id',
  'organisation_id',
  'reported_by',
  'reported_at',
  'since',
  'said',
  'accused_id',
  'state',
  'triaged_by',
  'triaged_at',
  'outcome',
  'names_accused',
  'reasons',
  'proposed_by',
  'proposed_at',
  'decided_by',
  'decided_at',
  'end_id',
])
export const messageRow = binder('breach_message', ['breach_id', 'operator_id', 'body', 'sent_by', 'sent_at'])
const readerRowOf = binder('breach_reader', ['operator_id'])
export const readerRow = (message: MessageId, organisation: OrganisationId) => readerRowOf({ message_id: message, organisation_id: organisation })

/** A row of `breach_report`; `said` and `reasons` are sealed. */
export interface StoredBreach {
  readonly id: BreachId
  readonly operator_id: OperatorId
  readonly package_id: PackageId | null
  readonly organisation_id: OrganisationId | null
  readonly reported_by: PersonId
  readonly reported_at: Date
  readonly since: Date
  readonly said: Buffer
  readonly accused_id: OrganisationId | null
  readonly state: 'reported' | 'in-triage' | 'decision-proposed' | 'decided'
  readonly triaged_by: PersonId | null
  readonly triaged_at: Date | null
  readonly outcome: (typeof BREACH_OUTCOMES)[number] | null
  readonly names_accused: boolean | null
  readonly reasons: Buffer | null
  readonly proposed_by: PersonId | null
  readonly proposed_at: Date | null
  readonly decided_by: PersonId | null
  readonly decided_at: Date | null
  readonly end_id: EndId | null
}
interface NamedBreach extends StoredBreach {
  readonly organisation_name: string | null
  readonly accused_name: string | null
}

export async function insertBreach(
  tx: Tx,
  breach: Pick<StoredBreach, 'id' | 'operator_id' | 'package_id' | 'organisation_id' | 'reported_by' | 'reported_at' | 'since' | 'said' | 'accused_id'>,
): Promise<void> {
  await tx.db
    .insertInto('breach_report')
    .values({ ...breach, state: 'reported' })
    .execute()
}

/** A report to this operator; nobody else changes it until the transaction ends. */
export async function lockBreach(tx: Tx, operator: OperatorId, id: BreachId): Promise<StoredBreach | undefined> {
  const { rows } = await sql<StoredBreach>`select * from breach_report where operator_id = ${operator} and id = ${id} for no key update`.execute(tx.db)
  return rows[0]
}

export async function updateBreach(tx: Tx, id: BreachId, change: Partial<Omit<StoredBreach, 'id' | 'operator_id'>>): Promise<void> {
  await tx.db.updateTable('breach_report').set(change).where('id', '=', id).execute()
}

/** Reports to an operator, or one of them, the newest first. */
export async function listBreaches(tx: Tx, operator: OperatorId, limit: number, id?: BreachId): Promise<NamedBreach[]> {
  const { rows } = await tx.asSystem((db) =>
    sql<NamedBreach>`select b.*, o.name as organisation_name, a.name as accused_name from breach_report b
        left join organisation o on o.id = b.organisation_id left join organisation a on a.id = b.accused_id
      where b.operator_id = ${operator} and (${id ?? null}::uuid is null or b.id = ${id ?? null}::uuid) order by b.id desc limit ${limit}`.execute(db),
  )
  return rows
}

/** What a person reported for its organisation, the newest first, without whom it is about. */
export async function listOwnBreaches(
  tx: Tx,
  { person, organisation }: { readonly person: PersonId; readonly organisation: OrganisationId },
  limit: number,
): Promise<Pick<StoredBreach, 'id' | 'package_id' | 'reported_at' | 'state'>[]> {
  const { rows } = await sql<StoredBreach>`select id, package_id, reported_at, state from breach_report where organisation_id = ${organisation}
    and reported_by = ${person} order by id desc limit ${limit}`.execute(tx.db)
  return rows
}

/** A message about a breach; `body` is sealed. */
export interface StoredMessage {
  readonly id: MessageId
  readonly breach_id: BreachId
  readonly body: Buffer
  readonly sent_by: PersonId
  readonly sent_at: Date
  readonly readers: number
}

export async function insertMessage(
  tx: Tx,
  message: Omit<StoredMessage, 'readers'> & { readonly operator_id: OperatorId },
  readers: readonly OrganisationId[],
): Promise<void> {
  await tx.db.insertInto('breach_message').values(message).execute()
  await tx.db
    .insertInto('breach_reader')
    .values(readers.map((organisation_id) => ({ message_id: message.id, organisation_id, operator_id: message.operator_id })))
    .execute()
}

/** Messages about breaches, in order. */
export async function listMessages(tx: Tx, breaches: readonly BreachId[]): Promise<StoredMessage[]> {
  const { rows } = await sql<StoredMessage>`select m.*, (select count(*)::int from breach_reader r where r.message_id = m.id) as readers
    from breach_message m where m.breach_id = any(${[...breaches]}::uuid[]) order by m.id`.execute(tx.db)
  return rows
}

/** What an organisation was told, the newest first. */
export async function listMessagesTo(tx: Tx, organisation: OrganisationId, limit: number): Promise<Pick<StoredMessage, 'id' | 'body' | 'sent_at'>[]> {
  const { rows } = await sql<StoredMessage>`select m.id, m.body, m.sent_at from breach_message m join breach_reader r on r.message_id = m.id
    where r.organisation_id = ${organisation} order by m.id desc limit ${limit}`.execute(tx.db)
  return rows
}

/** Organisations that are or were members of an operator. */
export async function listMembers(tx: Tx, operator: OperatorId): Promise<{ readonly id: OrganisationId; readonly name: string; readonly isActive: boolean }[]> {
  const { rows } = await tx.asSystem((db) =>
    sql<{ id: OrganisationId; name: string; isActive: boolean }>`select o.id, o.name, m.state <> 'terminated' as "isActive"
      from membership m join organisation o on o.id = m.organisation_id where m.operator_id = ${operator} order by o.id`.execute(db),
  )
  return rows
}

/** People of organisations whose accounts are enabled. */
export async function peopleOf(tx: Tx, organisations: readonly OrganisationId[]): Promise<PersonId[]> {
  const { rows } = await tx.asSystem((db) =>
    sql<{ id: PersonId }>`select id from person where organisation_id = any(${[...organisations]}::uuid[]) and disabled_at is null`.execute(db),
  )
  return rows.map(({ id }) => id)
}

/** Organisations that received anything of a package. */
export async function holdersOf(tx: Tx, id: PackageId | null): Promise<OrganisationId[]> {
  if (id === null) return []
  const { rows } = await sql<{ id: OrganisationId }>`select distinct organisation_id as id from receipt where package_id = ${id}`.execute(tx.db)
  return rows.map((row) => row.id)
}
