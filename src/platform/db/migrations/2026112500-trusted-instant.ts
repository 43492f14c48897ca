import { sql, type Kysely } from 'kysely'

/** The trusted instant of the transaction for policies on time: unset it is null, and whatever compares with it lets nothing through. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create function current_instant() returns timestamptz language sql stable parallel safe
    as $$ select nullif(current_setting('vedette.now', true), '')::timestamptz $$`.execute(db)
}
