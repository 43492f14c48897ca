import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/** Objects that have appeared, and to which so many point that these appear piece by piece afterwards. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  `create table object_unsettled (
     collection_id uuid not null references collection,
     target_id text collate "C" not null,
     operator_id uuid not null references operator,
     -- The last version that was looked at of those that point at it.
     after_id uuid,
     primary key (collection_id, target_id))`,
  ...secure('object_unsettled', 'select, insert, update, delete', { all: 'is_system()' }),
]
