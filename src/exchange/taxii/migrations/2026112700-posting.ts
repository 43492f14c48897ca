import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/** Collections by a name of their own, and what becomes of posted envelopes piece by piece. Statuses last for days only: those that are there are dropped. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

/** Whoever posted: a member's contacts all see it, and of the operator's own posts its people do. */
const OWN = `organisation_id = current_organisation() or (organisation_id is null and operator_id = current_operator())`

const STATEMENTS = [
  // TAXII 2.1, section 5.2: unique per API root, and usable in paths; never to be taken for an id.
  `alter table collection add column alias text check (alias ~ '^[a-z0-9][a-z0-9_-]{0,62}$' and alias !~ '^[0-9a-f]{8}-[0-9a-f]{4}-')`,
  `create unique index collection_alias on collection (operator_id, alias)`,
  `drop table taxii_status`,
  `create table taxii_status (
     id uuid primary key,
     operator_id uuid not null references operator,
     organisation_id uuid references organisation,
     collection_id uuid not null references collection,
     person_id uuid not null references person,
     credential_kind text not null check (credential_kind in ('session', 'token', 'certificate')),
     credential_id uuid not null,
     object_id uuid references sealed_object,
     total integer not null check (total >= 0),
     taken integer not null check (taken between 0 and total),
     succeeded integer not null,
     failed integer not null,
     requested_at timestamptz not null,
     touched_at timestamptz not null,
     completed_at timestamptz,
     check (succeeded + failed = taken),
     check ((completed_at is null) = (object_id is not null)),
     check ((completed_at is null) = (taken < total)))`,
  `create index taxii_status_completed on taxii_status (completed_at)`,
  `create index taxii_status_pending on taxii_status (touched_at) where completed_at is null`,
  // A row for each piece of an envelope that was taken: the lists only grow.
  `create table taxii_result (
     status_id uuid not null references taxii_status on delete cascade,
     first integer not null,
     operator_id uuid not null references operator,
     organisation_id uuid references organisation,
     successes json not null,
     failures json not null,
     primary key (status_id, first))`,
  ...secure('taxii_status', 'select, insert, update (object_id, taken, succeeded, failed, touched_at, completed_at), delete', { all: `is_system() or ${OWN}` }),
  ...secure('taxii_result', 'select, insert, delete', { all: `is_system() or ${OWN}` }),
]
