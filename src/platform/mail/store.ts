import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId, PersonId } from '#platform/ids.ts'
import type { MAIL_STATES } from '#platform/mail/contract.ts'

export type MailId = Id<'outgoing-mail'>
export type MailState = (typeof MAIL_STATES)[number]

export const mailRow = binder('outgoing_mail', ['operator_id', 'person_id', 'kind', 'state', 'attempts', 'created_at', 'begun_at', 'sent_at', 'failure'])

export interface OutgoingMail {
  readonly id: MailId
  readonly operator_id: OperatorId | null
  readonly person_id: PersonId | null
  readonly kind: string
  /** What a link in it opens without an account; null for all other mail. */
  readonly about: string | null
  readonly sealed: Buffer | null
  readonly state: MailState
  readonly attempts: number
  readonly created_at: Date
  readonly due_at: Date
  readonly begun_at: Date | null
  readonly sent_at: Date | null
  readonly failure: string | null
}

type Change = Partial<Pick<OutgoingMail, 'state' | 'attempts' | 'due_at' | 'begun_at' | 'sent_at' | 'failure'>>

export async function insertMail(tx: Tx, mail: Omit<OutgoingMail, 'attempts' | 'begun_at' | 'sent_at'>): Promise<void> {
  await tx.db.insertInto('outgoing_mail').values(mail).execute()
}

/** The operator's mail, the newest first, from after `before` on. */
export async function listMail(tx: Tx, limit: number, before: string | undefined): Promise<OutgoingMail[]> {
  const { rows } = await sql<OutgoingMail>`select * from outgoing_mail where id < ${before ?? 'ffffffff-ffff-ffff-ffff-ffffffffffff'}::uuid
    order by id desc limit ${limit}`.execute(tx.db)
  return rows
}

/** One mail; nobody else changes it until the transaction ends. */
export async function lockMail(tx: Tx, id: string): Promise<OutgoingMail | undefined> {
  const { rows } = await sql<OutgoingMail>`select * from outgoing_mail where id = ${id}::uuid for no key update`.execute(tx.db)
  return rows[0]
}

export async function updateMail(tx: Tx, id: MailId, change: Change): Promise<void> {
  await tx.db.updateTable('outgoing_mail').set(change).where('id', '=', id).execute()
}

/** Mail whose attempt is overdue: what a crash left, or what waits for a job that never ran. */
export async function overdueMail(tx: Tx, queuedBefore: Date, begunBefore: Date): Promise<MailId[]> {
  const { rows } = await sql<{ id: MailId }>`select id from outgoing_mail
    where (state = 'queued' and due_at < ${queuedBefore}) or (state = 'sending' and begun_at < ${begunBefore})
    order by due_at limit 500`.execute(tx.db)
  return rows.map(({ id }) => id)
}

/** Forgets to whom mail went and what it said, once it is older than `before`; returns how many. */
export async function forgetMessages(tx: Tx, before: Date): Promise<number> {
  const { numUpdatedRows } = await tx.db
    .updateTable('outgoing_mail')
    .set({ sealed: null })
    .where('created_at', '<', before)
    .where('sealed', 'is not', null)
    .where('state', 'not in', ['queued', 'sending'])
    .executeTakeFirstOrThrow()
  return Number(numUpdatedRows)
}

/**
 * Whether a person may be written to by this operator: not disabled, and of a contact some membership with it (with any operator,
 * for the instance's own mail) neither suspended nor terminated. The rows that say so are held until the transaction ends, the
 * memberships first, as whoever changes a member and then its people holds them: who would change them waits, or is waited for.
 */
export async function holdReachable(tx: Tx, person: PersonId, operator: OperatorId | null): Promise<boolean> {
  // A person never changes sides, so this may be read before anything is held.
  const side = await tx.db.selectFrom('person').select('organisation_id').where('id', '=', person).executeTakeFirst()
  if (!side) return false
  const open = side.organisation_id === null || (await holdMemberships(tx, side.organisation_id, operator))
  const { rows } = await sql<{ disabled: boolean }>`select disabled_at is not null as disabled from person where id = ${person} for share`.execute(tx.db)
  return open && rows[0]?.disabled === false
}

/** Whether a member may be told anything by this operator, by any where it is null; as `holdReachable` holds it. */
export async function holdMemberships(tx: Tx, organisation: string, operator: OperatorId | null): Promise<boolean> {
  const { rows } = await sql<{ state: string }>`select state from membership where organisation_id = ${organisation}
    and (${operator}::uuid is null or operator_id = ${operator}) order by operator_id for share`.execute(tx.db)
  return rows.some(({ state }) => state === 'active' || state === 'paused')
}

/** Notes that a person's address takes no mail. */
export async function setBounced(tx: Tx, person: PersonId, at: Date): Promise<void> {
  await tx.db.updateTable('person').set({ bounced_at: at }).where('id', '=', person).execute()
}

/** Notes that it does; true when it had bounced. */
export async function clearBounced(tx: Tx, person: PersonId): Promise<boolean> {
  const rows = await tx.db
    .updateTable('person')
    .set({ bounced_at: null })
    .where('id', '=', person)
    .where('bounced_at', 'is not', null)
    .returning('id')
    .execute()
  return rows.length > 0
}

/** Notes that a person read a mail that opens something; the first time counts. */
export async function insertReader(tx: Tx, { about, operator_id, id }: OutgoingMail, person: PersonId, at: Date): Promise<void> {
  if (about === null) return
  await tx.db
    .insertInto('mail_reader')
    .values({ about, person_id: person, operator_id, mail_id: id, read_at: at })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Who of the operator's side read a mail by which something is opened without an account. */
export async function listReaders(tx: Tx, about: string): Promise<PersonId[]> {
  return tx.asSystem(async (db) => {
    const rows = await db.selectFrom('mail_reader').select('person_id').where('about', '=', about).orderBy('person_id').execute()
    return rows.map(({ person_id: person }) => person as PersonId)
  })
}
