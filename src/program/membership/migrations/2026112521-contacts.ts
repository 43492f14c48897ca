import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/** Clearances that wait for a second officer, what a contact stands for, the organisation's role address, and the matters of health that a member was told of. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  // What one person may know, as one officer proposed it and another approves it.
  `create table clearance_change (
     id uuid primary key,
     person_id uuid not null references person,
     operator_id uuid not null references operator,
     products text[] not null,
     proof_of_concept boolean not null,
     jurisdiction text check (length(jurisdiction) between 1 and 100),
     proposed_by uuid not null references person,
     proposed_at timestamptz not null,
     expires_at timestamptz not null,
     approved_by uuid references person,
     approved_at timestamptz,
     closed_at timestamptz,
     check (approved_by is null or approved_by <> proposed_by),
     check ((approved_by is null) = (approved_at is null)),
     check (approved_at is null or closed_at is null))`,
  `create unique index clearance_change_open on clearance_change (person_id, operator_id) where approved_at is null and closed_at is null`,
  // What a contact stands for in the organisation; one is accountable for it.
  `create table contact_function (
     person_id uuid primary key references person,
     organisation_id uuid not null references organisation,
     functions text[] not null check (functions <@ array['accountable', 'technical']),
     set_at timestamptz not null)`,
  `create unique index contact_function_accountable on contact_function (organisation_id) where 'accountable' = any(functions)`,
  // Reaches the organisation whoever is on duty; never a way in.
  `create table organisation_address (
     organisation_id uuid primary key references organisation,
     address text not null check (length(address) between 3 and 320),
     set_by uuid not null references person,
     set_at timestamptz not null)`,
  // A member is told of each matter once a cycle; cycle: the instant at which its first window opens.
  `create table health_notice (
     organisation_id uuid not null references organisation,
     operator_id uuid not null references operator,
     cycle timestamptz not null,
     finding text not null check (length(finding) between 1 and 200),
     told_at timestamptz not null,
     primary key (organisation_id, operator_id, cycle, finding))`,
  ...secure('clearance_change', 'select, insert, update (approved_by, approved_at, closed_at)', { all: 'is_system() or operator_id = current_operator()' }),
  ...secure('contact_function', 'select, insert, update', {
    all: `is_system() or organisation_id = current_organisation() or exists (select from membership m
      where m.organisation_id = contact_function.organisation_id and m.operator_id = current_operator() and m.state <> 'terminated')`,
  }),
  ...secure('organisation_address', 'select, insert, update', {
    all: 'is_system() or organisation_id = current_organisation()',
    select: `exists (select from membership m where m.organisation_id = organisation_address.organisation_id
      and m.operator_id = current_operator() and m.state <> 'terminated')`,
  }),
  ...secure('health_notice', 'select, insert, delete', { all: 'is_system() or operator_id = current_operator()' }),
]
