import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/** Collections of an operator's exchange, and the rights that organisations hold in them. A right that is not there is denied. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  // TAXII 2.1, section 5.2: the id is a UUIDv4.
  `create table collection (
     id uuid primary key,
     operator_id uuid not null references operator,
     title text not null check (length(title) between 1 and 200),
     description text not null check (length(description) <= 2000),
     created_at timestamptz not null)`,
  `create index collection_operator on collection (operator_id, id)`,
  `create table collection_right (
     collection_id uuid not null references collection,
     organisation_id uuid not null references organisation,
     operator_id uuid not null references operator,
     can_read boolean not null,
     can_write boolean not null,
     primary key (collection_id, organisation_id))`,
  `create index collection_right_organisation on collection_right (organisation_id)`,
  ...secure('collection_right', 'select, insert, update, delete', {
    all: 'is_system() or operator_id = current_operator()',
    select: `organisation_id = current_organisation() and exists (select from membership m
      where m.organisation_id = collection_right.organisation_id and m.operator_id = collection_right.operator_id and m.state = 'active')`,
  }),
  ...secure('collection', 'select, insert, update', {
    all: 'is_system() or operator_id = current_operator()',
    select: 'exists (select from collection_right r where r.collection_id = collection.id and (r.can_read or r.can_write))',
  }),
]
