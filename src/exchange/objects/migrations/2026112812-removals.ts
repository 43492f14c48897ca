import { sql, type Kysely } from 'kysely'

/** Whoever was shown something else in the place of a version has lost nothing when it was taken from the others, and is not told of it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  `alter table object_removal add column kept_from uuid[] not null default '{}'`,
  `drop policy object_removal_select on object_removal`,
  `create policy object_removal_select on object_removal for select using (collection_id = any ((select readable_collections())::uuid[])
     and audience = any ((select reader_audiences())::uuid[]) and not current_organisation() = any (kept_from))`,
]
