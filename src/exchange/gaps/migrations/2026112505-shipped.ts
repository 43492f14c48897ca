import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/** What vendors have shipped protections for, as the program said: a vulnerability or an indicator. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  `create table shipped (
     operator_id uuid not null references operator,
     organisation_id uuid not null references organisation,
     kind text not null check (kind in ('cve', 'indicator')),
     value text not null,
     shipped_at timestamptz not null,
     primary key (operator_id, organisation_id, kind, value))`,
  ...secure('shipped', 'select, insert', {
    select: 'is_system() or operator_id = current_operator() or organisation_id = current_organisation()',
    insert: 'is_system()',
  }),
]
