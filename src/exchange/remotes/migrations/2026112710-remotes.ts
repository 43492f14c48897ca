import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/** Remote TAXII servers that an operator polls from or pushes to, what came of it, and what came from where. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const OWN = 'is_system() or operator_id = current_operator()'
const LABELS = `('CLEAR', 'GREEN', 'AMBER', 'AMBER+STRICT', 'RED')`

const STATEMENTS = [
  // audience: for whom at most what is polled, or which label at most is pushed. unmarked: what an object without a label counts as.
  // walk, manners: where polling stands and how the server wants to be asked. pushed_to: how far pushing is;
  // push_status: of the envelope that the remote server has not dealt with yet, push_under_way: what that holds.
  `create table remote (
     id uuid primary key,
     operator_id uuid not null references operator,
     name text not null check (length(name) between 1 and 120),
     direction text not null check (direction in ('poll', 'push')),
     api_root text not null check (length(api_root) between 1 and 2000),
     remote_collection text not null check (length(remote_collection) between 1 and 200),
     remote_title text not null check (length(remote_title) <= 200),
     login text not null check (login in ('none', 'basic', 'bearer', 'certificate')),
     sealed_login bytea,
     login_set_at timestamptz not null,
     login_set_by uuid not null references person,
     ca text check (length(ca) <= 65536),
     collection_id uuid not null references collection,
     interval_minutes integer not null check (interval_minutes between 5 and 1440),
     filters jsonb not null,
     unmarked text not null check (unmarked in ${LABELS}),
     audience text not null check (audience in ${LABELS}),
     state text not null check (state in ('proposed', 'active', 'paused', 'ended')),
     created_by uuid not null references person,
     created_at timestamptz not null,
     confirmed_by uuid references person,
     confirmed_at timestamptz,
     ended_at timestamptz,
     failures integer not null default 0,
     failing_since timestamptz,
     failure text check (length(failure) <= 100),
     last_success_at timestamptz,
     next_at timestamptz,
     run_id uuid,
     walk jsonb not null,
     manners jsonb not null,
     remarks text[] not null default '{}',
     max_content_length bigint,
     pushed_to bigint,
     push_status text check (length(push_status) <= 200),
     push_under_way jsonb,
     added bigint not null default 0,
     refused bigint not null default 0,
     check ((confirmed_by is null) = (confirmed_at is null)),
     check (confirmed_by is null or confirmed_by <> created_by),
     check (direction = 'poll' or state in ('proposed', 'ended') or confirmed_by is not null),
     check ((push_status is null) = (push_under_way is null)),
     check (direction = 'poll' or audience in ('CLEAR', 'GREEN', 'AMBER')),
     check ((state = 'ended') = (ended_at is not null)))`,
  `create index remote_operator on remote (operator_id, id)`,
  `create index remote_due on remote (next_at) where state = 'active' and run_id is null`,
  // attempt: of the work on it; whoever has a lower one was taken over. moved_at: when it last got further.
  `create table remote_run (
     id uuid primary key,
     remote_id uuid not null references remote,
     operator_id uuid not null references operator,
     state text not null check (state in ('waiting', 'running', 'done', 'deferred', 'failed', 'cancelled')),
     asked_by uuid references person,
     created_at timestamptz not null,
     begun_at timestamptz,
     moved_at timestamptz not null,
     ended_at timestamptz,
     attempt integer not null default 0,
     job_id uuid,
     pages integer not null default 0,
     received bigint not null default 0,
     added bigint not null default 0,
     known bigint not null default 0,
     refused bigint not null default 0,
     bytes bigint not null default 0,
     from_position text check (length(from_position) <= 40),
     to_position text check (length(to_position) <= 40),
     failure text check (length(failure) <= 100),
     status smallint,
     check ((ended_at is null) = (state in ('waiting', 'running'))))`,
  `create index remote_run_remote on remote_run (remote_id, id desc)`,
  `create index remote_run_open on remote_run (moved_at) where ended_at is null`,
  `create index remote_run_ended on remote_run (ended_at)`,
  `alter table remote add constraint remote_run_id foreign key (run_id) references remote_run`,
  // Objects that were not taken: of a poll by us, of a push by the remote server.
  `create table remote_refusal (
     id uuid primary key,
     remote_id uuid not null references remote,
     run_id uuid not null references remote_run on delete cascade,
     operator_id uuid not null references operator,
     object_id text not null check (length(object_id) <= 120),
     version text check (length(version) <= 60),
     reason text not null check (length(reason) <= 400),
     at timestamptz not null)`,
  `create index remote_refusal_remote on remote_refusal (remote_id, id desc)`,
  `create index remote_refusal_run on remote_refusal (run_id)`,
  // What came from a remote server is not pushed back to it.
  `create table remote_origin (
     operator_id uuid not null references operator,
     remote_id uuid not null references remote,
     object_id text not null check (length(object_id) <= 120),
     version text not null check (length(version) <= 120),
     primary key (remote_id, object_id, version))`,
  ...secure('remote', 'select, insert, update', { all: OWN }),
  ...secure('remote_run', 'select, insert, update, delete', { all: OWN }),
  ...secure('remote_refusal', 'select, insert, delete', { all: OWN }),
  ...secure('remote_origin', 'select, insert', { all: OWN }),
]
