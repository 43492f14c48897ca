import { sql, type Kysely } from 'kysely'

/** Observables have no versions, whatever their author calls their type. */
export async function up(db: Kysely<unknown>): Promise<void> {
  // Row-level security hides them from whoever is nobody.
  await sql`select set_config('vedette.system', 'on', true)`.execute(db)
  const { rows } = await sql<{ filled: boolean }>`select exists (select from object_version) as filled`.execute(db)
  if (rows[0]!.filled) throw new Error('object_version holds objects of a version that was never released: start with an empty database')
  await sql`alter table object_version add column versioned boolean not null`.execute(db)
}
