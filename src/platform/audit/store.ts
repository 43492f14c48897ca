import { sql, type RawBuilder, type Transaction } from 'kysely'
import type { Binding } from '#platform/audit/audit.ts'
import type { Leaf } from '#platform/audit/leaf.ts'
import type { Place, TreeNode } from '#platform/audit/merkle.ts'
import type { DB } from '#platform/db/types.ts'

type Db = Transaction<DB>

/** Rows that one statement digests. */
const DIGEST_BATCH = 1000

export interface Head {
  readonly size: number
  readonly root: Buffer
  /** The signed note. */
  readonly checkpoint: string
}

export interface NewLeaf {
  readonly leaf: Leaf
  readonly body: Buffer
}

/** The head, locked until the transaction ends: from here on this transaction alone appends. */
export async function lockHead(db: Db): Promise<Head | undefined> {
  return db.selectFrom('audit_head').select(['size', 'root', 'checkpoint']).forUpdate().executeTakeFirst()
}

export async function readHead(db: Db): Promise<Head | undefined> {
  return db.selectFrom('audit_head').select(['size', 'root', 'checkpoint']).executeTakeFirst()
}

/** Makes the head of an empty log, unless another transaction was first. */
export async function insertHead(db: Db, head: Head): Promise<void> {
  await db
    .insertInto('audit_head')
    .values(head)
    .onConflict((oc) => oc.doNothing())
    .execute()
}

/** The stored nodes at these places, as a look-up that throws where one is missing. */
export async function readNodes(db: Db, places: readonly Place[]): Promise<(place: Place) => Buffer> {
  const nodes = new Map<string, Buffer>()
  if (places.length > 0) {
    const { rows } = await sql<TreeNode>`select level, index, hash from audit_node
      join unnest(${places.map((p) => p.level)}::smallint[], ${places.map((p) => p.index)}::bigint[]) as wanted (level, index) using (level, index)`.execute(db)
    for (const row of rows) nodes.set(`${row.level}/${row.index}`, row.hash)
  }
  return ({ level, index }) => {
    const hash = nodes.get(`${level}/${index}`)
    if (!hash) throw new Error(`node ${level}/${index} of the log is missing`)
    return hash
  }
}

/**
 * For each binding the SHA-256 of its row's columns as jsonb text, in hex; null where no such row exists. One statement for
 * many rows of a table: its rules of row-level security are planned once, not for each row.
 */
export async function digestRows(db: Db, bindings: readonly Binding[]): Promise<(string | null)[]> {
  const digests = bindings.map((): string | null => null)
  const places = bindings.map((binding, n) => ({ binding, n }))
  for (const alike of Map.groupBy(places, ({ binding: { table, key, columns } }) => JSON.stringify([table, Object.keys(key), columns])).values()) {
    for (let at = 0; at < alike.length; at += DIGEST_BATCH) {
      const batch = alike.slice(at, at + DIGEST_BATCH)
      const { rows } = await digestQuery(batch.map(({ binding }) => binding)).execute(db)
      for (const [n, { digest }] of rows.entries()) digests[batch[n]!.n] = digest
    }
  }
  return digests
}

/** The digest of a row `t` over the named columns; jsonb sorts its keys, so the order of the names does not matter. */
export function digestOf(columns: readonly string[]): RawBuilder<string> {
  const members = columns.map((column) => sql`${column}::text, ${sql.ref(`t.${column}`)}`)
  return sql`encode(sha256(convert_to(jsonb_build_object(${sql.join(members)})::text, 'UTF8')), 'hex')`
}

/** Digests of rows of one table in the order of their bindings; the keys are read as the types of the table's own columns. */
function digestQuery(bindings: readonly Binding[]): RawBuilder<{ digest: string | null }> {
  const { table, key, columns } = bindings[0]!
  const names = Object.keys(key)
  const matches = names.map((name) => sql`${sql.ref(`t.${name}`)} = ${sql.ref(`wanted.${name}`)}`)
  const keys = JSON.stringify(bindings.map((binding) => binding.key))
  return sql`select case when ${sql.ref(`t.${names[0]!}`)} is not null then ${digestOf(columns)} end as digest
    from jsonb_populate_recordset(null::${sql.table(table)}, ${keys}::jsonb) with ordinality as wanted
      left join ${sql.table(table)} as t on ${sql.join(matches, sql` and `)}
    order by wanted.ordinality`
}

/** Writes leaves, nodes and the signed checkpoints of round sizes, and moves the head: one statement. */
export async function writeLeaves(
  db: Db,
  rows: {
    readonly leaves: readonly NewLeaf[]
    readonly nodes: readonly TreeNode[]
    readonly checkpoints: readonly { readonly size: number; readonly note: string; readonly at: string }[]
    readonly head: Head
  },
): Promise<void> {
  const { leaves, nodes, checkpoints, head } = rows
  await sql`with
    leaves as (insert into audit_leaf (index, operator_id, happened_at, actor_id, action, subject_id, body)
      select * from unnest(${leaves.map(({ leaf }) => leaf.index)}::bigint[], ${leaves.map(({ leaf }) => leaf.operator)}::uuid[],
        ${leaves.map(({ leaf }) => leaf.at)}::timestamptz[], ${leaves.map(({ leaf }) => leaf.actor.id)}::uuid[],
        ${leaves.map(({ leaf }) => leaf.action)}::text[], ${leaves.map(({ leaf }) => leaf.subject)}::uuid[],
        ${leaves.map(({ body }) => body)}::bytea[])),
    nodes as (insert into audit_node (level, index, hash)
      select * from unnest(${nodes.map((n) => n.level)}::smallint[], ${nodes.map((n) => n.index)}::bigint[], ${nodes.map((n) => n.hash)}::bytea[])),
    checkpoints as (insert into audit_checkpoint (size, checkpoint, signed_at)
      select * from unnest(${checkpoints.map((c) => c.size)}::bigint[], ${checkpoints.map((c) => c.note)}::text[], ${checkpoints.map((c) => c.at)}::timestamptz[]))
    update audit_head set size = ${head.size}, root = ${head.root}, checkpoint = ${head.checkpoint}`.execute(db)
}
