import type { Readable } from 'node:stream'
import type { Tx } from '#platform/db/database.ts'
import type { Id } from '#platform/ids.ts'

export type ObjectId = Id<'object'>

/** Sealed bytes: each object under its own data key, that key wrapped by the master key. */
export interface Objects {
  /** Seals and stores a stream durably, then records it in the transaction. Throws PAYLOAD_TOO_LARGE past `limit` bytes and keeps nothing. */
  put(tx: Tx, bytes: AsyncIterable<Uint8Array>, options: { readonly limit: number }): Promise<{ id: ObjectId; size: number; sha256: string }>
  /** Opens an object for reading from its beginning; the stream fails when a byte was altered, before that byte's chunk is given out. */
  open(tx: Tx, id: ObjectId): Promise<{ size: number; sha256: string; stream: Readable }>
  /** Forgets the key in the transaction; the bytes are removed after commit. */
  remove(tx: Tx, id: ObjectId): Promise<void>
}
