import { createCipheriv, createDecipheriv, hash, randomBytes } from 'node:crypto'
import { deriveKey } from '#platform/crypto/derive.ts'
import type { Keys } from '#platform/crypto/keys.ts'
import type { Version } from '#exchange/objects/version.ts'

/** Bytes of objects that a block holds, unless its one object is larger. */
const BLOCK_BYTES = 48 * 1024
const MOST_IN_BLOCK = 100

const IV_BYTES = 12
const TAG_BYTES = 16
/** Bytes of the digest of each version. */
export const DIGEST_BYTES = 16
/** In place of the digest of a version that was deleted. */
export const DELETED = Buffer.alloc(DIGEST_BYTES)

type Master = Pick<Keys, 'master'>

/** A block of one collection: under another id or collection it does not open. */
export interface BlockPlace {
  readonly id: string
  readonly collection: string
}

const blockKeys = new WeakMap<Buffer, Buffer>()

function blockKey({ master }: Master): Buffer {
  let key = blockKeys.get(master)
  if (!key) blockKeys.set(master, (key = deriveKey({ master }, 'object_block.sealed')))
  return key
}

/** The bytes of a block's objects, one after another, sealed (AES-256-GCM, a random nonce each). */
export function sealBlock(keys: Master, { id, collection }: BlockPlace, parts: readonly Buffer[]): Buffer {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', blockKey(keys), iv).setAAD(Buffer.from(`${id} ${collection}`))
  return Buffer.concat([iv, cipher.update(parts.length === 1 ? parts[0]! : Buffer.concat(parts)), cipher.final(), cipher.getAuthTag()])
}

/** What `sealBlock` sealed. Throws for a block that was altered, moved, or sealed under another master key. */
export function openBlock(keys: Master, { id, collection }: BlockPlace, sealed: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', blockKey(keys), sealed.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAAD(Buffer.from(`${id} ${collection}`)).setAuthTag(sealed.subarray(-TAG_BYTES))
  const plain = decipher.update(sealed.subarray(IV_BYTES, -TAG_BYTES))
  decipher.final()
  return plain
}

/** How objects of these sizes are laid into blocks, in their order: how many go into each. */
export function packBlocks(sizes: readonly number[]): number[] {
  const counts: number[] = []
  let [count, bytes] = [0, 0]
  for (const size of sizes) {
    if (count > 0 && (bytes + size > BLOCK_BYTES || count === MOST_IN_BLOCK)) {
      counts.push(count)
      count = bytes = 0
    }
    count++
    bytes += size
  }
  return count > 0 ? [...counts, count] : counts
}

/** What the evidence holds of a version: a change to any of it changes the digest. */
export type Fixed = Omit<Version, 'block_id' | 'oldest' | 'newest' | 'open' | 'leads' | 'contributed_at' | 'shown_since'>

export function versionDigest(v: Fixed): Buffer {
  const fixed = [v.id, v.object_id, v.type, v.versioned, v.version, String(v.version_at), v.tlp, v.audience, v.organisation_id, v.contribution_id, v.revoked]
  const text = JSON.stringify([...fixed, v.shown_with, v.content.toString('base64'), v.start, v.size])
  return hash('sha256', text, 'buffer').subarray(0, DIGEST_BYTES)
}
