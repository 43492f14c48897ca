import { Readable } from 'node:stream'

/** After so many bytes, and after so long, it is asked again whether the reader still may. */
const ASK_BYTES = 256 * 1024
const ASK_MS = 100

/**
 * Gives out a stream only while its reader may have it: before each chunk of which the last answer is too old or too many bytes
 * ago, `stillMay` is asked, and when it throws the stream fails, which cuts the connection. What was given out before stays given.
 * The question is asked of the monotonic clock: no trusted instant depends on it.
 */
export function whilePermitted(source: Readable, stillMay: () => Promise<void>): Readable {
  return Readable.from(permitted(source, stillMay), { objectMode: false, highWaterMark: 64 * 1024 })
}

async function* permitted(source: Readable, stillMay: () => Promise<void>): AsyncGenerator<Buffer> {
  let asked = performance.now()
  let bytes = 0
  for await (const each of source) {
    const whole = Buffer.isBuffer(each) ? each : Buffer.from(each as string)
    for (let from = 0; from < whole.length || from === 0; from += ASK_BYTES) {
      const chunk = whole.subarray(from, from + ASK_BYTES)
      if (bytes + chunk.length > ASK_BYTES || performance.now() - asked >= ASK_MS) {
        await stillMay()
        asked = performance.now()
        bytes = 0
      }
      bytes += chunk.length
      yield chunk
    }
  }
}
