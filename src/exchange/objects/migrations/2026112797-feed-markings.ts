import { sql, type Kysely } from 'kysely'

/** A feed's row says how its version is marked, so that a page is decided on without looking each version up. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`select set_config('vedette.system', 'on', true)`.execute(db)
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  `alter table object_feed add column tlp text check (tlp in ('CLEAR', 'GREEN', 'AMBER', 'AMBER+STRICT', 'RED'))`,
  `update object_feed f set tlp = v.tlp from object_version v where v.collection_id = f.collection_id and v.id = f.version_id`,
  `alter table object_feed alter column tlp set not null`,
]
