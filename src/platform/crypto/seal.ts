import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { deriveKey } from '#platform/crypto/derive.ts'
import type { Keys } from '#platform/crypto/keys.ts'

/** Plain bytes in every chunk but the last. */
export const CHUNK_BYTES = 64 * 1024
const TAG_BYTES = 16
const NONCE_BYTES = 12
const KEY_BYTES = 32
const WRAP_VERSION = 1
const ALGORITHM = 'aes-256-gcm'

/** Why sealed bytes are not opened. */
export class SealError extends Error {
  override name = 'SealError'
  readonly code: 'KEY_REFUSED' | 'ALTERED'

  constructor(code: 'KEY_REFUSED' | 'ALTERED', message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

/** A data key: random, for one object and never another. */
export function newDataKey(): Buffer {
  return randomBytes(KEY_BYTES)
}

/** Length of the sealed form of `size` bytes. */
export function sealedSize(size: number): number {
  return size + TAG_BYTES * Math.max(1, Math.ceil(size / CHUNK_BYTES))
}

/**
 * Seals a stream in chunks: the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015) as the payload
 * of C2SP age.md uses it, with AES-256-GCM. The nonce of a chunk is its number in 11 bytes and one byte that
 * is 1 for the last chunk. `key` must never have sealed anything else.
 */
export async function* seal(key: Buffer, plain: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, undefined> {
  let number = 0
  let held: Buffer | undefined
  for await (const chunk of inChunks(plain, CHUNK_BYTES)) {
    if (held) yield sealChunk(key, nonceOf(number++, false), held)
    held = chunk
  }
  yield sealChunk(key, nonceOf(number, true), held ?? Buffer.alloc(0))
}

/**
 * Opens what `seal` made. Gives out a chunk only after its tag was checked, and throws SealError ALTERED at the
 * first that is cut, changed, moved, repeated, missing or follows the last one.
 */
export async function* unseal(key: Buffer, sealed: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, undefined> {
  let number = 0
  let held: Buffer | undefined
  for await (const chunk of inChunks(sealed, CHUNK_BYTES + TAG_BYTES)) {
    if (held) yield openChunk(key, nonceOf(number++, false), held)
    held = chunk
  }
  if (!held) throw new SealError('ALTERED', 'the sealed bytes are empty')
  const last = openChunk(key, nonceOf(number, true), held)
  if (last.length === 0 && number > 0) throw new SealError('ALTERED', 'the last chunk is empty')
  yield last
}

/**
 * Wraps a data key under the master key. `context` says what the key belongs to; only the same context and
 * the same master key unwrap it. The wrapping key is derived per context, so no nonce can meet another.
 */
export function wrapKey(keys: Keys, context: string, dataKey: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(ALGORITHM, deriveKey(keys, `wrap ${context}`), nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(wrapHeader(keys, context))
  return Buffer.concat([Buffer.of(WRAP_VERSION), nonce, cipher.update(dataKey), cipher.final(), cipher.getAuthTag()])
}

/** The data key that `wrapKey` wrapped. Throws SealError KEY_REFUSED for another context, another master key or altered bytes. */
export function unwrapKey(keys: Keys, context: string, wrapped: Buffer): Buffer {
  if (wrapped.length !== 1 + NONCE_BYTES + KEY_BYTES + TAG_BYTES || wrapped[0] !== WRAP_VERSION) {
    throw new SealError('KEY_REFUSED', 'the wrapped key is not of a form this version knows')
  }
  const nonce = wrapped.subarray(1, 1 + NONCE_BYTES)
  try {
    return decrypt(deriveKey(keys, `wrap ${context}`), nonce, wrapped.subarray(1 + NONCE_BYTES), wrapHeader(keys, context))
  } catch (cause) {
    throw new SealError('KEY_REFUSED', 'the data key does not belong to this object or this master key', cause)
  }
}

function wrapHeader(keys: Keys, context: string): Buffer {
  return Buffer.from(JSON.stringify(['vedette data key', WRAP_VERSION, keys.masterId, context]))
}

function sealChunk(key: Buffer, nonce: Buffer, plain: Buffer): Buffer {
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES })
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

function openChunk(key: Buffer, nonce: Buffer, sealed: Buffer): Buffer {
  if (sealed.length < TAG_BYTES) throw new SealError('ALTERED', 'a chunk is cut off')
  try {
    return decrypt(key, nonce, sealed)
  } catch (cause) {
    throw new SealError('ALTERED', 'a chunk was altered, moved or cut off', cause)
  }
}

/** Throws before any plain byte leaves when the tag does not fit. */
function decrypt(key: Buffer, nonce: Buffer, sealed: Buffer, header?: Buffer): Buffer {
  const end = sealed.length - TAG_BYTES
  const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES })
  if (header) decipher.setAAD(header)
  decipher.setAuthTag(sealed.subarray(end))
  const plain = decipher.update(sealed.subarray(0, end))
  decipher.final()
  return plain
}

function nonceOf(number: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES)
  nonce.writeUIntBE(number, NONCE_BYTES - 7, 6)
  nonce[NONCE_BYTES - 1] = last ? 1 : 0
  return nonce
}

/** The same bytes in pieces of `size`, the last one shorter; copies, because a source may use its buffers again. */
async function* inChunks(source: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Buffer, void, undefined> {
  let piece = Buffer.allocUnsafe(size)
  let filled = 0
  for await (const bytes of source) {
    for (let taken = 0; taken < bytes.length;) {
      const part = bytes.subarray(taken, taken + size - filled)
      piece.set(part, filled)
      taken += part.length
      filled += part.length
      if (filled < size) continue
      yield piece
      piece = Buffer.allocUnsafe(size)
      filled = 0
    }
  }
  if (filled > 0) yield piece.subarray(0, filled)
}
