import type { Budget } from '#scanner/intake/limits.ts'
import type { Documents } from './documents.ts'

/** One reader of hostile bytes and what it is tried with. */
export interface Target {
  /** The reader's file under src/scanner, such as `formats/zip.ts`; with ` (what)` behind it where a file has several. */
  readonly name: string
  /** Reads everything that the reader can give, and returns it: the same bytes must give an equal answer. May throw Damaged and LimitReached. */
  readonly read: (bytes: Buffer, budget: Budget) => unknown
  /** Small inputs to begin with, made by the builders of the tests or taken out of documents that they made. */
  readonly seeds: (documents: Documents) => readonly Buffer[]
}

/** Several inputs as one: each but the last behind its length in two bytes, so that a mutation can change how they are parted. */
export function joined(...pieces: readonly Buffer[]): Buffer {
  return Buffer.concat(pieces.flatMap((piece, i) => (i === pieces.length - 1 ? [piece] : [Buffer.from([piece.length, piece.length >> 8]), piece])))
}

/** The inputs that `joined` made one, or that any bytes stand for. */
export function parted<N extends 2 | 3 | 4>(
  bytes: Buffer,
  count: N,
): { readonly 2: [Buffer, Buffer]; readonly 3: [Buffer, Buffer, Buffer]; readonly 4: [Buffer, Buffer, Buffer, Buffer] }[N]
export function parted(bytes: Buffer, count: number): Buffer[] {
  const pieces: Buffer[] = []
  let rest = bytes
  while (pieces.length < count - 1) {
    const length = rest.length < 2 ? 0 : rest.readUInt16LE(0)
    pieces.push(rest.subarray(2, 2 + length))
    rest = rest.subarray(2 + length)
  }
  return [...pieces, rest]
}

/** What `work` gives, or the message of the damage or limit that ended it: how one damaged piece of a container is passed over. */
export function outcome(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    if (error instanceof Error && (error.name === 'Damaged' || error.name === 'LimitReached')) return `${error.name}: ${error.message}`
    throw error
  }
}

/** An answer in full: what it gives only when asked, by functions without parameters, in the place of these. */
export function whole(answer: unknown): unknown {
  if (typeof answer === 'function') return answer.length === 0 ? whole(outcome(answer as () => unknown)) : undefined
  if (Array.isArray(answer)) return answer.map(whole)
  if (typeof answer !== 'object' || answer === null || Object.getPrototypeOf(answer) !== Object.prototype) return answer
  return Object.fromEntries(Object.entries(answer).map(([key, value]) => [key, whole(value)]))
}

/** Text as a reader of text gets it. */
export function latin(bytes: Buffer): string {
  return bytes.toString('latin1')
}
