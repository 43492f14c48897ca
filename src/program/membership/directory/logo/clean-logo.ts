import { Worker } from 'node:worker_threads'
import { pause } from '#platform/clock/clock.ts'
import { Problem } from '#platform/errors.ts'
import { oneAtATime } from '#program/one-at-a-time.ts'
import { inspectPng } from '#program/membership/directory/logo/inspect-png.ts'

/** A picture made anew of the pixels of another: header, pixels and end, and not a byte of anything else. */
export interface CleanLogo {
  readonly png: Uint8Array
  readonly width: number
  readonly height: number
}

const WORKER = new URL('./logo-worker.ts', import.meta.url)
const MOST_MS = 10_000
const HEAP_MIB = 128

/** One at a time, so that many uploads at once cost the memory of one. */
const inTurn = oneAtATime(4)

/** Decodes a PNG away from everything else, in bounded time and memory, and encodes it anew. Throws VALIDATION_FAILED for what is none, RATE_LIMITED while more than a few wait. */
export async function cleanLogo(bytes: Buffer): Promise<CleanLogo> {
  const inspected = inspectPng(bytes)
  if ('refused' in inspected) throw refusal(inspected.refused)
  const answer = await inTurn(() => decode(bytes))
  if ('refused' in answer) throw refusal(answer.refused)
  return answer
}

async function decode(bytes: Buffer): Promise<CleanLogo | { readonly refused: string }> {
  const worker = new Worker(WORKER, {
    workerData: Uint8Array.from(bytes),
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 },
  })
  const over = new AbortController()
  const answered = new Promise<CleanLogo | { readonly refused: string }>((resolve) => {
    worker.once('message', resolve)
    worker.once('error', () => resolve({ refused: 'The picture takes more than a picture may.' }))
    worker.once('exit', () => resolve({ refused: 'The picture takes more than a picture may.' }))
  })
  const late = pause(MOST_MS, over.signal).then(() => ({ refused: 'The picture takes too long to read.' }))
  try {
    return await Promise.race([answered, late])
  } finally {
    over.abort()
    await worker.terminate()
  }
}

function refusal(message: string): Problem {
  return new Problem('VALIDATION_FAILED', undefined, { fields: [{ field: '/body', message }] })
}
