import { createDecipheriv, createHash, pbkdf2Sync } from 'node:crypto'
import type { Budget } from '#scanner/intake/limits.ts'
import type { ArchiveKeys } from './archive-keys.ts'

/** How a file of RAR 5 is encrypted: AES-256 under a key of PBKDF2 with HMAC of SHA-256 (RAR 5.0 archive format, file encryption record). */
export interface RarLock {
  /** Two to this power are the rounds. */
  readonly power: number
  readonly salt: Buffer
  readonly vector: Buffer
  /** What shows that a password is right; the record may leave it out. */
  readonly check?: Buffer
}

/** RAR writes 15; more rounds than this are not run. */
const MOST_ROUNDS_POWER = 18

/** The lock that a record says, from its version on; undefined for one of another kind. */
export function readRar5Lock(record: Buffer): RarLock | undefined {
  const [version, flags, power] = record
  if (version !== 0 || flags === undefined || flags > 3 || power === undefined || power > MOST_ROUNDS_POWER || record.length < 35) return undefined
  const check = record.subarray(35, 47)
  const sound = check.length === 12 && createHash('sha256').update(check.subarray(0, 8)).digest().subarray(0, 4).equals(check.subarray(8))
  return { power, salt: record.subarray(3, 19), vector: record.subarray(19, 35), ...(flags & 1 && sound && { check: check.subarray(0, 8) }) }
}

/** The bytes of a file, with the padding of its last block; undefined when no password fits. Without a check value none can be told to fit. */
export function decryptRar5(data: Buffer, { power, salt, vector, check }: RarLock, keys: ArchiveKeys, budget: Budget): Buffer | undefined {
  if (!check) return undefined
  const rounds = 2 ** power
  return keys.open('AES-256 of RAR', (password) => {
    budget.step(rounds * 2)
    // The check value takes 32 rounds more than the key, folded to eight bytes.
    const proof = pbkdf2Sync(password, salt, rounds + 32, 32, 'sha256')
    const folded = Buffer.alloc(8)
    for (const [i, byte] of proof.entries()) folded[i % 8] = folded[i % 8]! ^ byte
    if (!folded.equals(check)) return undefined
    budget.step(data.length >> 6)
    const decipher = createDecipheriv('aes-256-cbc', pbkdf2Sync(password, salt, rounds, 32, 'sha256'), vector).setAutoPadding(false)
    return decipher.update(data.subarray(0, data.length & ~15))
  })
}
