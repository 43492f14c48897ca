import { randomBytes, type KeyObject } from 'node:crypto'
import { join } from 'node:path'
import type { Transaction } from 'kysely'
import type { Actor } from '#platform/auth/actor.ts'
import type { Audit, AuditRecord } from '#platform/audit/audit.ts'
import { checkpointFile } from '#platform/audit/checkpoint-file.ts'
import type { Checkpoint } from '#platform/audit/checkpoint.ts'
import { checkRecord, formatLeaf, leafActor, type Leaf } from '#platform/audit/leaf.ts'
import { append, EMPTY_ROOT, hashLeaf, placesOf, rangeRoot, rootOf, type Peaks, type TreeNode } from '#platform/audit/merkle.ts'
import { isKeyName } from '#platform/audit/note.ts'
import { openCheckpoint, signCheckpoint } from '#platform/audit/signed-checkpoint.ts'
import { digestRows, insertHead, lockHead, readNodes, writeLeaves, type Head, type NewLeaf } from '#platform/audit/store.ts'
import type { Clock } from '#platform/clock/clock.ts'
import type { Keys } from '#platform/crypto/keys.ts'
import { asProblem, type Tx } from '#platform/db/database.ts'
import type { DB } from '#platform/db/types.ts'
import { Problem } from '#platform/errors.ts'
import type { Log } from '#platform/log.ts'

/** Every size that is a multiple of this keeps its signed checkpoint for good: the leaves of one tile (c2sp.org/tlog-tiles). */
export const CHECKPOINT_EVERY = 256

export interface AuditOptions {
  readonly keys: Pick<Keys, 'log'>
  readonly clock: Clock
  readonly log: Log
  /** Name of a new log, the origin of its checkpoints; a log that exists keeps the name it has. */
  readonly name: string
  readonly dataDir: string
}

/** The newest checkpoint, kept outside the database. */
export function checkpointFileOf(dataDir: string): string {
  return join(dataDir, 'log', 'checkpoint')
}

/** The log of one database. Appending is serialised by the row lock on its head, across all processes. */
export function createAudit({ keys, clock, log, name, dataDir }: AuditOptions): Audit {
  if (!isKeyName(name)) throw new TypeError(`not a name for a log: ${name}`)
  const file = checkpointFile(checkpointFileOf(dataDir), keys.log, log)
  const waiting = new WeakMap<Tx, AuditRecord[]>()
  const memory = memoryOf(file.read)

  async function appendAll(tx: Tx): Promise<void> {
    const records = waiting.get(tx) ?? []
    waiting.delete(tx)
    const head = await failClosed(log, () => tx.asSystem((db) => appendLeaves(db, tx.actor, records)))
    tx.afterCommit(() => {
      memory.learn(head)
      file.offer(head.checkpoint, head.size)
    })
  }

  async function appendLeaves(db: Transaction<DB>, actor: Actor, records: readonly AuditRecord[]): Promise<Head> {
    const head = (await lockHead(db)) ?? (await startLog(db, name, keys.log))
    const { origin, peaks } = memory.isOwn(head) ?? (await trustHead(db, head, await memory.recall(), keys.log))
    const at = clock.now().toISOString()
    const leaves = await makeLeaves(db, { actor, records, at, first: head.size })
    const grown = growTree(peaks, leaves, (checkpoint) => signCheckpoint({ origin, ...checkpoint }, keys.log))
    const root = rootOf(grown.peaks)
    const checkpoint = signCheckpoint({ origin, size: grown.peaks.size, root }, keys.log)
    const next = { size: grown.peaks.size, root, checkpoint }
    memory.write(checkpoint, { origin, peaks: grown.peaks })
    await writeLeaves(db, { leaves, nodes: grown.nodes, checkpoints: grown.checkpoints.map((kept) => ({ ...kept, at })), head: next })
    return next
  }

  return {
    record(tx, record) {
      checkRecord(record)
      // A leaf without an operator is the instance's own, and every operator's auditors read it.
      if (tx.actor.kind === 'contact' && record.operator === undefined) throw new TypeError(`${record.action}: say whose evidence the act of a contact is`)
      const records = waiting.get(tx)
      if (records) {
        records.push(...inParts(record))
        return
      }
      waiting.set(tx, inParts(record))
      // Twice round: steps that others asked for before now still run first, and what they write is bound.
      tx.beforeCommit(async () => tx.beforeCommit(appendAll))
    },
    flush: file.flush,
  }
}

/** Rows that one leaf binds at most: with the longest names that tables and columns have, twice as many would not fit a leaf. */
const MOST_BINDS = 100

/** A record that binds very many rows (the end of an account with hundreds of sessions) becomes several leaves of the same act. */
function inParts(record: AuditRecord): AuditRecord[] {
  const { binds = [] } = record
  const parts = Array.from({ length: Math.max(1, Math.ceil(binds.length / MOST_BINDS)) }, (_, n) => binds.slice(n * MOST_BINDS, (n + 1) * MOST_BINDS))
  return parts.length === 1 ? [record] : parts.map((part, n) => ({ ...record, binds: part, details: { ...record.details, part: n + 1, parts: parts.length } }))
}

type Known = Pick<Head, 'size' | 'root'>

interface Trusted {
  readonly origin: string
  readonly peaks: Peaks
}

/** Heads of its own that a process keeps: of the transactions that are under way, only the newest ever commit. */
const OWN_HEADS = 32

/** What this process knows of the log for certain. */
function memoryOf(readFile: () => Promise<Checkpoint | undefined>) {
  let known: Known | undefined
  const own = new Map<string, Trusted>()
  return {
    /** The newest state that was committed: from the file at first, then from its own commits. */
    async recall(): Promise<Known> {
      if (known) return known
      const kept = await readFile()
      return (known ??= kept ? { size: kept.size, root: Buffer.from(kept.root) } : { size: 0, root: EMPTY_ROOT })
    },
    learn(head: Known): void {
      if (!known || head.size > known.size) known = { size: head.size, root: head.root }
    },
    /** A head that this process is about to commit. */
    write(checkpoint: string, trusted: Trusted): void {
      own.set(checkpoint, trusted)
      if (own.size > OWN_HEADS) own.delete(own.keys().next().value!)
    },
    /** What stands under a head that this process signed itself, if nothing newer was committed. */
    isOwn({ size, root, checkpoint }: Head): Trusted | undefined {
      const trusted = own.get(checkpoint)
      if (!trusted || !known || size < known.size || size !== trusted.peaks.size) return undefined
      return root.equals(rootOf(trusted.peaks)) ? trusted : undefined
    },
  }
}

/** Whatever goes wrong while recording undoes the whole transaction, under a code that says so. */
async function failClosed<T>(log: Log, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const known = asProblem(error)
    // No two leaves are the same one: what is taken here is no race of two requests.
    const problem = known && known.code !== 'CONFLICT' ? known : new Problem('AUDIT_UNAVAILABLE', undefined, { cause: error })
    if (problem.code === 'AUDIT_UNAVAILABLE') log.error({ err: error }, 'the audit log cannot be written')
    throw problem
  }
}

async function startLog(db: Transaction<DB>, origin: string, key: KeyObject): Promise<Head> {
  const empty = { size: 0, root: EMPTY_ROOT }
  await insertHead(db, { ...empty, checkpoint: signCheckpoint({ origin, ...empty }, key) })
  return (await lockHead(db))!
}

/**
 * Nothing is appended to a log that this key did not sign, or that has lost what was signed: a new
 * signature over it would hide the change. Throws then.
 */
async function trustHead(db: Transaction<DB>, head: Head, known: Known, key: KeyObject): Promise<Trusted> {
  const signed = openCheckpoint(head.checkpoint, key)
  if (!signed || signed.size !== head.size || !head.root.equals(signed.root)) throw new Error('the head of the audit log is not the one that was signed')
  if (head.size < known.size) {
    throw new Error(`the audit log has ${head.size} leaves but had ${known.size}; after restoring a backup, move the file log/checkpoint away`)
  }
  const whole = { start: 0, end: head.size }
  const before = { start: 0, end: known.size }
  const get = await readNodes(db, [...placesOf(whole), ...placesOf(before)])
  if (!rangeRoot(before, get).equals(known.root)) throw new Error(`the first ${known.size} leaves of the audit log are not those that were signed`)
  if (!rangeRoot(whole, get).equals(head.root)) throw new Error('the nodes of the audit log do not give its root')
  return { origin: signed.origin, peaks: { size: head.size, hashes: placesOf(whole).map(get) } }
}

async function makeLeaves(
  db: Transaction<DB>,
  { actor, records, at, first }: { actor: Actor; records: readonly AuditRecord[]; at: string; first: number },
): Promise<NewLeaf[]> {
  const digests = await digestRows(
    db,
    records.flatMap((record) => record.binds ?? []),
  )
  return records.map((record, n) => {
    const leaf: Leaf = {
      v: 1,
      index: first + n,
      salt: randomBytes(16).toString('hex'),
      at,
      action: record.action,
      actor: leafActor(actor),
      operator: record.operator ?? (actor.kind === 'operator' ? actor.operator : null),
      subject: record.subject ?? null,
      details: { ...record.details } as Leaf['details'],
      binds: (record.binds ?? []).map(({ table, key, columns }) => ({ table, key: { ...key }, columns: [...columns], sha256: digests.shift()! })),
    }
    return { leaf, body: formatLeaf(leaf) }
  })
}

function growTree(start: Peaks, leaves: readonly NewLeaf[], sign: (tree: { size: number; root: Buffer }) => string) {
  const nodes: TreeNode[] = []
  const checkpoints: { size: number; note: string }[] = []
  let peaks = start
  for (const { body } of leaves) {
    const grown = append(peaks, hashLeaf(body))
    peaks = grown.peaks
    nodes.push(...grown.completed)
    if (peaks.size % CHECKPOINT_EVERY === 0) checkpoints.push({ size: peaks.size, note: sign({ size: peaks.size, root: rootOf(peaks) }) })
  }
  return { peaks, nodes, checkpoints }
}
