import { fromBase64, isKeyName, toBase64 } from '#platform/audit/note.ts'

/** What a checkpoint says (c2sp.org/tlog-checkpoint): the log of this name had this root at this size. */
export interface Checkpoint {
  readonly origin: string
  readonly size: number
  readonly root: Uint8Array
}

/** The text that is signed: three lines. */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${toBase64(root)}\n`
}

/** Reads the text of a checkpoint; extension lines are allowed and ignored. Undefined when it is none. */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  const [origin, size, encoded, ...rest] = text.split('\n')
  if (rest.pop() !== '' || rest.includes('') || origin === undefined || !isKeyName(origin)) return undefined
  if (size === undefined || !/^(0|[1-9]\d{0,15})$/.test(size) || !Number.isSafeInteger(Number(size))) return undefined
  const root = encoded === undefined ? undefined : fromBase64(encoded)
  return root?.length === 32 ? { origin, size: Number(size), root } : undefined
}
