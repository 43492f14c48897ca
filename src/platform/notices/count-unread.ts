import type { Tx } from '#platform/db/database.ts'
import type { PersonId } from '#platform/ids.ts'

/** How many of a person's own notices are unread; the session's answer says it too. */
export async function countUnread(tx: Tx, person: PersonId): Promise<number> {
  const { n } = await tx.db
    .selectFrom('notice')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('person_id', '=', person)
    .where('read_at', 'is', null)
    .executeTakeFirstOrThrow()
  return n
}
