import { sql, type Insertable, type Selectable } from 'kysely'
import type { Tx } from '#platform/db/database.ts'
import type { Notice as NoticeTable } from '#platform/db/types.ts'
import type { Id, OperatorId, PersonId } from '#platform/ids.ts'

export type NoticeRow = Selectable<NoticeTable>
type NoticeId = Id<'notice'>

/** A person's own notices, newest first, after (so older than) the given one. */
export async function listNotices(tx: Tx, person: PersonId, page: { limit: number; unread: boolean; after: string | undefined }): Promise<NoticeRow[]> {
  let query = tx.db.selectFrom('notice').selectAll().where('person_id', '=', person).orderBy('id', 'desc').limit(page.limit)
  if (page.unread) query = query.where('read_at', 'is', null)
  if (page.after !== undefined) query = query.where('id', '<', page.after)
  return query.execute()
}

/** Marks one notice of the person as read, once; undefined when it is not theirs. */
export async function markRead(tx: Tx, person: PersonId, id: NoticeId, at: Date): Promise<NoticeRow | undefined> {
  await tx.db.updateTable('notice').set({ read_at: at }).where('id', '=', id).where('person_id', '=', person).where('read_at', 'is', null).execute()
  return tx.db.selectFrom('notice').selectAll().where('id', '=', id).where('person_id', '=', person).executeTakeFirst()
}

export async function markAllRead(tx: Tx, person: PersonId, at: Date): Promise<void> {
  await tx.db.updateTable('notice').set({ read_at: at }).where('person_id', '=', person).where('read_at', 'is', null).execute()
}

/** Rows of one statement: its parameters are counted in 16 bits. */
const ROWS = 2000

export async function insertNotices(tx: Tx, rows: readonly Insertable<NoticeTable>[]): Promise<void> {
  for (let from = 0; from < rows.length; from += ROWS)
    await tx.db
      .insertInto('notice')
      .values(rows.slice(from, from + ROWS))
      .execute()
}

/** Which of these people want a kind by mail: all who have not said otherwise. It crosses what the actor may see of them. */
export async function wantMail(tx: Tx, people: readonly PersonId[], kind: string): Promise<Set<PersonId>> {
  const { rows } = await tx.asSystem((db) =>
    sql<{ person: PersonId }>`select person_id as person from notice_mail_choice where kind = ${kind} and not wanted
      and person_id = any(${people}::uuid[])`.execute(db),
  )
  const without = new Set(rows.map(({ person }) => person))
  return new Set(people.filter((person) => !without.has(person)))
}

/** A notice that is to go by mail. */
export interface DueNotice {
  readonly id: NoticeId
  readonly person: PersonId
  readonly kind: string
  readonly data: Readonly<Record<string, unknown>>
  /** Null where mail goes nowhere any more. */
  readonly email: string | null
  /** Whose programme it is about; of the operator's own people their operator. */
  readonly operator: OperatorId | null
}

/** The oldest notices whose mail is due; nobody else takes them until the transaction ends. */
export async function lockDueMail(tx: Tx, limit: number): Promise<DueNotice[]> {
  const { rows } = await sql<DueNotice>`select n.id, n.person_id as person, n.kind, n.data, case when p.disabled_at is null then p.email end as email,
      coalesce((n.data ->> 'operator')::uuid, p.operator_id) as operator
    from notice n join person p on p.id = n.person_id where n.mail_due order by n.id limit ${limit} for update of n skip locked`.execute(tx.db)
  return rows
}

export async function setMailed(tx: Tx, ids: readonly NoticeId[]): Promise<void> {
  if (ids.length > 0) await tx.db.updateTable('notice').set({ mail_due: false }).where('id', 'in', ids).execute()
}

/** Kinds of which the person has said whether they want them by mail. */
export async function listMailChoices(tx: Tx, person: PersonId): Promise<Map<string, boolean>> {
  const rows = await tx.db.selectFrom('notice_mail_choice').select(['kind', 'wanted']).where('person_id', '=', person).execute()
  return new Map(rows.map(({ kind, wanted }) => [kind, wanted]))
}

export async function setMailChoice(tx: Tx, choice: { person: PersonId; kind: string; wanted: boolean }): Promise<void> {
  const { person, kind, wanted } = choice
  await tx.db
    .insertInto('notice_mail_choice')
    .values({ person_id: person, kind, wanted })
    .onConflict((conflict) => conflict.columns(['person_id', 'kind']).doUpdateSet({ wanted }))
    .execute()
}
