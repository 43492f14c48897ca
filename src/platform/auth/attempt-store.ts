import { sql } from 'kysely'
import type { Tx } from '#platform/db/database.ts'

/**
 * Lets one transaction at a time try for a subject, so that tries are counted as they would be one after another. False
 * when another one tries at this moment: nobody waits here, because whoever waits holds a connection.
 */
export async function lockSubject(tx: Tx, subject: string): Promise<boolean> {
  const { rows } = await sql<{ locked: boolean }>`
    select pg_try_advisory_xact_lock(hashtextextended(${`attempt ${subject}`}, 0)) as locked`.execute(tx.db)
  return rows[0]!.locked
}

/** Failed tries of a subject within the last minutes, on the database's clock: the only one that all servers share. */
export async function countAttempts(tx: Tx, subject: string, minutes: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from attempt
    where subject = ${subject} and happened_at > clock_timestamp() - make_interval(mins => ${minutes})`.execute(tx.db)
  return rows[0]!.count
}

export async function insertAttempts(tx: Tx, subjects: readonly string[]): Promise<void> {
  await tx.db
    .insertInto('attempt')
    .values([...new Set(subjects)].map((subject) => ({ subject })))
    .execute()
}

export async function deleteAttempts(tx: Tx, minutes: number): Promise<void> {
  await sql`delete from attempt where happened_at < clock_timestamp() - make_interval(mins => ${minutes})`.execute(tx.db)
}

/** Owner of the live token that begins with a prefix. */
export async function ownerOfPrefix(tx: Tx, prefix: string, now: Date): Promise<string | undefined> {
  const row = await tx.db
    .selectFrom('api_token')
    .select('person_id')
    .where('prefix', '=', prefix)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return row?.person_id
}
