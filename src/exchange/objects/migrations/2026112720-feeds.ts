import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/**
 * Versions of objects, the blocks that hold their bytes, and the feeds in which audiences find them. Every table is partitioned by
 * its collection, which every key begins with and every statement names: on a cluster it is the distribution column (for Citus,
 * `create_distributed_table(…, 'collection_id')`, all of them together). A foreign key would cost each row a look-up of its own:
 * rows are written by one use case, under the collection's lock.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const PARTS = 8

function partitioned(table: string, columns: string): string[] {
  return [
    `create table ${table} (${columns}) partition by hash (collection_id)`,
    ...Array.from({ length: PARTS }, (_, part) => [
      `create table ${table}_${part} partition of ${table} for values with (modulus ${PARTS}, remainder ${part})`,
      // Statistics follow a load of many rows soon, whatever the size of the table: without them plans are guesses.
      `alter table ${table}_${part} set (autovacuum_analyze_scale_factor = 0.02, autovacuum_analyze_threshold = 500)`,
    ]).flat(),
  ]
}

/** Computed once for a statement, not for each row. */
const READABLE = 'collection_id = any ((select readable_collections())::uuid[])'
const AUDIENCE = 'audience = any ((select reader_audiences())::uuid[])'
const SYSTEM = 'is_system() or operator_id = current_operator()'

const STATEMENTS = [
  // Whatever changes what a feed showed before (a newer version, a withdrawal) counts this up: pages kept elsewhere are then stale.
  `alter table collection add column generation bigint not null default 0`,
  // Microseconds since 1970 of the position that was given out last; the row is locked until commit.
  `alter table collection add column last_at bigint not null default 0`,
  ...partitioned(
    'object_version',
    `collection_id uuid not null,
     id uuid not null,
     operator_id uuid not null,
     organisation_id uuid,
     contribution_id uuid not null,
     object_id text collate "C" not null,
     type text collate "C" not null,
     version text not null,
     version_at bigint not null,
     tlp text not null check (tlp in ('CLEAR', 'GREEN', 'AMBER', 'AMBER+STRICT', 'RED')),
     audience uuid not null,
     revoked boolean not null,
     shown_with text[] not null,
     content bytea not null,
     block_id uuid not null,
     start integer not null,
     size integer not null check (size > 0),
     oldest boolean not null,
     newest boolean not null,
     open boolean not null,
     leads boolean not null,
     contributed_at bigint not null,
     shown_since bigint,
     primary key (collection_id, id)`,
  ),
  `create index object_version_object on object_version (collection_id, object_id)`,
  `create index object_version_contribution on object_version (collection_id, contribution_id, version_at)`,
  ...partitioned(
    'object_block',
    `collection_id uuid not null,
     id uuid not null,
     operator_id uuid not null,
     organisation_id uuid,
     added_at timestamptz not null,
     sealed bytea not null,
     digests bytea not null,
     primary key (collection_id, id)`,
  ),
  // Sealed bytes do not compress.
  `alter table object_block alter column sealed set storage external`,
  ...partitioned(
    'object_feed',
    `collection_id uuid not null,
     audience uuid not null,
     position bigint not null,
     operator_id uuid not null,
     version_id uuid not null,
     organisation_id uuid,
     object_id text collate "C" not null,
     type text collate "C" not null,
     version text not null,
     version_at bigint not null,
     block_id uuid not null,
     start integer not null,
     size integer not null,
     oldest boolean not null,
     newest boolean not null,
     late boolean not null default false,
     opens_at bigint,
     embargo_id uuid,
     primary key (collection_id, audience, position)`,
  ),
  `create index object_feed_standing on object_feed (collection_id, audience, position) where oldest or newest`,
  `create index object_feed_object on object_feed (collection_id, object_id)`,
  `create index object_feed_embargo on object_feed (collection_id, embargo_id) where embargo_id is not null`,
  // A feed's row that one organisation is not shown, because it is shown something else in its place.
  ...partitioned(
    'object_exclusion',
    `collection_id uuid not null,
     organisation_id uuid not null,
     audience uuid not null,
     position bigint not null,
     operator_id uuid not null,
     primary key (collection_id, organisation_id, audience, position)`,
  ),
  // What was taken from an audience's feed, at a position of its own.
  ...partitioned(
    'object_removal',
    `collection_id uuid not null,
     audience uuid not null,
     position bigint not null,
     operator_id uuid not null,
     object_id text collate "C" not null,
     version text not null,
     primary key (collection_id, audience, position)`,
  ),
  ...partitioned(
    'object_reference',
    `collection_id uuid not null,
     target_id text collate "C" not null,
     version_id uuid not null,
     operator_id uuid not null,
     object_id text collate "C" not null,
     primary key (collection_id, target_id, version_id)`,
  ),
  // Keyed digests of the values that a version names: what it says lies nowhere in the database as it is.
  ...partitioned(
    'object_value',
    `collection_id uuid not null,
     key bytea not null,
     version_id uuid not null,
     operator_id uuid not null,
     primary key (collection_id, key, version_id)`,
  ),
  // For whom one person reads: the collections that it may read, and the audiences that it belongs to in them.
  `create function readable_collections() returns uuid[] language sql stable as $$
     select coalesce(array_agg(r.collection_id), '{}') from collection_right r join membership m using (organisation_id, operator_id)
     where r.organisation_id = current_organisation() and r.can_read and m.state in ('active', 'paused')
       and (m.until is null or current_instant() < m.until) $$`,
  `create function reader_audiences() returns uuid[] language sql stable as $$
     select case when current_organisation() is null then '{}' else array_append(readable_collections(), current_organisation()) end $$`,
  ...secure('object_version', 'select, insert, update, delete', {
    all: SYSTEM,
    select: `${READABLE} and (organisation_id = current_organisation() or (open and ${AUDIENCE}))`,
  }),
  ...secure('object_block', 'select, insert, update', { all: SYSTEM, select: READABLE }),
  ...secure('object_feed', 'select, insert, update, delete', { all: SYSTEM, select: `${READABLE} and ${AUDIENCE}` }),
  ...secure('object_exclusion', 'select, insert, delete', { all: 'is_system()', select: 'organisation_id = current_organisation()' }),
  ...secure('object_removal', 'select, insert', { all: SYSTEM, select: `${READABLE} and ${AUDIENCE}` }),
  ...secure('object_reference', 'select, insert, delete', { all: 'is_system()' }),
  ...secure('object_value', 'select, insert, delete', { all: 'is_system()' }),
]
