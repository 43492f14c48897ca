import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/** What entitles a contact besides the tier: end and jurisdiction of the membership, the agreement, and the clearance of the person. A fact that is not there denies. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  // Name and version of a jurisdiction's policy, such as unrestricted@1.
  `alter table membership
     add column until timestamptz,
     add column jurisdiction text check (length(jurisdiction) between 1 and 100)`,
  `create table agreement (
     operator_id uuid not null references operator,
     version integer not null check (version > 0),
     sha256 bytea not null check (length(sha256) = 32),
     text text not null check (length(text) between 1 and 200000),
     created_at timestamptz not null,
     primary key (operator_id, version))`,
  `create table agreement_acceptance (
     organisation_id uuid not null references organisation,
     operator_id uuid not null references operator,
     sha256 bytea not null check (length(sha256) = 32),
     accepted_by uuid not null references person,
     accepted_at timestamptz not null,
     primary key (organisation_id, operator_id, sha256))`,
  // products: names as in a package's content, or * for all of the operator's.
  `create table clearance (
     person_id uuid not null references person,
     operator_id uuid not null references operator,
     products text[] not null,
     proof_of_concept boolean not null,
     jurisdiction text check (length(jurisdiction) between 1 and 100),
     granted_at timestamptz not null,
     primary key (person_id, operator_id))`,
  ...secure('agreement', 'select, insert', {
    all: 'is_system() or operator_id = current_operator()',
    select: `exists (select from membership m where m.operator_id = agreement.operator_id
      and m.organisation_id = current_organisation() and m.state <> 'terminated')`,
  }),
  ...secure('agreement_acceptance', 'select, insert', {
    all: 'is_system() or operator_id = current_operator()',
    select: 'organisation_id = current_organisation()',
  }),
  ...secure('clearance', 'select, insert, update, delete', {
    all: 'is_system() or operator_id = current_operator()',
    select: 'person_id = current_person()',
  }),
]
