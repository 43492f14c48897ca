import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/** Versions of STIX objects in collections, each at a position of its own, what stands of each contribution, and what became of each envelope that was posted. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

/** A right to read the collection; row-level security of the right itself asks for an active membership. */
const readable = (table: string) => `exists (select from collection_right r where r.collection_id = ${table}.collection_id and r.can_read)`
const OWN = 'organisation_id = current_organisation()'
/** Statistics follow a load of many rows soon, whatever the size of the table: without them plans are guesses. */
const fresh = (table: string) => `alter table ${table} set (autovacuum_analyze_scale_factor = 0.02, autovacuum_analyze_threshold = 500)`

const STATEMENTS = [
  // What the program itself publishes into, such as the scanner's findings; null for what people made for themselves.
  `alter table collection add column purpose text check (purpose in ('scanner-findings'))`,
  `create unique index collection_purpose on collection (operator_id, purpose)`,
  // Position given out last: the row is locked until commit, so that positions become visible in their order.
  `alter table collection add column last_position timestamptz not null default '-infinity'`,
  // What stands of one member's versions of one object, so that reading compares no versions with one another.
  `create table stix_contribution (
     id uuid primary key,
     collection_id uuid not null references collection,
     operator_id uuid not null references operator,
     object_id text not null,
     organisation_id uuid references organisation,
     contributed_at timestamptz not null,
     versions integer not null check (versions > 0),
     revoked boolean not null,
     community boolean not null,
     shown_with text[] not null,
     open boolean not null default false,
     shown_since timestamptz,
     leads boolean not null default false,
     first_id uuid not null,
     first_at timestamptz not null,
     last_id uuid not null,
     last_at timestamptz not null,
     open_first_id uuid,
     open_last_id uuid)`,
  // One per contributor, whose versions never meet those of another (V4).
  `create unique index stix_contribution_identity on stix_contribution (object_id, collection_id, organisation_id) nulls not distinct`,
  fresh('stix_contribution'),
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
     contribution_id uuid not null references stix_contribution,
     revoked boolean not null,
     shown_with text[] not null,
     value_keys bytea[] not null,
     content_key bytea not null,
     size integer not null check (size > 0),
     sealed_body bytea not null,
     open boolean not null default false,
     standing boolean not null default false,
     unique (collection_id, position))`,
  `create unique index stix_version_identity on stix_version (contribution_id, version_at)`,
  `create index stix_version_content on stix_version (contribution_id, content_key)`,
  `create index stix_version_standing on stix_version (collection_id, position) where standing`,
  `create index stix_version_stands_of on stix_version (contribution_id) where standing`,
  `create index stix_version_object on stix_version (collection_id, object_id, position)`,
  `create index stix_version_indicator on stix_version (position desc, id desc) where type = 'indicator' and standing`,
  fresh('stix_version'),
  // What versions point at, a row each: row-level security lets an index serve equality, not the containment of arrays.
  `create table stix_reference (
     version_id uuid not null references stix_version,
     target_id text not null,
     collection_id uuid not null references collection,
     operator_id uuid not null references operator,
     object_id text not null,
     primary key (version_id, target_id))`,
  `create index stix_reference_target on stix_reference (target_id, collection_id)`,
  fresh('stix_reference'),
  `create table taxii_status (
     id uuid primary key,
     operator_id uuid not null references operator,
     organisation_id uuid not null references organisation,
     result jsonb not null,
     requested_at timestamptz not null)`,
  `create index taxii_status_age on taxii_status (requested_at)`,
  // Whoever contributed sees it, so do the operator's people; all others what is open to the community (TLP 2.0).
  ...secure('stix_contribution', 'select, insert, update', {
    all: 'is_system() or operator_id = current_operator()',
    select: `${readable('stix_contribution')} and (${OWN} or open)`,
  }),
  ...secure('stix_version', 'select, insert, update (position, open, standing)', {
    all: 'is_system() or operator_id = current_operator()',
    select: `${readable('stix_version')} and (${OWN} or (open and tlp in ('CLEAR', 'GREEN', 'AMBER')))`,
    insert: `${OWN} and exists (select from collection_right r where r.collection_id = stix_version.collection_id
      and r.operator_id = stix_version.operator_id and r.can_write)`,
  }),
  ...secure('stix_reference', 'select, insert', { all: 'is_system()' }),
  ...secure('taxii_status', 'select, insert, delete', { all: `is_system() or ${OWN}` }),
]
