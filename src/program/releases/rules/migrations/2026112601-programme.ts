import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/** Rule sets of operators' calendars, and what newer zone data make of releases that were written down before. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  // Without an adopted row the preset that ships with Vedette applies. from_month is the first cycle that follows the rules;
  // adoption counts them, since a trusted clock may stand still.
  `create table programme (
     id uuid primary key,
     operator_id uuid not null references operator,
     name text not null,
     version integer not null check (version > 0),
     rules jsonb not null,
     from_month text not null check (from_month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
     proposed_by uuid not null references person,
     proposed_at timestamptz not null,
     adopted_by uuid references person,
     adopted_at timestamptz,
     adoption integer check (adoption > 0),
     withdrawn_at timestamptz,
     unique (operator_id, name, version),
     unique (operator_id, adoption),
     check ((adopted_by is null) = (adoption is null)),
     check ((adopted_by is null) = (adopted_at is null)),
     check (adopted_by <> proposed_by),
     check (adopted_at is null or withdrawn_at is null))`,
  // Instants that the rule and its zone give now for a release that keeps what it was frozen with: two publishers move it, or leave it.
  `create table zone_drift (
     id uuid primary key,
     release_id uuid not null references release,
     operator_id uuid not null references operator,
     zone_data text not null,
     instant timestamptz not null,
     validate_at timestamptz not null,
     advance_at timestamptz not null,
     entry_at timestamptz not null,
     noted_at timestamptz not null,
     unique (release_id, instant, validate_at, advance_at, entry_at))`,
  `create index zone_drift_operator on zone_drift (operator_id, id)`,
  ...secure('programme', 'select, insert, update (adopted_by, adopted_at, adoption, withdrawn_at)', { all: 'is_system() or operator_id = current_operator()' }),
  ...secure('zone_drift', 'select, insert', { all: 'is_system() or operator_id = current_operator()' }),
]
