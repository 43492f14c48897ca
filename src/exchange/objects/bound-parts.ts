import { sql } from 'kysely'
import type { PartFault, Parts } from '#platform/audit/audit.ts'
import { pgArray } from '#platform/db/pg-array.ts'
import { DELETED, DIGEST_BYTES, versionDigest } from '#exchange/objects/block.ts'
import { listInBlocks, type InBlock } from '#exchange/objects/version-store.ts'

/** Blocks that are looked at together: some ten thousand versions. */
const AT_ONCE = 200

/** Each block vouches for the versions that lie in it: they have the digests that it holds, and no other version says to lie there. */
export const parts: Parts = {
  table: 'object_block',
  check: async (db, keys) => {
    const faults: PartFault[][] = []
    for (let from = 0; from < keys.length; from += AT_ONCE) {
      const ids = keys.slice(from, from + AT_ONCE).map((key) => key['id']!)
      const { rows } = await sql<BoundBlock>`select id, collection_id, operator_id, digests from object_block
        where id = any(${pgArray(ids)}::uuid[])`.execute(db)
      const blocks = new Map(rows.map((row) => [row.id, row]))
      const versions = Map.groupBy(await listInBlocks(db, ids), ({ block_id: id }) => id)
      for (const id of ids) faults.push(compare(blocks.get(id)!, versions.get(id) ?? []))
    }
    return faults
  },
}

interface BoundBlock {
  readonly id: string
  readonly collection_id: string
  readonly operator_id: string
  readonly digests: Buffer
}

function compare(block: BoundBlock, versions: readonly InBlock[]): PartFault[] {
  const expected = new Set<string>()
  for (let at = 0; at < block.digests.length; at += DIGEST_BYTES) expected.add(block.digests.subarray(at, at + DIGEST_BYTES).toString('hex'))
  expected.delete(DELETED.toString('hex'))
  // Whose collection it is in is said of the block alone, and must be the same of each version.
  const isElsewhere = (one: InBlock) => one.collection_id !== block.collection_id || one.operator_id !== block.operator_id
  const strange = versions.filter((one) => isElsewhere(one) || !expected.delete(versionDigest(one).toString('hex')))
  const altered = strange.map(({ id }): PartFault => ({ table: 'object_version', id, code: 'ROW_ALTERED' }))
  const missing = expected.size - strange.length
  return missing > 0 ? [...altered, { table: 'object_version', id: `block_id=${block.id}`, code: 'ROW_MISSING' }] : altered
}
