import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/** Addresses that an organisation or an operator wants to be told at, and each delivery to them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const OWN = 'is_system() or operator_id = current_operator() or organisation_id = current_organisation()'

const STATEMENTS = [
  // sealed_previous signs beside sealed_secret until previous_until. failing_since: of the first failure after the last success.
  `create table webhook_endpoint (
     id uuid primary key,
     organisation_id uuid references organisation,
     operator_id uuid references operator,
     sealed_url bytea not null,
     sealed_secret bytea not null,
     sealed_previous bytea,
     previous_until timestamptz,
     created_by uuid not null references person,
     created_at timestamptz not null,
     failing_since timestamptz,
     disabled_at timestamptz,
     ended_at timestamptz,
     check ((organisation_id is null) <> (operator_id is null)),
     check ((sealed_previous is null) = (previous_until is null)))`,
  `create index webhook_endpoint_organisation on webhook_endpoint (organisation_id) where ended_at is null`,
  `create index webhook_endpoint_operator on webhook_endpoint (operator_id) where ended_at is null`,
  // operator_id: whose programme it is about, where it is about one; of a member it goes out only while that membership lets it.
  `create table webhook_delivery (
     id uuid primary key,
     endpoint_id uuid not null references webhook_endpoint,
     operator_id uuid references operator,
     type text not null check (length(type) between 1 and 100),
     state text not null check (state in ('queued', 'sending', 'sent', 'failed', 'dropped')),
     attempts smallint not null default 0,
     status smallint,
     failure text check (length(failure) between 1 and 100),
     created_at timestamptz not null,
     due_at timestamptz not null,
     begun_at timestamptz,
     sent_at timestamptz,
     check ((state = 'sent') = (sent_at is not null)))`,
  `create index webhook_delivery_endpoint on webhook_delivery (endpoint_id, id desc)`,
  `create index webhook_delivery_waiting on webhook_delivery (due_at) where state in ('queued', 'sending')`,
  ...secure('webhook_endpoint', 'select, insert, update', { all: OWN }),
  ...secure('webhook_delivery', 'select, insert, update', {
    all: 'is_system() or exists (select from webhook_endpoint e where e.id = webhook_delivery.endpoint_id)',
  }),
]
