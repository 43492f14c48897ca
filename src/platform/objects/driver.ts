import type { Readable } from 'node:stream'

const KEY = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** Name of stored bytes: the object's id, a UUIDv7 in lower case. Written once, never used again. */
export type StoredKey = string

/** A refusal of a driver: not a key, nothing under it, or written before. */
export class DriverError extends Error {
  override name = 'DriverError'
  readonly code: 'BAD_KEY' | 'BYTES_MISSING' | 'BYTES_EXIST'

  constructor(code: 'BAD_KEY' | 'BYTES_MISSING' | 'BYTES_EXIST', message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

/**
 * Where sealed bytes lie. A driver knows nothing of sealing. Every method throws DriverError BAD_KEY for what is no key,
 * before it touches anything; `driver.suite.ts` is the contract as tests.
 */
export interface Driver {
  /**
   * Stores all bytes under a key. Resolves only once they survive a power cut. When the source throws, that error is thrown
   * on; without space left, Problem STORAGE_FULL; for a key written before (or being written), DriverError BYTES_EXIST; for any
   * other failure of the store, its cause. After a throw nothing lies under the key that was not there before.
   */
  put(key: StoredKey, bytes: AsyncIterable<Uint8Array>): Promise<void>
  /** The bytes from their beginning. Throws DriverError BYTES_MISSING before anything is read. The caller reads to the end or destroys. */
  get(key: StoredKey): Promise<Readable>
  /** Removes the bytes durably; resolves as well when there are none. */
  delete(key: StoredKey): Promise<void>
  exists(key: StoredKey): Promise<boolean>
  /** Whether the store can be reached and written to now. */
  ready(): Promise<boolean>
  /** Every key that is stored, in no order, with the instant its bytes were stored by the store's own clock. */
  list(): AsyncIterable<{ readonly key: StoredKey; readonly storedAt: Date }>
}

export function isKey(name: string): name is StoredKey {
  return KEY.test(name)
}

/** Checks the form of a key; nothing else may become part of a path or an address. */
export function checkKey(key: string): StoredKey {
  if (!isKey(key)) throw new DriverError('BAD_KEY', 'a stored key must be a UUIDv7 in lower case')
  return key
}
