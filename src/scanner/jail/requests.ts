import { readSync, writeSync } from 'node:fs'
import { frame, HEADER_BYTES } from './frames.ts'

/** What a jailed process is asked: what is to be known of a file, and its bytes. */
export interface Request {
  readonly about: { readonly passwords?: readonly string[]; readonly [key: string]: unknown }
  readonly bytes: Buffer
}

/**
 * The requests on standard input, two frames each; they come from the process that asks, and are believed. Each is read straight into its place and waited for:
 * a process that reads one file at a time has nothing else to do, and pieces that come by themselves would lie about in memory.
 */
export function* requests(): Generator<Request, void, undefined> {
  for (let about = read(); about; about = read()) {
    const bytes = read()
    if (!bytes) return
    yield { about: JSON.parse(about.toString('utf8')) as Request['about'], bytes }
  }
}

/** Writes an answer to standard output, as one frame. */
export function answer(value: unknown): void {
  const bytes = frame(Buffer.from(JSON.stringify(value)))
  for (let at = 0; at < bytes.length;) at += writeSync(1, bytes, at)
}

/** The next frame; undefined where the input ends before it does. */
function read(): Buffer | undefined {
  const header = Buffer.alloc(HEADER_BYTES)
  if (!fill(header)) return undefined
  const body = Buffer.allocUnsafeSlow(header.readUInt32LE(0))
  return fill(body) ? body : undefined
}

function fill(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length;) {
    const count = readSync(0, bytes, at, bytes.length - at, null)
    if (count === 0) return false
    at += count
  }
  return true
}
