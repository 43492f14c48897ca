import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/**
 * Submissions opened in environments: what is to be opened where, what came of it, the files that it left, and which machine is lent to whom. What may
 * be a zero-day candidate is held back from its submitter by the row-level wall.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const OF_SUBMISSION = (table: string) => `operator_id = current_operator() or exists (select from submission s where s.id = ${table}.submission_id)`

const STATEMENTS = [
  `alter table submission add column kind text not null default 'file' check (kind in ('file', 'page')),
     add column options jsonb not null default '{}',
     add column parent uuid references submission,
     add column depth smallint not null default 0 check (depth between 0 and 2),
     add check ((parent is null) = (depth = 0))`,
  // A submission that is cancelled, or given up, while it is opened keeps the answer of its static scan.
  `alter table submission drop constraint submission_check1, drop constraint submission_failure_check,
     add constraint submission_failure_check check (failure in ('SCAN_FAILED', 'DEADLINE', 'CANCELLED')),
     add constraint submission_failure_answer check (failure is null or failure in ('CANCELLED', 'DEADLINE') or outcome is null)`,
  `drop index submission_same`,
  `create unique index submission_same on submission (operator_id, organisation_id, sha256, tlp, share, kind, options, parent) nulls not distinct
     where sha256 is not null and failure is null and outcome is distinct from 'not-scanned'`,
  `create index submission_parent on submission (parent) where parent is not null`,
  `create index submission_unfinished on submission (submitted_at) where finished_at is null and deleted_at is null`,

  `create table detonation (
     id uuid primary key,
     submission_id uuid not null references submission,
     operator_id uuid not null references operator,
     environment text not null,
     described jsonb not null,
     macros boolean not null,
     check_heap boolean not null,
     egress text not null check (egress in ('none', 'simulated', 'direct', 'upstream')),
     run smallint not null check (run in (1, 2)),
     planned_at timestamptz not null,
     job uuid,
     attempts smallint not null default 0,
     waits_for text check (waits_for in ('machine', 'memory', 'environment')),
     refused_since timestamptz,
     started_at timestamptz,
     happenings integer not null default 0,
     ended_at timestamptz,
     failure text check (failure in ('NO_ENVIRONMENT', 'DETONATION_FAILED', 'DEADLINE', 'CANCELLED')),
     check (failure is null or ended_at is not null),
     unique (submission_id, environment, macros, check_heap, egress, run))`,
  `create index detonation_open on detonation (planned_at) where ended_at is null`,
  ...secure('detonation', 'select, insert, update (job, attempts, waits_for, refused_since, started_at, happenings, ended_at, failure), delete', {
    all: 'is_system()',
    select: OF_SUBMISSION('detonation'),
  }),

  // Kept, empty, when its submission is deleted: the leaves of the log speak of it.
  `create table detonation_result (
     detonation_id uuid primary key,
     submission_id uuid not null references submission,
     operator_id uuid not null references operator,
     end_state text check (end_state in ('rendered', 'idle', 'crashed', 'hung', 'killed', 'agent-silenced')),
     why_ended text,
     dwell_ms integer check (dwell_ms >= 0),
     report uuid references sealed_object,
     held boolean not null,
     check ((report is null) = (end_state is null)))`,
  `create index detonation_result_submission on detonation_result (submission_id)`,
  ...secure('detonation_result', 'select, insert, update (end_state, why_ended, dwell_ms, report, held)', {
    all: 'is_system()',
    select: `operator_id = current_operator() or (not held and exists (select from submission s where s.id = detonation_result.submission_id))`,
  }),

  // shown: of a picture that could be read, drawn anew by Vedette itself; nothing else is shown to anybody.
  `create table detonation_artefact (
     detonation_id uuid not null references detonation_result,
     sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
     operator_id uuid not null references operator,
     object uuid not null references sealed_object,
     size bigint not null check (size >= 0),
     picture boolean not null,
     shown uuid references sealed_object,
     primary key (detonation_id, sha256))`,
  ...secure('detonation_artefact', 'select, insert, delete', {
    all: 'is_system()',
    select: 'exists (select from detonation_result r where r.detonation_id = detonation_artefact.detonation_id)',
  }),

  // The verdict with what was seen in environments.
  `create table submission_behaviour (
     submission_id uuid primary key references submission,
     operator_id uuid not null references operator,
     exploit text check (exploit in ('confirmed', 'attempted', 'technique-only', 'none-seen')),
     cves text[] not null,
     report uuid references sealed_object,
     embargoed boolean not null,
     joined_at timestamptz not null,
     check ((report is null) = (exploit is null)))`,
  ...secure('submission_behaviour', 'select, insert, update (exploit, cves, report, embargoed)', {
    all: 'is_system()',
    select: `operator_id = current_operator() or (not embargoed and exists (select from submission s where s.id = submission_behaviour.submission_id))`,
  }),

  // Who runs machines, on the clock of the database; a worker whose beat is old is dead, and its leases go with its row.
  `create table sandbox_worker (
     id uuid primary key,
     host text not null,
     environments jsonb not null,
     notes text[] not null default '{}',
     machines integer not null check (machines > 0),
     memory_mib integer not null check (memory_mib > 0),
     beat_at timestamptz not null default clock_timestamp())`,
  `create table sandbox_lease (
     host text not null,
     slot integer not null check (slot >= 0),
     worker_id uuid not null references sandbox_worker on delete cascade,
     detonation_id uuid not null unique,
     operator_id uuid not null references operator,
     memory_mib integer not null check (memory_mib > 0),
     leased_at timestamptz not null default clock_timestamp(),
     primary key (host, slot))`,
  `create index sandbox_lease_worker on sandbox_lease (worker_id)`,
  ...secure('sandbox_worker', 'select, insert, update (environments, notes, machines, memory_mib, beat_at), delete', { all: 'is_system()' }),
  ...secure('sandbox_lease', 'select, insert, update (leased_at), delete', { all: 'is_system()', select: 'operator_id = current_operator()' }),
]
