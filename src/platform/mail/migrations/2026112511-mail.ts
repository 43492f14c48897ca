import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/** Mail that is to leave, or left: what it says is sealed, and forgotten in the end. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  // sealed: recipient, subject and text as JSON; null once they are forgotten. due_at: of the next attempt while it is queued.
  `create table outgoing_mail (
     id uuid primary key,
     operator_id uuid references operator,
     person_id uuid references person,
     kind text not null check (length(kind) between 1 and 100),
     sealed bytea,
     state text not null check (state in ('queued', 'sending', 'sent', 'kept', 'dropped', 'failed')),
     attempts smallint not null default 0,
     created_at timestamptz not null,
     due_at timestamptz not null,
     begun_at timestamptz,
     sent_at timestamptz,
     failure text check (length(failure) between 1 and 100),
     check ((state = 'sent') = (sent_at is not null)))`,
  `create index outgoing_mail_operator on outgoing_mail (operator_id, id desc)`,
  `create index outgoing_mail_waiting on outgoing_mail (due_at) where state in ('queued', 'sending')`,
  `create index outgoing_mail_person on outgoing_mail (person_id) where state = 'queued'`,
  `create index outgoing_mail_age on outgoing_mail (created_at) where sealed is not null`,
  ...secure('outgoing_mail', 'select, insert, update', { all: 'is_system() or operator_id = current_operator()', insert: 'true' }),
]
