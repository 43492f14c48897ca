import { sql, type Kysely } from 'kysely'

/** Objects and versions are found by an index that begins with their collection: beside one that does not, a plan without statistics adds a walk over all of the collection. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  `drop index object_version_object`,
  `create index object_version_object on object_version (collection_id, object_uuid)`,
  `drop index object_feed_version`,
  `create index object_feed_version on object_feed (collection_id, version_id)`,
]
