import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/** Sets of criteria that an operator adopted, and applications with what was said, asked and decided of them. What people write is sealed. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  // preset: the criteria are those of the shipped set of this name and version, which may be proposed any number of times.
  `create table criteria_set (
     id uuid primary key,
     operator_id uuid not null references operator,
     name text not null check (name ~ '^[a-z0-9][a-z0-9-]{0,59}$'),
     version integer not null check (version > 0),
     kind text not null check (kind in ('vendor', 'responder')),
     preset boolean not null,
     criteria jsonb not null check (jsonb_typeof(criteria) = 'array'),
     proposed_by uuid not null references person,
     proposed_at timestamptz not null,
     adopted_by uuid references person check (adopted_by <> proposed_by),
     adopted_at timestamptz check ((adopted_by is null) = (adopted_at is null)))`,
  `create unique index criteria_set_once on criteria_set (operator_id, name, version) where not preset`,
  `create index criteria_set_in_force on criteria_set (operator_id, kind, adopted_at)`,

  // set_id and criteria: the set in force when it was submitted. email_digest finds an open one of the same address.
  `create table application (
     id uuid primary key,
     operator_id uuid not null references operator,
     organisation_id uuid references organisation,
     kind text not null check (kind in ('vendor', 'responder')),
     state text not null check (state in ('draft', 'in-review', 'clarifying', 'admitted', 'refused', 'withdrawn')),
     version integer not null check (version > 0),
     email bytea not null check (length(email) <= 1000),
     email_digest bytea not null check (length(email_digest) = 32),
     draft bytea check (length(draft) <= 2000000),
     created_at timestamptz not null,
     saved_at timestamptz not null,
     set_id text check (length(set_id) between 1 and 80),
     criteria jsonb,
     answers_version integer check (answers_version > 0),
     submitted_at timestamptz,
     withdrawn_at timestamptz,
     tier text check (tier in ('validate', 'advance', 'entry', 'responder')),
     jurisdiction text check (length(jurisdiction) between 1 and 100),
     reason bytea check (length(reason) <= 100000),
     internal_note bytea check (length(internal_note) <= 100000),
     decided_by uuid references person,
     decided_at timestamptz,
     member_id uuid references organisation,
     check ((state = 'draft') <= (submitted_at is null)),
     check ((state in ('in-review', 'clarifying', 'admitted', 'refused')) <= (submitted_at is not null and set_id is not null
       and criteria is not null and answers_version is not null)),
     check ((state in ('admitted', 'refused')) = (decided_at is not null and decided_by is not null and reason is not null)))`,
  `create index application_operator on application (operator_id, state, id)`,
  `create index application_of_member on application (organisation_id, operator_id) where organisation_id is not null`,
  `create index application_of_address on application (operator_id, email_digest)`,
  `create unique index application_renewal_open on application (organisation_id, operator_id)
     where organisation_id is not null and state in ('draft', 'in-review', 'clarifying')`,

  // Secrets by which the applicant comes back: only their hashes.
  `create table application_link (
     hash bytea primary key check (length(hash) = 32),
     application_id uuid not null references application on delete cascade,
     operator_id uuid not null references operator,
     created_at timestamptz not null)`,
  `create index application_link_application on application_link (application_id)`,
  `create table application_answers (
     application_id uuid not null references application,
     version integer not null check (version > 0),
     operator_id uuid not null references operator,
     answers bytea not null check (length(answers) <= 2000000),
     sent_at timestamptz not null,
     primary key (application_id, version))`,
  // ended_at: replaced by a later judgement, or by a question about it.
  `create table judgement (
     id uuid primary key,
     application_id uuid not null references application,
     operator_id uuid not null references operator,
     criterion text not null check (criterion ~ '^CR-[0-9]{2}$'),
     outcome text not null check (outcome in ('met', 'not-met', 'waived')),
     reason bytea not null check (length(reason) <= 100000),
     answers_version integer not null,
     judged_by uuid not null references person,
     judged_at timestamptz not null,
     ended_at timestamptz)`,
  `create unique index judgement_standing on judgement (application_id, criterion) where ended_at is null`,
  `create index judgement_application on judgement (application_id, id)`,
  `create table clarification (
     id uuid primary key,
     application_id uuid not null references application,
     operator_id uuid not null references operator,
     about text[] not null,
     question bytea not null check (length(question) <= 100000),
     asked_by uuid not null references person,
     asked_at timestamptz not null,
     answered_at timestamptz)`,
  `create index clarification_application on clarification (application_id, id)`,
  // submitted_at: handed in with a version of the answers; from then on the applicant does not take it back. outcome is null until our scanner has answered.
  `create table application_evidence (
     id uuid primary key,
     application_id uuid not null references application,
     operator_id uuid not null references operator,
     criterion text not null check (criterion ~ '^CR-[0-9]{2}$'),
     sealed_name bytea not null check (length(sealed_name) <= 2000),
     object uuid not null references sealed_object,
     sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
     size bigint not null check (size > 0),
     uploaded_at timestamptz not null,
     submitted_at timestamptz,
     outcome text check (outcome in ('complete', 'incomplete', 'refused', 'not-scanned')),
     exploit text check (exploit in ('confirmed', 'attempted', 'technique-only', 'none-seen')),
     scanned_at timestamptz)`,
  `create index application_evidence_application on application_evidence (application_id, id)`,
  `create index application_evidence_object on application_evidence (object)`,

  ...secure('criteria_set', 'select, insert, update (adopted_by, adopted_at)', { all: 'is_system() or operator_id = current_operator()' }),
  // An operator sees what was sent to it, and nothing of a draft; a member its own renewals.
  ...secure('application', 'select, insert, update, delete', {
    all: `is_system() or organisation_id = current_organisation() or (operator_id = current_operator() and submitted_at is not null)`,
  }),
  ...secure('application_link', 'select, insert, delete', { all: 'is_system()' }),
  ...secure('application_answers', 'select, insert', { all: inherits('application_answers') }),
  ...secure('judgement', 'select, insert, update (ended_at)', { all: 'is_system() or operator_id = current_operator()' }),
  ...secure('clarification', 'select, insert, update (answered_at)', { all: inherits('clarification') }),
  ...secure('application_evidence', 'select, insert, update, delete', { all: inherits('application_evidence') }),
]

/** Whoever sees the application sees what belongs to it. */
function inherits(table: string): string {
  return `is_system() or exists (select from application a where a.id = ${table}.application_id)`
}
