import { sql, type Kysely } from 'kysely'
import { secure } from '#platform/db/secure.ts'

/**
 * What versions are searched by besides their values: keyed digests of words, labels and references, and the few facts that lists are
 * narrowed by. Filled after the versions themselves; a version that is not here yet is found by everything else.
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
      `alter table ${table}_${part} set (autovacuum_analyze_scale_factor = 0.02, autovacuum_analyze_threshold = 500)`,
    ]).flat(),
  ]
}

const STATEMENTS = [
  // A digest is sixteen bytes, as a UUID is: that type costs least.
  ...partitioned('object_word', 'collection_id uuid not null, key uuid not null, version_id uuid not null, primary key (collection_id, key, version_id)'),
  ...partitioned(
    'object_fact',
    `collection_id uuid not null,
     version_id uuid not null,
     operator_id uuid not null,
     marked text not null,
     created_at bigint,
     valid_from bigint,
     valid_until bigint,
     confidence smallint,
     primary key (collection_id, version_id)`,
  ),
  // How far each collection has been read: the version that was read last, and the position up to which nothing is left out.
  `create table object_indexed (
     collection_id uuid primary key references collection on delete cascade,
     operator_id uuid not null,
     last_id uuid not null,
     indexed_to bigint not null)`,
  ...secure('object_word', 'select, insert, delete', { all: 'is_system()' }),
  ...secure('object_fact', 'select, insert, delete', { all: 'is_system()' }),
  ...secure('object_indexed', 'select, insert, update', { all: 'is_system()' }),
]
