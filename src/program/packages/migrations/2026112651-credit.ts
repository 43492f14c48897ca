import { sql, type Kysely } from 'kysely'

/**
 * Who found a vulnerability is a part of its own. The shipped policy that leaves everything leaves it too; every other policy says
 * nothing of it, and so denies it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`update jurisdiction_policy set parts = parts || '{credit}'::text[]
    where operator_id is null and name = 'unrestricted' and not 'credit' = any(parts)`.execute(db)
}
