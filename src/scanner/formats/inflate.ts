import { gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib'
import { Damaged, LimitReached, type Budget } from '#scanner/intake/limits.ts'

export interface Inflated {
  readonly bytes: Buffer
  /** Packed bytes that were used. */
  readonly used: number
}

type Engine = typeof inflateRawSync

/** Unpacks a raw deflate stream (RFC 1951), tolerating a missing end. Throws LimitReached, or Damaged. */
export function inflateRaw(packed: Buffer, budget: Budget): Inflated {
  return unpackWith(inflateRawSync, packed, budget)
}

/** Unpacks a zlib stream (RFC 1950), tolerating a missing end and checksum; falls back to raw deflate for a broken header. */
export function inflateZlib(packed: Buffer, budget: Budget): Inflated {
  try {
    return unpackWith(inflateSync, packed, budget)
  } catch (error) {
    if (!(error instanceof Damaged) || packed.length < 3) throw error
    return unpackWith(inflateRawSync, packed.subarray(2), budget)
  }
}

/** Unpacks a gzip file (RFC 1952), tolerating a missing end. Throws LimitReached, or Damaged. */
export function inflateGzip(packed: Buffer, budget: Budget): Buffer {
  return unpackWith(gunzipSync, packed, budget).bytes
}

/** Unpacks a Zstandard file (RFC 8878). Throws LimitReached, or Damaged for a missing end too. */
export function inflateZstd(packed: Buffer, budget: Budget): Buffer {
  return unpackWith(((bytes: Buffer, options: object) => zstdDecompressSync(bytes, { ...options, finishFlush: 0 })) as Engine, packed, budget).bytes
}

function unpackWith(engine: Engine, packed: Buffer, budget: Budget): Inflated {
  const room = budget.room
  if (room === 0) throw new LimitReached('bytes')
  const longest = Math.min(room, Math.max(budget.limits.ratioFloor, packed.length * budget.limits.ratio))
  let result: { buffer: Buffer; engine: { bytesWritten: number } }
  try {
    // A sync flush at the end returns what a truncated stream still held.
    result = engine(packed, { maxOutputLength: longest, finishFlush: 2, info: true }) as unknown as typeof result
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new LimitReached(longest < room ? 'ratio' : longest < budget.limits.objectBytes ? 'bytes' : 'objectBytes')
    throw new Damaged('the compressed data are broken', { cause: error })
  }
  budget.takeBytes(result.buffer.length)
  return { bytes: result.buffer, used: result.engine.bytesWritten }
}
