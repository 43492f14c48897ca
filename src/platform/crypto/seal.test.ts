import { createCipheriv, createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { buffer } from 'node:stream/consumers'
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { deriveKey } from '#platform/crypto/derive.ts'
import { idOfMaster, type Keys } from '#platform/crypto/keys.ts'
import { CHUNK_BYTES, newDataKey, seal, sealedSize, SealError, unseal, unwrapKey, wrapKey } from '#platform/crypto/seal.ts'

const SEALED_CHUNK = CHUNK_BYTES + 16
const vectors = JSON.parse(readFileSync(new URL('../../../test/vectors/seal.json', import.meta.url), 'utf8')) as {
  dataKey: string
  sealed: { size: number; sealedSize: number; sealedSha256: string; sealed?: string }[]
  master: string
  masterId: string
  derived: { purpose: string; key: string }[]
  wrapped: { context: string; wrapped: string }[]
}
const dataKey = Buffer.from(vectors.dataKey, 'hex')

async function* pieces(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
const plainOf = (size: number) => Buffer.from(Uint8Array.from({ length: size }, (_, i) => i % 251))
const sealAll = (key: Buffer, plain: Buffer, piece = 1 << 20) => buffer(seal(key, pieces(plain, piece)))
const unsealAll = (key: Buffer, sealed: Buffer, piece = 1 << 20) => buffer(unseal(key, pieces(sealed, piece)))

/** Reads until the end or the error, and keeps what was given out before it. */
async function given(key: Buffer, sealed: Buffer): Promise<{ out: Buffer; code: string | undefined }> {
  const out: Buffer[] = []
  try {
    for await (const chunk of unseal(key, pieces(sealed, 100_000))) out.push(chunk)
    return { out: Buffer.concat(out), code: undefined }
  } catch (error) {
    if (!(error instanceof SealError)) throw error
    return { out: Buffer.concat(out), code: error.code }
  }
}

/** Refused, and all that left before is a true beginning of the plain bytes, in whole chunks. */
async function expectRefused(key: Buffer, sealed: Buffer, plain: Buffer) {
  const { out, code } = await given(key, sealed)
  expect(code).toBe('ALTERED')
  expect(out.length % CHUNK_BYTES).toBe(0)
  expect(out.equals(plain.subarray(0, out.length))).toBe(true)
}

const boundaries = [0, 1, 15, 16, 17, ...[1, 2, 3].flatMap((n) => [-17, -16, -1, 0, 1, 16, 17].map((d) => n * CHUNK_BYTES + d))]

describe('a sealed stream', () => {
  it.each(vectors.sealed)('has the frozen form at $size bytes', async ({ size, sealedSize: length, sealedSha256, sealed }) => {
    const made = await sealAll(dataKey, plainOf(size))
    expect(createHash('sha256').update(made).digest('hex')).toBe(sealedSha256)
    expect([made.length, sealedSize(size)]).toEqual([length, length])
    if (sealed !== undefined) expect((await unsealAll(dataKey, Buffer.from(sealed, 'hex'))).equals(plainOf(size))).toBe(true)
  })

  it.each(boundaries)('opens to the same %i bytes', async (size) => {
    const plain = randomBytes(size)
    const sealed = await sealAll(dataKey, plain, 70_000)
    expect(sealed.length).toBe(sealedSize(size))
    expect((await unsealAll(dataKey, sealed, 33_333)).equals(plain)).toBe(true)
  })

  it('does not mind how its input is cut, even into single bytes', async () => {
    const plain = randomBytes(CHUNK_BYTES + 3)
    const whole = await sealAll(dataKey, plain)
    expect((await sealAll(dataKey, plain, 1)).equals(whole)).toBe(true)
    expect((await unsealAll(dataKey, whole, 1)).equals(plain)).toBe(true)
  })

  it('keeps what it was given when the source uses its buffer again', async () => {
    const reused = Buffer.alloc(1000)
    async function* source() {
      for (let i = 0; i < 200; i++) yield reused.fill(i)
    }
    const plain = Buffer.concat(Array.from({ length: 200 }, (_, i) => Buffer.alloc(1000, i)))
    expect((await unsealAll(dataKey, await buffer(seal(dataKey, source())))).equals(plain)).toBe(true)
  })

  test.prop([fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 40 })])('opens whatever was sealed', async (bytes, piece) => {
    const plain = Buffer.from(bytes)
    expect((await unsealAll(dataKey, await sealAll(dataKey, plain, piece), piece)).equals(plain)).toBe(true)
  })

  it('is refused at every truncation of a short object', async () => {
    const plain = plainOf(40)
    const sealed = await sealAll(dataKey, plain)
    for (let length = 0; length < sealed.length; length++) await expectRefused(dataKey, sealed.subarray(0, length), plain)
  })

  it('is refused with any one bit of a short object flipped', async () => {
    const plain = plainOf(40)
    const sealed = await sealAll(dataKey, plain)
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      sealed[bit >> 3]! ^= 1 << (bit & 7)
      await expectRefused(dataKey, sealed, plain)
      sealed[bit >> 3]! ^= 1 << (bit & 7)
    }
    expect(await given(dataKey, sealed)).toEqual({ out: plain, code: undefined })
  })

  describe('of several chunks', () => {
    const plain = randomBytes(3 * CHUNK_BYTES + 5000)
    const cut = async () => {
      const sealed = await sealAll(dataKey, plain)
      return [0, 1, 2, 3].map((n) => sealed.subarray(n * SEALED_CHUNK, (n + 1) * SEALED_CHUNK))
    }

    it.each([
      ['cut at a chunk boundary', [0, 1, 2]],
      ['cut to its first chunk', [0]],
      ['without its first chunk', [1, 2, 3]],
      ['with two chunks swapped', [1, 0, 2, 3]],
      ['with a chunk twice', [0, 1, 1, 2, 3]],
      ['with the last chunk twice', [0, 1, 2, 3, 3]],
      ['with a chunk after the last', [0, 1, 2, 3, 0]],
      ['without its middle', [0, 3]],
    ])('is refused %s', async (_what, order) => {
      const chunks = await cut()
      await expectRefused(dataKey, Buffer.concat(order.map((n) => chunks[n]!)), plain)
      expect((await given(dataKey, Buffer.concat(chunks))).code).toBeUndefined()
    })

    test.prop([fc.nat({ max: sealedSize(3 * CHUNK_BYTES + 5000) - 1 })], { numRuns: 60 })('is refused at any truncation', async (length) => {
      await expectRefused(dataKey, Buffer.concat(await cut()).subarray(0, length), plain)
    })

    test.prop([fc.nat({ max: sealedSize(3 * CHUNK_BYTES + 5000) * 8 - 1 })], { numRuns: 60 })('is refused with any one bit flipped', async (bit) => {
      const sealed = Buffer.concat(await cut())
      sealed[bit >> 3]! ^= 1 << (bit & 7)
      await expectRefused(dataKey, sealed, plain)
    })

    test.prop([fc.uint8Array({ minLength: 1, maxLength: 2 * SEALED_CHUNK })], { numRuns: 30 })('is refused with anything appended', async (tail) => {
      await expectRefused(dataKey, Buffer.concat([...(await cut()), tail]), plain)
    })
  })

  it('is refused under another key', async () => {
    await expectRefused(newDataKey(), await sealAll(dataKey, plainOf(100)), Buffer.alloc(0))
  })

  it('is refused with an empty last chunk after a full one', async () => {
    const plain = plainOf(CHUNK_BYTES)
    const make = (nonce: string, bytes: Buffer) => {
      const cipher = createCipheriv('aes-256-gcm', dataKey, Buffer.from(nonce, 'hex'))
      return Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()])
    }
    const first = make('00'.repeat(12), plain)
    await expectRefused(dataKey, Buffer.concat([first, make(`${'00'.repeat(10)}0101`, Buffer.alloc(0))]), plain)
    expect((await given(dataKey, Buffer.concat([first, make(`${'00'.repeat(10)}0101`, Buffer.of(7))]))).code).toBeUndefined()
  })

  it('passes on the error of its source and ends the source when its reader leaves', async () => {
    async function* failing() {
      yield Buffer.alloc(CHUNK_BYTES * 2)
      throw new Error('the client went away')
    }
    await expect(buffer(seal(dataKey, failing()))).rejects.toThrow('the client went away')
    let ended = false
    async function* endless() {
      try {
        for (;;) yield Buffer.alloc(CHUNK_BYTES)
      } finally {
        ended = true
      }
    }
    for await (const _ of seal(dataKey, endless())) break
    expect(ended).toBe(true)
  })
})

describe('a wrapped data key', () => {
  const master = Buffer.from(vectors.master, 'hex')
  const keys = { master, masterId: idOfMaster(master) } as Keys
  const other = randomBytes(32)

  it('is named, derived and unwrapped as frozen', () => {
    expect(keys.masterId).toBe(vectors.masterId)
    for (const { purpose, key } of vectors.derived) expect(deriveKey(keys, purpose).toString('hex')).toBe(key)
    for (const { context, wrapped } of vectors.wrapped) expect(unwrapKey(keys, context, Buffer.from(wrapped, 'hex')).equals(dataKey)).toBe(true)
  })

  test.prop([fc.string(), fc.string()])('opens for its own context only', (context, elsewhere) => {
    fc.pre(context !== elsewhere)
    const wrapped = wrapKey(keys, context, dataKey)
    expect(unwrapKey(keys, context, wrapped).equals(dataKey)).toBe(true)
    expect(() => unwrapKey(keys, elsewhere, wrapped)).toThrow(expect.objectContaining({ code: 'KEY_REFUSED' }))
  })

  it.each([
    ['another master key', { master: other, masterId: idOfMaster(other) }],
    ['another master key under the same name', { master: other, masterId: keys.masterId }],
    ['the same master key under another name', { master, masterId: 'x' }],
  ])('is refused under %s', (_what, wrong) => {
    expect(() => unwrapKey(wrong as Keys, 'object 1', wrapKey(keys, 'object 1', dataKey))).toThrow(expect.objectContaining({ code: 'KEY_REFUSED' }))
  })

  it('is refused with any bit flipped, and at any other length', () => {
    const wrapped = wrapKey(keys, 'object 1', dataKey)
    for (let bit = 0; bit < wrapped.length * 8; bit++) {
      const altered = Buffer.from(wrapped)
      altered[bit >> 3]! ^= 1 << (bit & 7)
      expect(() => unwrapKey(keys, 'object 1', altered)).toThrow(expect.objectContaining({ code: 'KEY_REFUSED' }))
    }
    for (const altered of [wrapped.subarray(0, -1), Buffer.concat([wrapped, Buffer.of(0)]), Buffer.alloc(0)]) {
      expect(() => unwrapKey(keys, 'object 1', altered)).toThrow(expect.objectContaining({ code: 'KEY_REFUSED' }))
    }
  })

  it('never looks the same twice', () => {
    expect(wrapKey(keys, 'object 1', dataKey).equals(wrapKey(keys, 'object 1', dataKey))).toBe(false)
  })
})
