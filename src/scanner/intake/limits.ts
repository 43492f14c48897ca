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

/** Bytes that are not what their format says; what was read before stays valid. */
export class Damaged extends Error {
  override name = 'Damaged'
}

/** What is left of the limits during one scan. Every taking throws LimitReached once nothing is left. */
export class Budget {
  readonly limits: Limits
  #objects = 0
  #bytes = 0
  #steps = 0
  #facts = 0

  constructor(limits: Limits = LIMITS) {
    this.limits = limits
  }

  takeObject(depth: number): void {
    if (depth > this.limits.depth) throw new LimitReached('depth')
    if (++this.#objects > this.limits.objects) throw new LimitReached('objects')
  }

  takeBytes(count: number): void {
    if (count > this.limits.objectBytes) throw new LimitReached('objectBytes')
    this.#bytes += count
    if (this.#bytes > this.limits.bytes) throw new LimitReached('bytes')
  }

  takeFact(): void {
    if (++this.#facts > this.limits.facts) throw new LimitReached('facts')
  }

  step(count = 1): void {
    this.#steps += count
    if (this.#steps > this.limits.steps) throw new LimitReached('steps')
  }

  /** How many bytes the next object may still unpack to. */
  get room(): number {
    return Math.max(0, Math.min(this.limits.objectBytes, this.limits.bytes - this.#bytes))
  }
}
