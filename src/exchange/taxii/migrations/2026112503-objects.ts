import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/** Versions of STIX objects in collections, each at a position of its own, and what became of each envelope that was posted. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

/** A right to read the collection; row-level security of the right itself asks for an active membership. */
const READABLE = 'exists (select from collection_right r where r.collection_id = stix_version.collection_id and r.can_read)'
const OWN = 'organisation_id = current_organisation()'

const STATEMENTS = [
  // What the program itself publishes into, such as the scanner's findings; null for what people made for themselves.
  `alter table collection add column purpose text check (purpose in ('scanner-findings'))`,
  `create unique index collection_purpose on collection (operator_id, purpose)`,
  // Position given out last: the row is locked until commit, so that positions become visible in their order.
  `alter table collection add column last_position timestamptz not null default '-infinity'`,
  `create table stix_version (
     id uuid primary key,
     collection_id uuid not null references collection,
     operator_id uuid not null references operator,
     position timestamptz not null,
     object_id text not null,
     type text not null,
     spec_version text not null check (spec_version in ('2.1')),
     version text not null,
     version_at timestamptz not null,
     tlp text not null check (tlp in ('CLEAR', 'GREEN', 'AMBER', 'AMBER+STRICT', 'RED')),
     organisation_id uuid references organisation,
     contribution_id uuid not null,
     contributed_at timestamptz not null,
     revoked boolean not null,
     shown_with text[] not null,
     value_keys bytea[] not null,
     size integer not null check (size > 0),
     sealed_body bytea not null,
     unique (collection_id, position))`,
  // A version is one per contributor, whose versions never meet those of another (V4).
  `create unique index stix_version_identity on stix_version (object_id, collection_id, organisation_id, version_at) nulls not distinct`,
  `create index stix_version_contribution on stix_version (contribution_id)`,
  `create index stix_version_indicator on stix_version (position desc) where type = 'indicator'`,
  `create index stix_version_value on stix_version using gin (value_keys)`,
  `create index stix_version_shown_with on stix_version using gin (shown_with)`,
  `create table taxii_status (
     id uuid primary key,
     operator_id uuid not null references operator,
     organisation_id uuid not null references organisation,
     result jsonb not null,
     requested_at timestamptz not null)`,
  `create index taxii_status_age on taxii_status (requested_at)`,
  // Whoever contributed sees it, so do the operator's people; all others by the marking (TLP 2.0).
  ...secure('stix_version', 'select, insert, update (position)', {
    all: 'is_system() or operator_id = current_operator()',
    select: `${READABLE} and (${OWN} or tlp in ('CLEAR', 'GREEN', 'AMBER'))`,
    insert: `${OWN} and exists (select from collection_right r where r.collection_id = stix_version.collection_id
      and r.operator_id = stix_version.operator_id and r.can_write)`,
  }),
  ...secure('taxii_status', 'select, insert, delete', { all: `is_system() or ${OWN}` }),
]
