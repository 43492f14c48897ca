import { sql, type RawBuilder, type Transaction } from 'kysely'
import type { Place } from '#platform/audit/merkle.ts'
import { digestOf } from '#platform/audit/store.ts'
import type { DB } from '#platform/db/types.ts'

type Db = Transaction<DB>

/** A leaf as it lies in the table; the instant as text, so that no microsecond is lost. */
export interface StoredLeaf {
  readonly index: number
  readonly operator: string | null
  readonly at: string | null
  readonly actor: string | null
  readonly action: string
  readonly subject: string | null
  readonly body: Buffer
}

export interface StoredNode extends Place {
  readonly hash: Buffer
}

/** Sizes are read as text: an edited one may be larger than a number holds. */
export interface StoredCheckpoint {
  readonly size: string
  readonly checkpoint: string
  readonly signedAt: string | null
}

export interface StoredHead {
  readonly size: string
  readonly root: Buffer
  readonly checkpoint: string
}

export interface BoundRowAtLeaf {
  readonly table: string
  readonly key: Readonly<Record<string, string>>
  readonly columns: readonly string[]
  readonly sha256: string | null
  readonly leaf: number
}

/** Types whose values are compared as what they are, so that the primary key's index is used; all others as text. */
const COMPARED_AS: Readonly<Record<string, { readonly array: RawBuilder<unknown>; readonly fits: RegExp }>> = {
  uuid: { array: sql`uuid[]`, fits: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/ },
  text: { array: sql`text[]`, fits: /^[^\0]*$/ },
  bigint: { array: sql`bigint[]`, fits: /^-?\d{1,18}$/ },
  integer: { array: sql`integer[]`, fits: /^-?\d{1,9}$/ },
  smallint: { array: sql`smallint[]`, fits: /^-?\d{1,4}$/ },
}

/** Lets one verification take as long as it takes. */
export async function liftTimeouts(db: Db): Promise<void> {
  await sql`select set_config('statement_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true)`.execute(db)
}

export async function readHeads(db: Db): Promise<StoredHead[]> {
  return (await sql<StoredHead>`select size::text, root, checkpoint from audit_head`.execute(db)).rows
}

/** One more than the largest index of a leaf that a number holds. */
export async function readExtent(db: Db): Promise<number> {
  const { rows } = await sql<{ extent: number }>`select coalesce(max(index) + 1, 0) as extent from audit_leaf where index < ${Number.MAX_SAFE_INTEGER}`.execute(
    db,
  )
  return rows[0]!.extent
}

export async function readLeaves(db: Db, start: number, end: number): Promise<StoredLeaf[]> {
  const { rows } = await sql<StoredLeaf>`select index, operator_id as operator, to_json(happened_at) #>> '{}' as at, actor_id as actor, action,
    subject_id as subject, body from audit_leaf where index >= ${start} and index < ${end}`.execute(db)
  return rows
}

/** The nodes of the levels 0 to `top` that cover leaves of a range. */
export async function readNodesUnder(db: Db, start: number, end: number, top: number): Promise<StoredNode[]> {
  const levels = Array.from({ length: top + 1 }, (_, level) => level)
  const { rows } = await sql<StoredNode>`select n.level, n.index, n.hash
    from unnest(${levels}::smallint[], ${levels.map((level) => Math.floor(start / 2 ** level))}::bigint[],
      ${levels.map((level) => Math.floor(end / 2 ** level))}::bigint[]) as w (level, first, past)
    join audit_node n on n.level = w.level and n.index >= w.first and n.index < w.past`.execute(db)
  return rows
}

/** The nodes above a level, of a tree of this size. */
export async function readNodesAbove(db: Db, level: number, size: number): Promise<StoredNode[]> {
  const { rows } = await sql<StoredNode>`select level, index, hash from audit_node
    where level > ${level} and level < 53 and index >= 0 and index < ${size}::bigint >> level::int`.execute(db)
  return rows
}

export async function readCheckpoints(db: Db, above: number, upTo: number): Promise<StoredCheckpoint[]> {
  const { rows } = await sql<StoredCheckpoint>`select size::text, checkpoint, to_json(signed_at) #>> '{}' as "signedAt" from audit_checkpoint
    where size > ${above} and size <= ${upTo} order by size`.execute(db)
  return rows
}

/** What lies outside the tree of this size, as far as `limit` rows of each table. */
export async function readStrays(db: Db, size: number, limit: number) {
  const leaves = await sql<{ id: string }>`select index::text as id from audit_leaf where index < 0 or index >= ${size} order by index limit ${limit}`.execute(
    db,
  )
  const nodes = await sql<{ id: string }>`select level || '/' || index as id from audit_node
    where level < 0 or level > 52 or index < 0 or index >= ${size}::bigint >> level::int order by level, index limit ${limit}`.execute(db)
  const checkpoints = await sql<StoredCheckpoint>`select size::text, checkpoint, null as "signedAt" from audit_checkpoint
    where size < 1 or size > ${size} order by size limit ${limit}`.execute(db)
  return { leaves: leaves.rows, nodes: nodes.rows, checkpoints: checkpoints.rows }
}

/**
 * For every row that a leaf binds, what the last of these leaves says, in batches, sorted by table.
 * `without` names the leaves whose bodies PostgreSQL could not read.
 */
export async function* readBoundRows(db: Db, size: number, without: readonly number[], batch: number): AsyncGenerator<BoundRowAtLeaf[]> {
  // offset 0: the bodies left out must not reach the cast.
  await sql`declare bound_row no scroll cursor for
    select distinct on (b ->> 'table', (b -> 'key')::text) b ->> 'table' as "table", b -> 'key' as key, b -> 'columns' as columns, b ->> 'sha256' as sha256, l.index as leaf
    from (select index, body from audit_leaf where index >= 0 and index < ${sql.lit(size)} and index <> all (array[${sql.join(without.map((index) => sql.lit(index)))}]::bigint[]) offset 0) l
    cross join lateral jsonb_array_elements(convert_from(l.body, 'UTF8')::jsonb -> 'binds') b
    order by b ->> 'table', (b -> 'key')::text, l.index desc`.execute(db)
  for (;;) {
    const { rows } = await sql<BoundRowAtLeaf>`fetch ${sql.lit(batch)} from bound_row`.execute(db)
    if (rows.length === 0) break
    yield rows
  }
  await sql`close bound_row`.execute(db)
}

/** Columns of every table, with their types: the only names that a statement is ever built from. */
export async function readTables(db: Db): Promise<Map<string, Map<string, string>>> {
  const { rows } = await sql<{
    table: string
    column: string
    type: string
  }>`select c.relname as "table", a.attname as column, format_type(a.atttypid, null) as type
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped`.execute(db)
  const tables = new Map<string, Map<string, string>>()
  for (const { table, column, type } of rows) tables.set(table, (tables.get(table) ?? new Map<string, string>()).set(column, type))
  return tables
}

/** Digests of rows of one table as they are now, by their place in `keys`; several where a key fits several rows. */
export async function digestNow(
  db: Db,
  table: string,
  types: ReadonlyMap<string, string>,
  columns: readonly string[],
  keys: readonly Readonly<Record<string, string>>[],
): Promise<Map<number, string[]>> {
  const names = Object.keys(keys[0]!)
  const wanted = keys.map((key, n) => ({ key, n })).filter(({ key }) => names.every((name) => COMPARED_AS[types.get(name)!]?.fits.test(key[name]!) ?? true))
  const lists = names.map((name) => sql`${wanted.map(({ key }) => key[name]!)}::${COMPARED_AS[types.get(name)!]?.array ?? sql`text[]`}`)
  const matches = names.map((name, at): RawBuilder<unknown> => {
    const column = sql.ref(`t.${name}`)
    return sql`${COMPARED_AS[types.get(name)!] ? column : sql`${column}::text`} = ${sql.ref(`w.k${at}`)}`
  })
  const { rows } = await sql<{ n: number; digest: string }>`select w.n, ${digestOf(columns)} as digest
    from unnest(${wanted.map(({ n }) => n)}::int[], ${sql.join(lists)}) as w (n, ${sql.join(names.map((_, at) => sql.ref(`k${at}`)))})
    join ${sql.table(table)} as t on ${sql.join(matches, sql` and `)}`.execute(db)
  const digests = new Map<number, string[]>()
  for (const { n, digest } of rows) digests.set(n, [...(digests.get(n) ?? []), digest])
  return digests
}
