import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/** Drafts of agreement texts, which two officers make a version of; what was signed with which passkey, by the member and by the operator. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  `alter table ceremony drop constraint ceremony_purpose_check,
     add constraint ceremony_purpose_check check (purpose in ('sign-in', 'enrol', 'sign')),
     add column statement text check (length(statement) between 1 and 20000),
     add check ((purpose = 'sign') = (statement is not null))`,
  // What was accepted is found by its hash: the same text twice would be accepted before it is issued.
  `create unique index agreement_text_once on agreement (operator_id, sha256)`,
  // accept_days: days from the issue until earlier texts entitle no more.
  `create table agreement_draft (
     id uuid primary key,
     operator_id uuid not null references operator,
     text text not null check (length(text) between 1 and 200000),
     sha256 bytea not null check (length(sha256) = 32),
     accept_days integer not null check (accept_days between 0 and 365),
     drafted_by uuid not null references person,
     drafted_at timestamptz not null,
     version integer,
     issued_by uuid references person,
     issued_at timestamptz,
     closed_at timestamptz,
     check ((version is null) = (issued_at is null)),
     check ((issued_by is null) = (issued_at is null)),
     check (issued_by <> drafted_by),
     check (issued_at is null or closed_at is null))`,
  `create index agreement_draft_operator on agreement_draft (operator_id, id)`,
  // answers: of a countersignature, the member's signature that it is about.
  `create table agreement_signature (
     id uuid primary key,
     operator_id uuid not null references operator,
     organisation_id uuid not null references organisation,
     version integer not null,
     sha256 bytea not null check (length(sha256) = 32),
     side text not null check (side in ('member', 'operator')),
     answers uuid references agreement_signature,
     person_id uuid not null references person,
     statement text not null check (length(statement) between 1 and 20000),
     authenticator_data bytea not null,
     client_data bytea not null,
     signature bytea not null,
     credential_id bytea not null,
     public_key bytea not null,
     signed_at timestamptz not null,
     refused_by uuid references person,
     refused_at timestamptz,
     refusal bytea,
     foreign key (operator_id, version) references agreement (operator_id, version),
     check ((side = 'operator') = (answers is not null)),
     check (side = 'member' or refused_at is null),
     check ((refused_at is null) = (refused_by is null) and (refused_at is null) = (refusal is null)))`,
  `create unique index agreement_signature_once on agreement_signature (operator_id, organisation_id, version, side) where refused_at is null`,
  `create unique index agreement_signature_answered on agreement_signature (answers)`,
  ...secure('agreement_draft', 'select, insert, update (version, issued_by, issued_at, closed_at)', {
    all: 'is_system() or operator_id = current_operator()',
  }),
  ...secure('agreement_signature', 'select, insert, update (refused_by, refused_at, refusal)', {
    all: 'is_system() or operator_id = current_operator()',
    select: 'organisation_id = current_organisation()',
    insert: `side = 'member' and person_id = current_person() and organisation_id = current_organisation()
      and exists (select from membership m where m.operator_id = agreement_signature.operator_id
        and m.organisation_id = current_organisation() and m.state <> 'terminated')`,
  }),
]
