import { sql, type Kysely } from 'kysely'

/**
 * What reading the union of several collections needs: a position below which nothing will be given out any more, whether or not something is
 * written; from which position on a right to read dates; and what was taken, found by its object.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  `alter table collection add column floor_at bigint not null default 0`,
  // What was there before comes to the reader of a union at this position; what was taken before is none of the reader's business.
  `alter table collection_right add column reads_since bigint not null default 0`,
  `create index object_removal_object on object_removal (collection_id, object_id)`,
  `create index collection_aggregates on collection using gin (aggregates) where aggregates is not null`,
]
