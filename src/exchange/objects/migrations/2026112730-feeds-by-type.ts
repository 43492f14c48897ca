import { sql, type Kysely } from 'kysely'

/** Objects of a type are found without walking past those of others, however rare it is. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index object_feed_type on object_feed (collection_id, audience, type, position)`.execute(db)
}
