import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/** Addresses under which a contact's calendar file is read without a session. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  // hash: SHA-256 of the token, which is shown once. titles: whether the file names packages that the person has received.
  `create table calendar_feed (
     id uuid primary key,
     person_id uuid not null references person,
     hash bytea not null unique check (length(hash) = 32),
     titles boolean not null,
     created_at timestamptz not null,
     ended_at timestamptz)`,
  `create unique index calendar_feed_person on calendar_feed (person_id) where ended_at is null`,
  ...secure('calendar_feed', 'select, insert, update', { all: 'is_system() or person_id = current_person()' }),
]
