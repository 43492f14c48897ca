import { sql, type Kysely } from 'kysely'

/** Whether a remote server brought a version, or only gave what was there already: who brought none of an object makes no versions of it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table remote_origin add column brought boolean not null default true`.execute(db)
  await sql`alter table remote_origin alter column brought drop default`.execute(db)
}
