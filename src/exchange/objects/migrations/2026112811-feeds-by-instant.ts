import { sql, type Kysely } from 'kysely'

/** Versions of one instant are found without walking past all others of their audience. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index object_feed_instant on object_feed (collection_id, audience, version_at, position)`.execute(db)
}
