import { sql, type Transaction } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import { pgArray } from '#platform/db/pg-array.ts'
import type { DB } from '#platform/db/types.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import type { Place } from '#exchange/objects/version.ts'

type Db = Transaction<DB>

/** The sealed bytes of versions and a digest of each: what a leaf binds of them. */
export const blockRow = binder('object_block', ['id', 'collection_id', 'operator_id', 'organisation_id', 'added_at', 'sealed', 'digests'])

export interface Block {
  readonly id: string
  readonly sealed: Buffer
  readonly digests: Buffer
}

export async function insertBlocks(db: Db, { collection, operator, contributor }: Place, blocks: readonly Block[], at: Date): Promise<void> {
  if (blocks.length === 0) return
  const rows = blocks.map(({ id, sealed, digests }) => sql`(${id}::uuid, ${sealed}::bytea, ${digests}::bytea)`)
  await sql`insert into object_block (collection_id, operator_id, organisation_id, added_at, id, sealed, digests)
    select ${collection}::uuid, ${operator}::uuid, ${contributor}::uuid, ${at}::timestamptz, n.* from (values ${sql.join(rows)}) as n`.execute(db)
}

/** Sealed blocks by id; authorise what is read from them first. */
export async function readBlocks(db: Db, collection: CollectionId, ids: readonly string[]): Promise<Map<string, Block>> {
  if (ids.length === 0) return new Map()
  const { rows } = await sql<Block>`select id, sealed, digests from object_block
    where collection_id = ${collection} and id = any(${pgArray([...new Set(ids)])}::uuid[])`.execute(db)
  return new Map(rows.map((row) => [row.id, row]))
}

export async function replaceBlock(db: Db, collection: CollectionId, { id, sealed, digests }: Block): Promise<void> {
  await sql`update object_block set sealed = ${sealed}, digests = ${digests} where collection_id = ${collection} and id = ${id}`.execute(db)
}
