import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/** Notices that also go by mail, and what of them a person does not want by mail. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  `alter table notice add column mail_due boolean not null default false`,
  `create index notice_mail on notice (id) where mail_due`,
  // Without a row it is wanted.
  `create table notice_mail_choice (
     person_id uuid not null references person,
     kind text not null check (length(kind) between 1 and 100),
     wanted boolean not null,
     primary key (person_id, kind))`,
  ...secure('notice_mail_choice', 'select, insert, update', { all: 'is_system() or person_id = current_person()' }),
]
