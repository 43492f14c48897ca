/** What can be wrong with the log, or with a row that it binds. */
const FAULTS = {
  LEAF_ALTERED: 'the leaf is not the one that the tree holds',
  LEAF_MISSING: 'the leaf is missing',
  LEAF_UNSIGNED: 'the leaf lies beyond what was signed',
  LEAF_TWICE: 'there are several leaves of this index',
  LEAF_UNREADABLE: 'the body of the leaf is not what the log writes',
  COLUMN_ALTERED: 'a column beside the body does not say what the body says',
  LEAVES_ALTERED: 'leaves of this range and their nodes were altered together: the signed tree is another one',
  NODE_ALTERED: 'the node is not the hash of what is under it',
  NODE_MISSING: 'the node is missing',
  NODE_UNEXPECTED: 'the tree has no node at this place',
  HEAD_MISSING: 'the head of the log is missing',
  HEAD_ALTERED: 'the head does not say what its signed checkpoint says',
  HEAD_UNSIGNED: 'the checkpoint of the head was not signed by the key of this log',
  ROLLED_BACK: 'a newer checkpoint was signed: the log was taken back to an older state',
  FORKED: 'a checkpoint was signed for another tree than this',
  CHECKPOINT_ALTERED: 'the kept checkpoint is not the one that was signed at this size',
  CHECKPOINT_MISSING: 'the checkpoint that was signed at this size is missing',
  CHECKPOINT_UNEXPECTED: 'no checkpoint is kept at this size',
  CHECKPOINT_UNREADABLE: 'the file holds no checkpoint that the key of this log signed',
  ROW_ALTERED: 'the row is not as the leaf recorded it',
  ROW_MISSING: 'the row that the leaf recorded is missing',
  ROW_RETURNED: 'the leaf recorded that there is no such row, but there is one',
  ROW_UNPROVEN: 'the row is not as its last sound leaf recorded it; a damaged later leaf may have recorded the change',
  BINDING_UNKNOWN: 'the leaf binds a table or column that does not exist',
} as const satisfies Record<string, string>

export type FaultCode = keyof typeof FAULTS

export interface Fault {
  /** Table of the damaged row, or `checkpoint file`. */
  readonly table: string
  /** Primary key of the damaged row. */
  readonly id: string
  /** Leaf concerned; of several, the first. */
  readonly leaf: number | null
  readonly code: FaultCode
  /** For people. */
  readonly reason: string
}

/** Most faults that are listed one by one. */
const LONGEST_LIST = 1000

/** Collects faults: each once, the first thousand in full, the rest counted. */
export class FaultList {
  readonly listed: Fault[] = []
  #count = 0
  readonly #seen = new Set<string>()

  get count(): number {
    return this.#count
  }

  add(code: FaultCode, table: string, id: string | number, leaf: number | null): void {
    const key = `${table} ${id} ${code}`
    if (this.#seen.has(key)) return
    this.#count++
    if (this.listed.length === LONGEST_LIST) return
    this.#seen.add(key)
    this.listed.push({ table, id: String(id), leaf, code, reason: FAULTS[code] })
  }
}
