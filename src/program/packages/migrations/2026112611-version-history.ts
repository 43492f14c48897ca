import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/**
 * Every version as it was at any instant: each change of its state, content, approval or release leaves a row of history, written by
 * the database itself, so that no path can forget it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const KEPT = ['state', 'release_id', 'approval_id', 'content_hash', 'scheduled_by', 'scheduled_at'] as const
const columns = `package_id, version, operator_id, ${KEPT.join(', ')}`
const of = (row: string) => KEPT.map((column) => `${row}.${column}`).join(', ')

const STATEMENTS = [
  // seq orders what happened at one instant.
  `create table package_version_history (
     seq bigint generated always as identity primary key,
     package_id uuid not null,
     version integer not null,
     operator_id uuid not null references operator,
     state text not null,
     release_id uuid references release,
     approval_id uuid references approval,
     content_hash bytea not null,
     scheduled_by uuid references person,
     scheduled_at timestamptz,
     at timestamptz not null,
     foreign key (package_id, version) references package_version)`,
  `create index package_version_history_version on package_version_history (package_id, version, seq)`,
  `create index package_version_history_release on package_version_history (release_id)`,
  `insert into package_version_history (${columns}, at) select ${columns}, updated_at from package_version order by updated_at, package_id, version`,
  `create function keep_package_version() returns trigger language plpgsql as $$ begin
     insert into package_version_history (${columns}, at) values (new.package_id, new.version, new.operator_id, ${of('new')},
       case tg_op when 'INSERT' then new.created_at else coalesce(current_instant(), clock_timestamp()) end);
     return null;
   end $$`,
  `create trigger package_version_begun after insert on package_version for each row execute function keep_package_version()`,
  `create trigger package_version_kept after update on package_version for each row
     when ((${of('old')}) is distinct from (${of('new')})) execute function keep_package_version()`,

  ...secure('package_version_history', 'select, insert', { all: 'is_system() or operator_id = current_operator()' }),
]
