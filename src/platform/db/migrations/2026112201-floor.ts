import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/**
 * The tables of the platform. Row-level security is enabled and forced on every one; a table whose
 * rows concern one operator carries `operator_id`. The application's role owns nothing: it gets what
 * each `grant` names and no more.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  // Which keys belong to this database: a start with others is refused.
  `create table instance (
     only_row boolean primary key default true check (only_row),
     master_key_id text not null,
     log_key text not null,
     edition text not null check (edition in ('live', 'demo')),
     created_at timestamptz not null)`,

  // Who is asking, set for one transaction by platform/db/database.ts; unset settings deny.
  `create function is_system() returns boolean language sql stable parallel safe
     as $$ select current_setting('vedette.system', true) = 'on' $$`,
  `create function current_operator() returns uuid language sql stable parallel safe
     as $$ select nullif(current_setting('vedette.operator_id', true), '')::uuid $$`,
  `create function current_organisation() returns uuid language sql stable parallel safe
     as $$ select nullif(current_setting('vedette.organisation_id', true), '')::uuid $$`,
  `create function current_person() returns uuid language sql stable parallel safe
     as $$ select nullif(current_setting('vedette.person_id', true), '')::uuid $$`,

  // Operators, organisations and the tier an organisation holds with an operator.
  `create table operator (
     id uuid primary key,
     name text not null check (length(name) between 1 and 200),
     created_at timestamptz not null)`,
  `create table organisation (
     id uuid primary key,
     name text not null check (length(name) between 1 and 200),
     kind text not null check (kind in ('vendor', 'responder')),
     created_at timestamptz not null)`,
  `create table membership (
     organisation_id uuid not null references organisation,
     operator_id uuid not null references operator,
     tier text not null check (tier in ('validate', 'advance', 'entry', 'responder')),
     state text not null check (state in ('active', 'suspended', 'terminated')),
     created_at timestamptz not null,
     primary key (organisation_id, operator_id))`,
  `create index membership_operator on membership (operator_id)`,

  // People, what they may do, and how they prove who they are.
  `create table person (
     id uuid primary key,
     operator_id uuid references operator,
     organisation_id uuid references organisation,
     name text not null check (length(name) between 1 and 200),
     email text check (length(email) between 3 and 320),
     created_at timestamptz not null,
     disabled_at timestamptz,
     check ((operator_id is null) <> (organisation_id is null)))`,
  `create index person_operator on person (operator_id)`,
  `create index person_organisation on person (organisation_id)`,
  `create table role_grant (
     person_id uuid not null references person,
     role text not null,
     granted_at timestamptz not null,
     primary key (person_id, role),
     check (role in ('operator:author', 'operator:reviewer', 'operator:publisher', 'operator:membership-officer',
       'operator:tracer', 'operator:analyst', 'operator:auditor', 'contact:admin', 'contact:analyst', 'contact:reader')))`,
  `create table passkey (
     id uuid primary key,
     person_id uuid not null references person,
     name text not null check (length(name) between 1 and 100),
     credential_id bytea not null unique,
     public_key bytea not null,
     counter bigint not null,
     transports text[] not null,
     created_at timestamptz not null,
     last_used_at timestamptz,
     revoked_at timestamptz)`,
  `create index passkey_person on passkey (person_id)`,
  `create table ceremony (
     id uuid primary key,
     person_id uuid references person,
     purpose text not null check (purpose in ('sign-in', 'enrol')),
     challenge text not null,
     expires_at timestamptz not null)`,
  `create index ceremony_expiry on ceremony (expires_at)`,
  `create table sign_in_link (
     id uuid primary key,
     person_id uuid references person,
     operator_id uuid references operator,
     purpose text not null check (purpose in ('first-operator', 'invitation', 'recovery', 'demonstration')),
     token_hash bytea not null unique,
     created_at timestamptz not null,
     expires_at timestamptz not null,
     used_at timestamptz,
     revoked_at timestamptz)`,
  `create index sign_in_link_person on sign_in_link (person_id)`,
  `create table recovery (
     id uuid primary key,
     person_id uuid not null references person,
     operator_id uuid not null references operator,
     reason text not null check (length(reason) between 1 and 2000),
     opened_by uuid not null references person,
     opened_at timestamptz not null,
     expires_at timestamptz not null,
     approved_by uuid references person,
     approved_at timestamptz,
     closed_at timestamptz,
     check (opened_by <> person_id),
     check (approved_by is null or (approved_by <> opened_by and approved_by <> person_id)))`,
  `create unique index recovery_open on recovery (person_id) where approved_at is null and closed_at is null`,
  // Operator roles that one membership officer proposed and another approves.
  `create table role_change (
     id uuid primary key,
     person_id uuid not null references person,
     operator_id uuid not null references operator,
     roles text[] not null check (cardinality(roles) > 0
       and roles <@ array['author', 'reviewer', 'publisher', 'membership-officer', 'tracer', 'analyst', 'auditor']),
     proposed_by uuid not null references person,
     proposed_at timestamptz not null,
     expires_at timestamptz not null,
     approved_by uuid references person,
     approved_on_host boolean not null default false,
     approved_at timestamptz,
     closed_at timestamptz,
     check (proposed_by <> person_id),
     check ((approved_by is not null or approved_on_host) = (approved_at is not null)),
     check (approved_by is null or (approved_by <> proposed_by and approved_by <> person_id)))`,
  `create unique index role_change_open on role_change (person_id) where approved_at is null and closed_at is null`,
  // Operators where two membership officers have come in: from then on nobody gives roles alone. Nothing takes a row away again.
  `create table two_officers (
     operator_id uuid primary key references operator,
     since timestamptz not null)`,
  `create table session (
     id uuid primary key,
     person_id uuid not null references person,
     token_hash bytea not null unique,
     method text not null check (method in ('passkey', 'link', 'demonstration')),
     user_agent text not null,
     address text not null,
     created_at timestamptz not null,
     last_seen_at timestamptz not null,
     expires_at timestamptz not null,
     revoked_at timestamptz)`,
  `create index session_person on session (person_id)`,
  `create table api_token (
     id uuid primary key,
     person_id uuid not null references person,
     name text not null check (length(name) between 1 and 100),
     prefix text not null,
     secret_hash bytea not null unique,
     scopes text[] not null,
     created_at timestamptz not null,
     expires_at timestamptz not null,
     last_used_at timestamptz,
     revoked_at timestamptz)`,
  `create index api_token_person on api_token (person_id)`,
  // Failed attempts to sign in, counted on the database's clock (docs/promises.md, clock rule 8).
  `create table attempt (
     subject text not null,
     happened_at timestamptz not null default clock_timestamp())`,
  `create index attempt_subject on attempt (subject, happened_at)`,

  // Evidence: leaves of an RFC 6962 tree, its complete subtrees, and its head.
  `create table audit_leaf (
     index bigint primary key check (index >= 0),
     operator_id uuid,
     happened_at timestamptz not null,
     actor_id uuid,
     action text not null,
     subject_id uuid,
     body bytea not null)`,
  `create index audit_leaf_operator on audit_leaf (operator_id, index)`,
  `create index audit_leaf_subject on audit_leaf (subject_id, index)`,
  `create table audit_node (
     level smallint not null,
     index bigint not null,
     hash bytea not null check (length(hash) = 32),
     primary key (level, index))`,
  `create table audit_head (
     only_row boolean primary key default true check (only_row),
     size bigint not null,
     root bytea not null check (length(root) = 32),
     checkpoint text not null)`,
  `create table audit_checkpoint (
     size bigint primary key,
     checkpoint text not null,
     signed_at timestamptz not null)`,

  // Acts that other modules react to, delivered at least once by a job.
  `create table outbox_event (
     id uuid primary key,
     position bigint generated always as identity unique,
     operator_id uuid,
     type text not null,
     data jsonb not null,
     happened_at timestamptz not null,
     dispatched_at timestamptz)`,
  `create index outbox_event_waiting on outbox_event (position) where dispatched_at is null`,
  `create index outbox_event_age on outbox_event (dispatched_at)`,
  // What each consumer has still to be given; a row goes when the consumer has taken the event.
  `create table event_delivery (
     consumer text not null,
     position bigint not null references outbox_event (position),
     attempts smallint not null default 0,
     due_at timestamptz not null default clock_timestamp(),
     parked_at timestamptz,
     primary key (consumer, position))`,
  `create index event_delivery_position on event_delivery (position)`,
  `create table notice (
     id uuid primary key,
     person_id uuid not null references person,
     kind text not null,
     data jsonb not null,
     created_at timestamptz not null,
     read_at timestamptz)`,
  `create index notice_person on notice (person_id, id desc)`,
  `create index notice_read on notice (read_at)`,
  // Workers that live, by the database's clock.
  `create table worker_beat (
     id uuid primary key,
     beat_at timestamptz not null default clock_timestamp())`,

  // Sealed objects: what is needed to find and open one; the bytes lie in the object store.
  `create table sealed_object (
     id uuid primary key,
     digest bytea not null check (length(digest) = 32),
     size bigint not null check (size >= 0),
     stored_digest bytea not null check (length(stored_digest) = 32),
     stored_size bigint not null check (stored_size >= 0),
     wrapped_key bytea not null,
     master_key_id text not null,
     created_at timestamptz not null)`,
  `create table idempotency (
     person_id uuid not null references person,
     key text not null check (length(key) between 1 and 200),
     route text not null,
     request_digest bytea not null,
     claim uuid not null,
     executed_at timestamptz,
     status smallint,
     sealed_response bytea,
     created_at timestamptz not null,
     primary key (person_id, key))`,
  `create index idempotency_age on idempotency (created_at)`,

  // The trusted instant never decreases: its high-water mark, each machine's line, and the time as people confirmed it.
  `create table clock_mark (
     only_row boolean primary key default true check (only_row),
     high_water timestamptz not null)`,
  `create table clock_confirmation (
     id uuid primary key,
     operator_id uuid references operator,
     instant timestamptz not null,
     proposed_by uuid references person,
     proposed_at timestamptz not null,
     confirmed_by uuid references person,
     confirmed_instant timestamptz,
     confirmed_at timestamptz,
     check (confirmed_by is null or confirmed_by <> proposed_by),
     check ((confirmed_instant is null) = (confirmed_at is null)),
     check (confirmed_at is null or (confirmed_by is null) = (proposed_by is null)))`,
  `create index clock_confirmation_fresh on clock_confirmation (confirmed_at)`,
  // zero: the instant at which the machine's uptime was 0, as agreed; trusted: how far the machine itself got.
  `create table clock_anchor (
     boot_id text primary key,
     zero timestamptz,
     trusted timestamptz,
     confirmation_id uuid references clock_confirmation,
     sampled_at timestamptz not null,
     disagreement text,
     disagreement_noticed boolean not null default false)`,

  ...secure('instance', 'select, insert', { all: 'is_system()' }),
  ...secure('operator', 'select, insert', {
    select: `is_system() or id = current_operator() 
      or exists (select from membership m where m.operator_id = operator.id and m.organisation_id = current_organisation() and m.state = 'active')`,
    insert: 'is_system()',
  }),
  ...secure('organisation', 'select, insert', {
    select: `is_system() or id = current_organisation() 
      or exists (select from membership m where m.organisation_id = organisation.id and m.operator_id = current_operator())`,
    insert: 'is_system() or current_operator() is not null',
  }),
  ...secure('membership', 'select, insert, update', {
    all: 'is_system() or operator_id = current_operator()',
    select: 'organisation_id = current_organisation()',
  }),
  ...secure('person', 'select, insert, update', {
    all: `is_system() or operator_id = current_operator() or organisation_id = current_organisation()
      or exists (select from membership m where m.organisation_id = person.organisation_id and m.operator_id = current_operator() and m.state <> 'terminated')`,
  }),
  ...secure('role_grant', 'select, insert, delete', { all: 'is_system() or person_id in (select id from person)' }),
  ...secure('passkey', 'select, insert, update', { all: 'is_system() or person_id = current_person()' }),
  ...secure('ceremony', 'select, insert, delete', { all: 'is_system() or person_id = current_person()' }),
  ...secure('sign_in_link', 'select, insert, update', { all: 'is_system()' }),
  ...secure('recovery', 'select, insert, update', { all: 'is_system() or operator_id = current_operator()' }),
  ...secure('role_change', 'select, insert, update (approved_by, approved_on_host, approved_at, closed_at)', {
    all: 'is_system() or operator_id = current_operator()',
  }),
  ...secure('two_officers', 'select, insert', { all: 'is_system() or operator_id = current_operator()' }),
  ...secure('session', 'select, insert, update', { all: 'is_system() or person_id = current_person()' }),
  ...secure('api_token', 'select, insert, update', { all: 'is_system() or person_id = current_person()' }),
  ...secure('attempt', 'select, insert, delete', { all: 'is_system()' }),
  // A leaf without an operator is an act of the instance itself: every operator's auditors see it.
  ...secure('audit_leaf', 'select, insert', {
    select: 'is_system() or operator_id = current_operator() or (operator_id is null and current_operator() is not null)',
    insert: 'true',
  }),
  ...secure('audit_node', 'select, insert', { select: 'true', insert: 'true' }),
  ...secure('audit_head', 'select, insert, update', { all: 'true' }),
  ...secure('audit_checkpoint', 'select, insert', { select: 'true', insert: 'true' }),
  ...secure('outbox_event', 'select, insert, update, delete', { all: 'is_system()', insert: 'true' }),
  ...secure('event_delivery', 'select, insert, update, delete', { all: 'is_system()' }),
  ...secure('worker_beat', 'select, insert, update, delete', { all: 'is_system()' }),
  ...secure('notice', 'select, insert, update, delete', { all: 'is_system() or person_id = current_person()', insert: 'true' }),
  ...secure('sealed_object', 'select, insert, delete', { all: 'true' }),
  ...secure('idempotency', 'select, insert, update, delete', { all: 'is_system() or person_id = current_person()' }),
  ...secure('clock_mark', 'select, insert, update', { all: 'is_system()' }),
  ...secure('clock_anchor', 'select, insert, update', { all: 'is_system()' }),
  ...secure('clock_confirmation', 'select, insert, update', { all: 'is_system() or operator_id = current_operator()' }),
]
