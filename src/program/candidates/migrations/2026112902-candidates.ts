import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/** Zero-day candidates that the scanner raised: cases for the operator's people alone. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  `create table zero_day_candidate (
     id uuid primary key,
     operator_id uuid not null references operator,
     submission_id uuid not null unique,
     line text not null,
     environments text[] not null,
     seen_at timestamptz not null,
     outcome text check (outcome in ('taken-on', 'false-alarm')),
     sealed_reason bytea,
     closed_by uuid references person,
     closed_at timestamptz,
     check ((outcome is null) = (closed_at is null) and (outcome is null) = (closed_by is null) and (outcome is null) = (sealed_reason is null)))`,
  `create index zero_day_candidate_operator on zero_day_candidate (operator_id, id desc)`,
  ...secure('zero_day_candidate', 'select, insert, update (outcome, sealed_reason, closed_by, closed_at)', {
    all: 'is_system() or operator_id = current_operator()',
  }),
]
