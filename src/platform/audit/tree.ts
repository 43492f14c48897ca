import { EMPTY_ROOT, hashChildren, hashLeaf, placesOf, rootOf, splitOf, type Place, type Range } from '#platform/audit/merkle.ts'
import type { FaultList } from '#platform/audit/faults.ts'
import type { StoredLeaf, StoredNode } from '#platform/audit/verify-store.ts'

/** The tree is read in subtrees of this level, one in memory at a time; of the rest only the hashes above are kept. */
export const CHUNK_LEVEL = 10
export const CHUNK = 2 ** CHUNK_LEVEL

type Hash = Buffer | undefined
/** Hashes by level, from level 0, each level from the left. */
type Levels = Hash[][]
/** As the nodes say, or as the leaves give. */
type Source = 'stored' | 'computed'

export interface Chunk extends Range {
  readonly leaves: readonly (StoredLeaf | undefined)[]
  readonly stored: Levels
  readonly computed: Levels
}

/** Puts a chunk together from what lies in the tables. */
export function chunkOf(range: Range, rows: readonly StoredLeaf[], nodes: readonly StoredNode[]): Chunk {
  const leaves = Array.from<StoredLeaf | undefined>({ length: range.end - range.start })
  for (const row of rows) leaves[row.index - range.start] ??= row
  const computed: Levels = [leaves.map((leaf) => leaf && hashLeaf(leaf.body))]
  while (computed.at(-1)!.length > 1) computed.push(parentsOf(computed.at(-1)!))
  const stored: Levels = computed.map((level) => Array.from<Hash>({ length: level.length }))
  for (const { level, index, hash } of nodes) stored[level]![index - range.start / 2 ** level] = hash
  return { ...range, leaves, stored, computed }
}

function parentsOf(hashes: readonly Hash[]): Hash[] {
  return Array.from({ length: Math.floor(hashes.length / 2) }, (_, n) => join(hashes[2 * n], hashes[2 * n + 1]))
}

function join(left: Hash, right: Hash): Hash {
  return left && right && hashChildren(left, right)
}

function same(a: Hash, b: Hash): boolean {
  return a !== undefined && b !== undefined && a.equals(b)
}

function isSound(chunk: Chunk): boolean {
  return chunk.computed.every((hashes, level) => hashes.every((hash, n) => same(hash, chunk.stored[level]![n])))
}

/** The tree as its nodes say it is, beside the tree that its leaves give. */
export class Tree {
  readonly size: number
  /** Above the chunks, from CHUNK_LEVEL on. */
  readonly #above: Record<Source, Levels>
  readonly #unsound = new Set<number>()
  #chunk: Chunk | undefined
  #last: Record<Source, Hash> = { stored: undefined, computed: undefined }

  constructor(size: number, nodesAbove: readonly StoredNode[]) {
    this.size = size
    this.#above = { stored: [], computed: [] }
    for (const { level, index, hash } of nodesAbove) (this.#above.stored[level - CHUNK_LEVEL] ??= [])[index] = hash
  }

  /** Takes the next chunk, left to right. */
  add(chunk: Chunk): void {
    this.#chunk = chunk
    if (!isSound(chunk)) this.#unsound.add(chunk.start)
    if (chunk.end - chunk.start < CHUNK) {
      this.#last = { stored: this.#hash('stored', chunk), computed: this.#hash('computed', chunk) }
      return
    }
    ;(this.#above.stored[0] ??= [])[chunk.start / CHUNK] = chunk.stored[CHUNK_LEVEL]![0]
    this.#push(0, chunk.computed[CHUNK_LEVEL]![0])
  }

  /** Whether every leaf of the chunk that starts here is there, and every node is the hash of what is under it. */
  isSound(start: number): boolean {
    return !this.#unsound.has(start)
  }

  #push(level: number, hash: Hash): void {
    const hashes = (this.#above.computed[level] ??= [])
    hashes.push(hash)
    if (hashes.length % 2 === 0) this.#push(level + 1, join(hashes.at(-2), hash))
  }

  /** Root of the first `size` leaves; the size lies in the chunk added last, or is the whole. */
  rootAt(source: Source, size: number): Hash {
    if (size === 0) return EMPTY_ROOT
    const hashes = placesOf({ start: 0, end: size }).map((place) => this.#get(source, place))
    return hashes.every((hash) => hash !== undefined) ? rootOf({ size, hashes }) : undefined
  }

  /** Whether one of the two trees has this root at this size. */
  has(size: number, root: Uint8Array): boolean {
    return (['stored', 'computed'] as const).some((source) => same(this.rootAt(source, size), Buffer.from(root)))
  }

  #get(source: Source, { level, index }: Place): Hash {
    if (level >= CHUNK_LEVEL) return this.#above[source][level - CHUNK_LEVEL]?.[index]
    const chunk = this.#chunk!
    return chunk[source][level]?.[index - chunk.start / 2 ** level]
  }

  #hash(source: Source, range: Range): Hash {
    const beyondReach = range.end - range.start < CHUNK && this.#chunk?.start !== startOfChunk(range)
    if (beyondReach) return this.#last[source]
    const place = placeOf(range)
    if (place) return this.#get(source, place)
    const [left, right] = halves(range)
    return join(this.#hash(source, left), this.#hash(source, right))
  }

  /**
   * Finds from the signed root downwards which leaves and which nodes are not what was signed. `load`
   * reads a chunk again, and is called only for those with something wrong; `altered` is told each leaf.
   * Without a root it goes by what fits together.
   */
  async locate(
    root: Buffer | undefined,
    faults: FaultList,
    on: {
      readonly load: (range: Range) => Promise<Chunk>
      readonly leaf: (index: number, state: 'altered' | 'missing') => void
      readonly chunkDone: (chunk: Chunk) => void
      /** Where the leaves must lie that make the whole tree another, as far as other signed checkpoints tell. */
      readonly suspects: Range
    },
  ): Promise<void> {
    const visit = async (range: Range, given: Hash): Promise<void> => {
      const entersChunk = range.end - range.start <= CHUNK && (this.#chunk === undefined || this.#chunk.start !== startOfChunk(range))
      if (entersChunk) {
        this.#chunk = undefined
        if (!this.#unsound.has(startOfChunk(range))) return visitSound(range, given)
        this.#chunk = await on.load({ start: startOfChunk(range), end: Math.min(startOfChunk(range) + CHUNK, this.size) })
      }
      await visitNode(range, given)
      if (entersChunk && this.#chunk) on.chunkDone(this.#chunk)
      if (entersChunk) this.#chunk = undefined
    }

    const visitSound = (range: Range, given: Hash): void => {
      const place = placeOf(range)
      const computed = place && place.level >= CHUNK_LEVEL ? this.#get('computed', place) : this.#last.computed
      if (given && !same(computed, given)) reportRange(range)
    }

    const visitNode = async (range: Range, given: Hash): Promise<void> => {
      const place = placeOf(range)
      const computed = this.#hash('computed', range)
      const stored = this.#hash('stored', range)
      const expected = given ?? this.#likely(range, stored, computed)
      if (place && !stored) faults.add('NODE_MISSING', 'audit_node', `${place.level}/${place.index}`, range.start)
      else if (place && !same(stored, expected)) faults.add('NODE_ALTERED', 'audit_node', `${place.level}/${place.index}`, range.start)
      if (range.end - range.start === 1) return visitLeaf(range.start, computed, expected)
      const before = faults.count
      const [left, right] = halves(range)
      const pair = expected && this.#childrenOf(expected, left, right)
      await visit(left, pair?.[0])
      await visit(right, pair?.[1])
      if (expected && !pair && faults.count === before) reportRange(range)
    }

    const visitLeaf = (index: number, computed: Hash, expected: Hash): void => {
      if (same(computed, expected)) return
      on.leaf(index, computed ? 'altered' : 'missing')
      faults.add(computed ? 'LEAF_ALTERED' : 'LEAF_MISSING', 'audit_leaf', index, index)
    }

    const reportRange = ({ start, end }: Range): void => {
      const first = Math.max(start, on.suspects.start)
      const past = Math.min(end, on.suspects.end)
      const [from, to] = first < past ? [first, past] : [start, end]
      faults.add('LEAVES_ALTERED', 'audit_leaf', to - from === 1 ? from : `${from}-${to - 1}`, from)
    }

    this.#chunk = undefined
    if (this.size > 0) await visit({ start: 0, end: this.size }, root)
  }

  /** Which hash to believe where no signed hash from above says: the one that both sources or the nodes below agree on. */
  #likely(range: Range, stored: Hash, computed: Hash): Hash {
    if (same(stored, computed)) return stored
    // A range that is no complete subtree has no node of its own to agree with those below.
    if (!placeOf(range) || range.end - range.start === 1) return undefined
    const [left, right] = halves(range)
    const below = join(this.#hash('stored', left), this.#hash('stored', right))
    return [stored, computed].find((hash) => same(hash, below))
  }

  /** The hashes of both children that give the parent's, the leaves' own first; undefined when none do. */
  #childrenOf(parent: Buffer, left: Range, right: Range): [Buffer, Buffer] | undefined {
    const known = (range: Range): Hash[] => [this.#hash('computed', range), this.#hash('stored', range)]
    return fitting(parent, known(left), known(right)) ?? fitting(parent, [...known(left), this.#rebuild(left)], [...known(right), this.#rebuild(right)])
  }

  /** What the lowest stored nodes within reach give: it differs from the stored hash when a node between them is altered. */
  #rebuild(range: Range): Hash {
    const length = range.end - range.start
    const inChunk = this.#chunk !== undefined && this.#chunk.start === startOfChunk(range) && length <= CHUNK
    if (length === 1 || (!inChunk && length <= CHUNK)) return this.#hash('stored', range)
    const [left, right] = halves(range)
    return join(this.#rebuild(left), this.#rebuild(right))
  }
}

function fitting(parent: Buffer, lefts: readonly Hash[], rights: readonly Hash[]): [Buffer, Buffer] | undefined {
  for (const left of lefts) for (const right of rights) if (left && right && same(join(left, right), parent)) return [left, right]
  return undefined
}

/** The place of a range that is one complete subtree. */
function placeOf({ start, end }: Range): Place | undefined {
  const level = Math.log2(end - start)
  return Number.isInteger(level) && start % (end - start) === 0 ? { level, index: start / (end - start) } : undefined
}

function halves({ start, end }: Range): [Range, Range] {
  const middle = start + splitOf(end - start)
  return [
    { start, end: middle },
    { start: middle, end },
  ]
}

function startOfChunk({ start }: Range): number {
  return Math.floor(start / CHUNK) * CHUNK
}
