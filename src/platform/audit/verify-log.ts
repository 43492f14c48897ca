import { createPublicKey, type KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Transaction } from 'kysely'
import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import type { Checkpoint } from '#platform/audit/checkpoint.ts'
import { CHECKPOINT_EVERY } from '#platform/audit/create-audit.ts'
import { FaultList, type Fault } from '#platform/audit/faults.ts'
import { parseLeaf, type Leaf } from '#platform/audit/leaf.ts'
import type { Range } from '#platform/audit/merkle.ts'
import { openCheckpoint } from '#platform/audit/signed-checkpoint.ts'
import { verifierKeyText } from '#platform/audit/signed-note.ts'
import { CHUNK, CHUNK_LEVEL, chunkOf, Tree, type Chunk } from '#platform/audit/tree.ts'
import { verifyRows } from '#platform/audit/verify-rows.ts'
import {
  liftTimeouts,
  readCheckpoints,
  readExtent,
  readHeads,
  readLeaves,
  readNodesAbove,
  readNodesUnder,
  readStrays,
  type StoredCheckpoint,
  type StoredHead,
  type StoredLeaf,
} from '#platform/audit/verify-store.ts'
import type { DB } from '#platform/db/types.ts'

type Db = Transaction<DB>

export interface VerifyOptions {
  /** Files with checkpoints that this log must still contain; one that is not there is passed over. */
  readonly checkpointFiles?: readonly string[]
  readonly onProgress?: (leaves: number, of: number) => void
  readonly signal?: AbortSignal
}

export interface LogReport {
  readonly ok: boolean
  readonly size: number
  /** The root that the leaves give, in hex; null when leaves are missing. */
  readonly root: string | null
  /** The newest signed note; null while nothing was ever recorded. */
  readonly checkpoint: string | null
  /** Verifier key of the log, `name+hash+base64`. */
  readonly key: string | null
  readonly checked: { readonly leaves: number; readonly rows: number; readonly checkpoints: number }
  /** The first thousand. */
  readonly faults: readonly Fault[]
  readonly faultCount: number
}

/** A checkpoint that the log's key signed, and where it was kept. */
interface Witness {
  readonly table: string
  readonly id: string
  readonly checkpoint: Checkpoint
}

/** What the head says, and how far it can be believed. */
interface Extent {
  readonly size: number
  /** Undefined where no signature vouches for a root at this size. */
  readonly signedRoot: Buffer | undefined
  readonly claimedRoot: Buffer | undefined
}

const MOST_STRAYS = 1001
const HEAD_ID = 'only_row'
const FILE = 'checkpoint file'

/**
 * Checks the whole log: every leaf, every node, every signature, every kept checkpoint, and each row
 * that a leaf binds, as one state of the database. Holds one chunk of the tree in memory at a time.
 * Rejects only when the database cannot be read or `signal` fires; what is wrong with the log is in the report.
 */
export async function verifyLog(app: Pick<App, 'db' | 'keys'>, options: VerifyOptions = {}): Promise<LogReport> {
  const verification = new Verification(createPublicKey(app.keys.log), options)
  // Before the snapshot: a file is only ever written after the commit that it tells of.
  await verification.readFiles()
  return app.db.snapshot(system('log verify'), (tx) => verification.run(tx.db))
}

class Verification {
  readonly #key: KeyObject
  readonly #options: VerifyOptions
  readonly #faults = new FaultList()
  readonly #files: Witness[] = []
  readonly #altered = new Set<number>()
  readonly #missing = new Set<number>()
  readonly #unreadable = new Set<number>()
  /** Witnesses of another tree than this. */
  readonly #contrary: Witness[] = []
  /** The largest size at which the leaves give a signed root. */
  #soundUpTo = 0
  #leaves = 0
  #checkpoints = 0

  constructor(key: KeyObject, options: VerifyOptions) {
    this.#key = key
    this.#options = options
  }

  async readFiles(): Promise<void> {
    for (const path of this.#options.checkpointFiles ?? []) {
      const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined
        throw error
      })
      if (text === undefined) continue
      const checkpoint = openCheckpoint(text, this.#key)
      if (checkpoint) this.#files.push({ table: FILE, id: path, checkpoint })
      else this.#faults.add('CHECKPOINT_UNREADABLE', FILE, path, null)
    }
  }

  async run(db: Db): Promise<LogReport> {
    await liftTimeouts(db)
    const heads = await readHeads(db)
    const extent = await this.#judgeHead(db, heads)
    const tree = await this.#readTree(db, extent.size)
    const root = tree.rootAt('computed', extent.size)
    await this.#judgeTree(db, tree, extent, root)
    await this.#findStrays(db, extent.size)
    const damaged = { altered: this.#altered, lost: new Set([...this.#missing, ...this.#unreadable]), unreadable: this.#unreadable }
    const rows = await verifyRows(db, extent.size, damaged, this.#faults, this.#options.signal)
    return this.#report(heads[0], extent.size, root, rows)
  }

  /** How far the log reaches, and which root it must have. */
  async #judgeHead(db: Db, heads: readonly StoredHead[]): Promise<Extent> {
    const leaves = await readExtent(db)
    const [head] = heads
    if (heads.length > 1) this.#faults.add('HEAD_ALTERED', 'audit_head', HEAD_ID, null)
    const own = head ? this.#ownExtent(head, leaves) : { size: leaves, signedRoot: undefined, claimedRoot: undefined }
    const newest = await this.#newestWitness(db, own.size)
    if (!head && (leaves > 0 || newest)) this.#faults.add('HEAD_MISSING', 'audit_head', HEAD_ID, null)
    if (!newest) return own
    if (head) this.#faults.add('ROLLED_BACK', 'audit_head', HEAD_ID, own.size)
    const { size, root } = newest.checkpoint
    return size <= leaves ? { size, signedRoot: Buffer.from(root), claimedRoot: undefined } : own
  }

  #ownExtent(head: StoredHead, leaves: number): Extent {
    const size = Number(head.size)
    const signed = openCheckpoint(head.checkpoint, this.#key)
    if (!signed) {
      this.#faults.add('HEAD_UNSIGNED', 'audit_head', HEAD_ID, null)
      return { size: Math.max(0, Math.min(size, leaves)), signedRoot: undefined, claimedRoot: head.root }
    }
    const signedRoot = Buffer.from(signed.root)
    if (signed.size === size && signedRoot.equals(head.root)) return { size, signedRoot, claimedRoot: head.root }
    this.#faults.add('HEAD_ALTERED', 'audit_head', HEAD_ID, null)
    // Of two sizes the one that the leaves bear out; the other column is the altered one.
    return signed.size !== size && size === leaves
      ? { size, signedRoot: undefined, claimedRoot: head.root }
      : { size: signed.size, signedRoot, claimedRoot: undefined }
  }

  /** The largest tree beyond this size that the log's key ever signed, as far as anyone kept it. */
  async #newestWitness(db: Db, size: number): Promise<Witness | undefined> {
    const kept = (await readCheckpoints(db, size, Number.MAX_SAFE_INTEGER)).map((row) => this.#witnessOf(row)).filter((witness) => witness !== undefined)
    const beyond = [...kept, ...this.#files].filter((witness) => witness.checkpoint.size > size)
    return beyond.sort((a, b) => b.checkpoint.size - a.checkpoint.size)[0]
  }

  #witnessOf(row: StoredCheckpoint): Witness | undefined {
    const checkpoint = openCheckpoint(row.checkpoint, this.#key)
    return checkpoint && String(checkpoint.size) === row.size ? { table: 'audit_checkpoint', id: row.size, checkpoint } : undefined
  }

  async #readTree(db: Db, size: number): Promise<Tree> {
    const tree = new Tree(size, await readNodesAbove(db, CHUNK_LEVEL, size))
    for (let start = 0; start < size; start += CHUNK) {
      this.#options.signal?.throwIfAborted()
      const chunk = await this.#load(db, { start, end: Math.min(start + CHUNK, size) })
      tree.add(chunk)
      const bodies = tree.isSound(chunk.start) ? this.#checkLeaves(chunk) : chunk.leaves.map((leaf) => leaf && parseLeaf(leaf.body))
      await this.#checkCheckpoints(db, tree, chunk, bodies)
      this.#weigh(
        tree,
        this.#files.filter(({ checkpoint }) => checkpoint.size > chunk.start && checkpoint.size <= chunk.end),
      )
      this.#leaves += chunk.leaves.filter(Boolean).length
      this.#options.onProgress?.(chunk.end, size)
    }
    return tree
  }

  async #load(db: Db, range: Range): Promise<Chunk> {
    const rows = await readLeaves(db, range.start, range.end)
    const seen = new Set<number>()
    for (const { index } of rows) {
      if (seen.has(index)) this.#faults.add('LEAF_TWICE', 'audit_leaf', index, index)
      seen.add(index)
    }
    return chunkOf(range, rows, await readNodesUnder(db, range.start, range.end, CHUNK_LEVEL))
  }

  /** Compares the columns beside each body with what it says; returns the bodies. */
  #checkLeaves(chunk: Chunk): (Leaf | undefined)[] {
    return chunk.leaves.map((row, n) => {
      const index = chunk.start + n
      const body = row && parseLeaf(row.body)
      if (!row || this.#altered.has(index)) {
        if (row && !body) this.#unreadable.add(index)
      } else if (!body) {
        this.#unreadable.add(index)
        this.#faults.add('LEAF_UNREADABLE', 'audit_leaf', index, index)
      } else if (!agrees(row, body)) {
        this.#faults.add('COLUMN_ALTERED', 'audit_leaf', index, index)
      }
      return body
    })
  }

  /** The checkpoints kept at the sizes that this chunk reaches. */
  async #checkCheckpoints(db: Db, tree: Tree, chunk: Chunk, bodies: readonly (Leaf | undefined)[]): Promise<void> {
    const rows = await readCheckpoints(db, chunk.start, chunk.end)
    this.#checkpoints += rows.length
    const seen = new Set(rows.map((row) => row.size))
    for (let size = chunk.start + CHECKPOINT_EVERY; size <= chunk.end; size += CHECKPOINT_EVERY) {
      if (!seen.has(String(size))) this.#faults.add('CHECKPOINT_MISSING', 'audit_checkpoint', size, size - 1)
    }
    for (const row of rows) {
      const size = Number(row.size)
      const n = size - 1 - chunk.start
      const instants = [bodies[n] && asJson(bodies[n].at), chunk.leaves[n]?.at]
      const witness = this.#witnessOf(row)
      if (size % CHECKPOINT_EVERY !== 0) this.#faults.add('CHECKPOINT_UNEXPECTED', 'audit_checkpoint', row.size, size - 1)
      else if (!witness || (chunk.leaves[n] && !instants.includes(row.signedAt))) this.#faults.add('CHECKPOINT_ALTERED', 'audit_checkpoint', row.size, size - 1)
      if (witness) this.#weigh(tree, [witness])
    }
  }

  /** Notes what a signed checkpoint says of the tree as it is. */
  #weigh(tree: Tree, witnesses: readonly Witness[]): void {
    for (const witness of witnesses) {
      const { size, root } = witness.checkpoint
      if (tree.rootAt('computed', size)?.equals(root)) this.#soundUpTo = Math.max(this.#soundUpTo, size)
      else if (!tree.has(size, root)) this.#contrary.push(witness)
    }
  }

  /** Names the leaves and nodes that keep the tree from being the signed one. */
  async #judgeTree(db: Db, tree: Tree, { size, signedRoot, claimedRoot }: Extent, computed: Buffer | undefined): Promise<void> {
    const authentic = signedRoot !== undefined && computed !== undefined && computed.equals(signedRoot)
    const root = signedRoot ?? (claimedRoot && tree.has(size, claimedRoot) ? claimedRoot : undefined)
    const firstContrary = this.#contrary.reduce((least, { checkpoint }) => Math.min(least, checkpoint.size), size)
    await tree.locate(root, this.#faults, {
      load: (range) => this.#load(db, range),
      leaf: (index, state) => (state === 'missing' ? this.#missing : this.#altered).add(index),
      chunkDone: (chunk) => this.#checkLeaves(chunk),
      suspects: { start: this.#soundUpTo, end: firstContrary },
    })
    // Otherwise the altered leaves are why these witnesses disagree, and they are named already.
    if (authentic) for (const { table, id, checkpoint } of this.#contrary) this.#faults.add('FORKED', table, id, checkpoint.size - 1)
  }

  /** Whatever lies in the tables of the log but not in its tree. */
  async #findStrays(db: Db, size: number): Promise<void> {
    const strays = await readStrays(db, size, MOST_STRAYS)
    for (const { id } of strays.leaves) this.#faults.add('LEAF_UNSIGNED', 'audit_leaf', id, Number.isSafeInteger(Number(id)) ? Number(id) : null)
    for (const { id } of strays.nodes) this.#faults.add('NODE_UNEXPECTED', 'audit_node', id, leafUnder(id))
    for (const row of strays.checkpoints) {
      // A signed one is not the stray: it tells that the rest was taken back.
      if (!this.#witnessOf(row)) this.#faults.add('CHECKPOINT_UNEXPECTED', 'audit_checkpoint', row.size, null)
    }
  }

  #report(head: StoredHead | undefined, size: number, root: Buffer | undefined, rows: number): LogReport {
    const origin = head && openCheckpoint(head.checkpoint, this.#key)?.origin
    return {
      ok: this.#faults.count === 0,
      size,
      root: root?.toString('hex') ?? null,
      checkpoint: head?.checkpoint ?? null,
      key: origin === undefined ? null : verifierKeyText(origin, this.#key),
      checked: { leaves: this.#leaves, rows, checkpoints: this.#checkpoints },
      faults: this.#faults.listed,
      faultCount: this.#faults.count,
    }
  }
}

function agrees(row: StoredLeaf, body: Leaf): boolean {
  return (
    row.index === body.index &&
    row.operator === body.operator &&
    row.at === asJson(body.at) &&
    row.actor === body.actor.id &&
    row.action === body.action &&
    row.subject === body.subject
  )
}

/** An instant of a leaf as PostgreSQL's to_json writes it. */
function asJson(instant: string): string {
  return instant.replace(/\.?0*Z$/, '+00:00')
}

/** First leaf under a place `level/index`, where there can be one. */
function leafUnder(id: string): number | null {
  const [level, index] = id.split('/').map(Number)
  const leaf = index! * 2 ** level!
  return Number.isSafeInteger(leaf) && leaf >= 0 ? leaf : null
}
