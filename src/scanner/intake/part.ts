import { printable } from '#scanner/formats/bytes.ts'
import type { Fact, PartSource } from './fact.ts'
import type { Budget } from './limits.ts'

const LONGEST_PATH = 2000

export type NotCheckedReason = 'limit' | 'encrypted' | 'damaged' | 'unsupported'

/** What an opener may do with the object it opens. */
export interface Part {
  readonly path: string
  readonly depth: number
  readonly bytes: Buffer
  readonly budget: Budget
  readonly passwords: readonly string[]
  /** Passwords that letters around this object name. */
  readonly hints: readonly string[]
  /** Adds to the passwords that what is opened later is tried with. */
  readonly hint: (password: string) => void
  readonly say: (fact: Fact) => void
  readonly miss: (path: string, reason: NotCheckedReason, detail: string) => void
  /** Runs the reading of one object inside: its damage, or a limit that is only its own, is noted and ends nothing else. */
  readonly attempt: <T>(path: string, work: () => T) => T | undefined
  /** Names the kind of document; the first and outermost naming counts. */
  readonly kind: (name: string) => void
  /** Looks at an object inside this one. `name` is only a label. */
  readonly child: (name: string, bytes: Buffer, via: PartSource, offset?: number) => void
}

/** The path of an object inside another: `/word/embeddings/a.bin!/ObjectPool/1`. */
export function innerPath(outer: string, name: string): string {
  const safe = printable(name.replace(/^\/+/, ''), 200)
  const path = outer === '/' ? `/${safe}` : `${outer}!/${safe}`
  return path.length > LONGEST_PATH ? `${path.slice(0, LONGEST_PATH - 1)}…` : path
}
