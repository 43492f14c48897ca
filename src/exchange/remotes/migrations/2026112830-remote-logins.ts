import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/** Other credentials for a push wait for a second person; and a run that reached its bound says that there was more. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  `alter table remote_run add column unfinished boolean not null default false`,
  // Sealed as the remote's own are; gone from here once it is decided.
  `create table remote_login_change (
     id uuid primary key,
     remote_id uuid not null references remote,
     operator_id uuid not null references operator,
     login text not null check (login in ('none', 'basic', 'bearer', 'certificate')),
     sealed_login bytea,
     ca text check (length(ca) <= 65536),
     proposed_by uuid not null references person,
     proposed_at timestamptz not null,
     approved_by uuid references person,
     done_at timestamptz,
     closed_by uuid references person,
     closed_at timestamptz,
     check (approved_by is null or approved_by <> proposed_by),
     check ((approved_by is null) = (done_at is null)),
     check ((closed_by is null) = (closed_at is null)),
     check (done_at is null or closed_at is null),
     check (sealed_login is null or (done_at is null and closed_at is null)))`,
  `create unique index remote_login_change_waiting on remote_login_change (remote_id) where done_at is null and closed_at is null`,
  ...secure('remote_login_change', 'select, insert, update', { all: 'is_system() or operator_id = current_operator()' }),
]
