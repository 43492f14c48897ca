import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/** What officers recommend of an application before another one decides; when a scan was asked for, and how much was uploaded; who read a mail that opens something. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  // version: of the application as it was read; what was recommended last has the highest.
  `create table application_recommendation (
     id uuid primary key,
     application_id uuid not null references application,
     operator_id uuid not null references operator,
     tier text not null check (tier in ('validate', 'advance', 'entry', 'responder')),
     jurisdiction text not null check (length(jurisdiction) between 1 and 100),
     answers_version integer not null check (answers_version > 0),
     recommended_by uuid not null references person,
     recommended_at timestamptz not null,
     version integer not null,
     unique (application_id, version))`,
  ...secure('application_recommendation', 'select, insert', { all: 'is_system() or operator_id = current_operator()' }),

  // When its scan was last asked for: what is overdue is asked for again, and stays closed.
  `alter table application_evidence add column scan_asked_at timestamptz`,
  // Bytes that came from one network, also of files that were taken back since.
  `create table evidence_upload (
     id uuid primary key,
     operator_id uuid not null references operator,
     network text not null check (length(network) <= 200),
     size bigint not null check (size > 0),
     happened_at timestamptz not null)`,
  `create index evidence_upload_network on evidence_upload (network, happened_at)`,
  `create index application_evidence_unsent on application_evidence (operator_id) where submitted_at is null`,
  ...secure('evidence_upload', 'select, insert, delete', { all: 'is_system()' }),

  // about: what whoever has the link in the mail can act on. Of mail from before nobody knows, so that its text is forgotten.
  `alter table outgoing_mail add column about uuid`,
  `update outgoing_mail set sealed = null where kind like 'application.%' and state in ('kept', 'failed')`,
  `create table mail_reader (
     about uuid not null,
     person_id uuid not null references person,
     operator_id uuid references operator,
     mail_id uuid not null references outgoing_mail,
     read_at timestamptz not null,
     primary key (about, person_id))`,
  ...secure('mail_reader', 'select, insert', { all: 'is_system() or operator_id = current_operator()' }),
]
