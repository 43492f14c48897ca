import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/** Certificates that programs of a person sign in with, each a person's alone. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  `create table client_certificate (
     id uuid primary key,
     person_id uuid not null references person,
     name text not null check (length(name) between 1 and 100),
     subject text not null check (length(subject) <= 500),
     fingerprint bytea not null check (length(fingerprint) = 32),
     scopes text[] not null,
     created_at timestamptz not null,
     expires_at timestamptz not null,
     last_used_at timestamptz,
     revoked_at timestamptz)`,
  `create index client_certificate_person on client_certificate (person_id)`,
  // Whoever shows it is one person.
  `create unique index client_certificate_fingerprint on client_certificate (fingerprint) where revoked_at is null`,
  ...secure('client_certificate', 'select, insert, update (last_used_at, revoked_at)', { all: 'is_system() or person_id = current_person()' }),
]
