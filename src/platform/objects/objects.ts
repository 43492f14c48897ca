import type { Readable } from 'node:stream'
import type { Database, Tx } from '#platform/db/database.ts'
import type { Id } from '#platform/ids.ts'

export type ObjectId = Id<'object'>

/** What is known of an object: `size` in bytes and SHA-256 in lower-case hex, both of the plain bytes. */
export interface ObjectInfo {
  readonly id: ObjectId
  readonly size: number
  readonly sha256: string
}

/** Sealed bytes that are stored durably but belong to no row yet; unless recorded within a day they are swept. */
export interface StoredObject extends ObjectInfo {
  readonly storedSize: number
  readonly storedDigest: Buffer
  readonly wrappedKey: Buffer
}

/** What a sweep found: how many bytes without a row it removed, and the rows whose bytes are gone. */
export interface SweepReport {
  readonly removed: number
  readonly missing: readonly ObjectId[]
}

/** Sealed bytes: each object under its own data key, that key wrapped by the master key. */
export interface Objects {
  /**
   * Seals and stores a stream durably, then records it in the transaction: for bytes that are at hand. Throws
   * PAYLOAD_TOO_LARGE past `limit` bytes and STORAGE_FULL when there is no space, and keeps nothing then.
   */
  put(tx: Tx, bytes: AsyncIterable<Uint8Array>, options: { readonly limit: number }): Promise<ObjectInfo>
  /** The first half of `put`, for bytes that arrive as slowly as a client sends them: holds no connection to the database meanwhile. */
  store(bytes: AsyncIterable<Uint8Array>, options: { readonly limit: number }): Promise<StoredObject>
  /** Opens what was stored and is not recorded yet, as `open` does what is. */
  reopen(stored: StoredObject): Promise<Readable>
  /** Removes what was stored and will not be recorded. */
  discard(stored: StoredObject): Promise<void>
  /** The second half of `put`: from the commit on, the object is kept. Throws CONFLICT when its bytes are gone (stored over a day ago). */
  record(tx: Tx, stored: StoredObject): Promise<ObjectInfo>
  /**
   * Opens an object for reading from its beginning. Throws NOT_FOUND without a row. The stream fails with a SealError when
   * a byte was altered, before that byte's chunk is given out; destroy a stream that is not read to its end.
   */
  open(tx: Tx, id: ObjectId): Promise<ObjectInfo & { readonly stream: Readable }>
  /** Forgets the key in the transaction; the bytes are removed after commit. */
  remove(tx: Tx, id: ObjectId): Promise<void>
  /** Whether the store can be reached and written to now. */
  ready(): Promise<boolean>
  /** Removes bytes without a row that are older than a day, and reports rows without bytes. Harmless while objects are written. */
  sweep(db: Database, signal?: AbortSignal): Promise<SweepReport>
}
