import type { Selectable } from 'kysely'
import type { Tx } from '#platform/db/database.ts'
import type { Notice as NoticeTable } from '#platform/db/types.ts'
import type { Id, PersonId } from '#platform/ids.ts'

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
