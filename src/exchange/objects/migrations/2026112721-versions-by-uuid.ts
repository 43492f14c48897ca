import { sql, type Kysely } from 'kysely'

/**
 * What the first layout of objects held lies in the new tables from now on. Ids of objects come in no order, so the one index of them is
 * kept small: it holds their UUIDs. A feed's rows are found by the version, whose ids come in order.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  // Row-level security hides them from whoever is nobody.
  await sql`select set_config('vedette.system', 'on', true)`.execute(db)
  const { rows } = await sql<{ filled: boolean }>`select exists (select from stix_version) as filled`.execute(db)
  // No release ever filled them.
  if (rows[0]!.filled) throw new Error('stix_version holds objects of a version that was never released: start with an empty database')
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  `alter table sighting drop constraint sighting_contribution_id_fkey`,
  `drop table stix_reference, stix_version, stix_contribution`,
  `alter table collection drop column last_position`,
  `alter table object_version add column object_uuid uuid not null`,
  `drop index object_version_object`,
  `create index object_version_object on object_version (object_uuid)`,
  `drop index object_feed_object`,
  `create index object_feed_version on object_feed (version_id)`,
]
