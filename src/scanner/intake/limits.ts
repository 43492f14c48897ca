/** What one scan may cost. Bytes are counted while they are unpacked, never taken from a header (scanner.md, section 5.2). */
export interface Limits {
  /** Bytes of the file itself. */
  readonly inputBytes: number
  /** Containers inside containers. */
  readonly depth: number
  /** Objects of all containers together. */
  readonly objects: number
  /** Unpacked bytes of all objects together. */
  readonly bytes: number
  /** Unpacked bytes of one object. */
  readonly objectBytes: number
  /** Unpacked over packed bytes of one object, judged from `ratioFloor` unpacked bytes on. */
  readonly ratio: number
  readonly ratioFloor: number
  /** Units of parser work: records, tokens, sectors, group levels. */
  readonly steps: number
  /** Facts that readers report; a document full of them is cut here and says so. */
  readonly facts: number
}

export const LIMITS: Limits = {
  inputBytes: 100 * 2 ** 20,
  depth: 10,
  objects: 5_000,
  bytes: 192 * 2 ** 20,
  objectBytes: 64 * 2 ** 20,
  ratio: 300,
  ratioFloor: 2 * 2 ** 20,
  steps: 12_000_000,
  facts: 5_000,
}

export type LimitName = Exclude<keyof Limits, 'ratioFloor'>

/** A limit was reached: what is left of the input stays unexamined, and the report has to say so. */
export class LimitReached extends Error {
  override name = 'LimitReached'
  readonly limit: LimitName

  constructor(limit: LimitName) {
    super(`limit reached: ${limit}`)
    this.limit = limit
  }
}

/** Does work that gathers something, up to a limit: what was gathered before stays. Gives the limit that ended it. */
export function upToLimit(work: () => void): LimitName | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    if (!(error instanceof LimitReached)) throw error
    return error.limit
  }
}

/** Bytes that are not what their format says; what was read before stays valid. */
export class Damaged extends Error {
  override name = 'Damaged'
}

/** A part may take this share of what is left, so that none leaves nothing for those behind it. */
const SHARE = 1 / 2
/** Work that is asked for at once, and refused at once, without using up what is left. */
const BULK = 4096

/**
 * What is left of the limits during one scan. Every taking throws LimitReached once nothing is left, and for one object that would take
 * more than its share; `isSpent` tells the two apart.
 */
export class Budget {
  readonly limits: Limits
  #objects = 0
  #bytes = 0
  #steps = 0
  #facts = 0
  /** What the part at hand may go up to. */
  #most: { readonly objects: number; readonly steps: number; readonly facts: number }

  constructor(limits: Limits = LIMITS) {
    this.limits = limits
    this.#most = { objects: limits.objects, steps: limits.steps, facts: limits.facts }
  }

  takeObject(depth: number): void {
    if (depth > this.limits.depth) throw new LimitReached('depth')
    if (++this.#objects > this.#most.objects) throw new LimitReached('objects')
  }

  /** Counts unpacked bytes. One object may take half of what is left, and what it may not take is not counted. */
  takeBytes(count: number): void {
    if (count > this.limits.objectBytes) throw new LimitReached('objectBytes')
    if (count > this.room) throw new LimitReached('bytes')
    this.#bytes += count
  }

  /** Counts the bytes of one object that is unpacked piece by piece: all of them together may be as many as one object may have. */
  piecewise(): (count: number) => void {
    let left = this.room
    const limit: LimitName = left === this.limits.objectBytes ? 'objectBytes' : 'bytes'
    return (count) => {
      if (count > left) throw new LimitReached(limit)
      left -= count
      this.#bytes += count
    }
  }

  takeFact(): void {
    if (++this.#facts > this.#most.facts) throw new LimitReached('facts')
  }

  step(count = 1): void {
    if (this.#steps + count > this.#most.steps) {
      if (count < BULK) this.#steps = this.#most.steps
      throw new LimitReached('steps')
    }
    this.#steps += count
  }

  /** Does the work of a part, within its share of what the one around it has left. */
  share<T>(work: () => T, share = SHARE): T {
    const around = this.#most
    const upTo = (used: number, most: number) => used + Math.ceil(Math.max(0, most - used) * share)
    this.#most = { objects: upTo(this.#objects, around.objects), steps: upTo(this.#steps, around.steps), facts: upTo(this.#facts, around.facts) }
    try {
      return work()
    } finally {
      this.#most = around
    }
  }

  /** True where nothing is left for the part at hand: everything that it still has to read would meet the same limit. */
  isSpent(limit: LimitName): boolean {
    if (limit === 'steps') return this.#steps >= this.#most.steps
    if (limit === 'objects') return this.#objects >= this.#most.objects
    return limit === 'facts' && this.#facts >= this.#most.facts
  }

  /** How many bytes the next object may still unpack to. */
  get room(): number {
    const left = this.limits.bytes - this.#bytes
    return Math.max(0, Math.min(this.limits.objectBytes, left > this.limits.ratioFloor ? Math.ceil(left * SHARE) : left))
  }
}
