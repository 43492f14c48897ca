import { sql, type RawBuilder, type Transaction } from 'kysely'
import type { Binding } from '#platform/audit/audit.ts'
import type { Leaf } from '#platform/audit/leaf.ts'
import type { Place, TreeNode } from '#platform/audit/merkle.ts'
import type { DB } from '#platform/db/types.ts'

type Db = Transaction<DB>

/** Rows that one statement digests. */
const DIGEST_BATCH = 100

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

/** For each binding the SHA-256 of its row's columns as jsonb text, in hex; null where no such row exists. */
export async function digestRows(db: Db, bindings: readonly Binding[]): Promise<(string | null)[]> {
  const digests: (string | null)[] = []
  for (let at = 0; at < bindings.length; at += DIGEST_BATCH) {
    const rows = bindings.slice(at, at + DIGEST_BATCH).map((binding, n) => sql`(${sql.lit(n)}, (${digestQuery(binding)}))`)
    const result = await sql<{ digest: string | null }>`select digest from (values ${sql.join(rows)}) as bound (n, digest) order by n`.execute(db)
    digests.push(...result.rows.map((row) => row.digest))
  }
  return digests
}

/** The digest of a row `t` over the named columns; jsonb sorts its keys, so the order of the names does not matter. */
export function digestOf(columns: readonly string[]): RawBuilder<string> {
  const members = columns.map((column) => sql`${column}::text, ${sql.ref(`t.${column}`)}`)
  return sql`encode(sha256(convert_to(jsonb_build_object(${sql.join(members)})::text, 'UTF8')), 'hex')`
}

function digestQuery({ table, key, columns }: Binding): RawBuilder<unknown> {
  const matches = Object.entries(key).map(([column, value]) => sql`${sql.ref(`t.${column}`)} = ${value}`)
  return sql`select ${digestOf(columns)} from ${sql.table(table)} as t where ${sql.join(matches, sql` and `)}`
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
