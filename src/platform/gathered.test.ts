import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { gather, Gathered } from '#platform/gathered.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Bytes of memory that are held after so many pieces of one byte, as a body arrives that is cut that small. */
async function heldAfter(pieces: number, read: (bytes: AsyncIterable<Uint8Array>) => Promise<{ readonly length: number }>): Promise<number> {
  const held = () => {
    collectGarbage()
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }
  const before = held()
  let after = before
  async function* bytes() {
    for (let n = 0; n < pieces; n++) yield Buffer.allocUnsafe(64).subarray(0, 1)
    after = held()
  }
  expect((await read(bytes())).length).toBe(pieces)
  return after - before
}

describe('bytes that come in pieces', () => {
  it('are held side by side: what that takes follows their number, however small they are cut', async () => {
    const listed = async (bytes: AsyncIterable<Uint8Array>) => {
      const parts: Uint8Array[] = []
      for await (const part of bytes) parts.push(part)
      return Buffer.concat(parts)
    }
    expect(await heldAfter(200_000, gather)).toBeLessThan(4_000_000)
    expect(await heldAfter(200_000, listed)).toBeGreaterThan(8_000_000)
  })

  it('are all there, and none of them where they are more than is kept', () => {
    const few = new Gathered(5)
    few.add(Buffer.from('ab'))
    few.add(Buffer.from('cde'))
    expect([few.length, few.tooLong, few.take().toString()]).toEqual([5, false, 'abcde'])
    few.add(Buffer.from('abc'))
    few.add(Buffer.from('def'))
    expect([few.length, few.tooLong, few.end().toString()]).toEqual([6, true, ''])
  })
})
