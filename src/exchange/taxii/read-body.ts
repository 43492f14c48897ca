import type { Readable } from 'node:stream'
import { Gathered } from '#platform/gathered.ts'

/** Bodies up to this length are read into memory as they come. */
const SHORT = 10 * 1024 * 1024

/** A body, or where it turned out to be long, all of it as a stream that is not at its end. */
export type Body = { readonly whole: Buffer } | { readonly stream: AsyncIterable<Uint8Array> }

/** Reads no more of a body than what is called short. Throws what the stream throws. */
export async function readShort(bytes: AsyncIterable<Uint8Array>): Promise<Body> {
  const source = bytes[Symbol.asyncIterator]()
  const gathered = new Gathered()
  while (gathered.length <= SHORT) {
    const { done, value } = await source.next()
    if (done) return { whole: gathered.end() }
    gathered.add(value)
  }
  return { stream: joined([gathered.end()], source) }
}

async function* joined(parts: Uint8Array[], source: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    for (const part of parts.splice(0)) yield part
    for (let next = await source.next(); !next.done; next = await source.next()) yield next.value
  } finally {
    await source.return?.()
  }
}

/** All of a stream whose length is known, held once. */
export async function readWhole(stream: Readable, size: number): Promise<Buffer> {
  const whole = Buffer.allocUnsafeSlow(size)
  let at = 0
  for await (const part of stream as AsyncIterable<Buffer>) at += part.copy(whole, at)
  return whole
}
