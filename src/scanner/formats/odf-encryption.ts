import { createDecipheriv, hash, pbkdf2Sync } from 'node:crypto'
import { LimitReached, type Budget } from '#scanner/intake/limits.ts'
import { inflateRaw } from './inflate.ts'
import { walkXml } from './xml.ts'

/** How an entry of an OpenDocument file is encrypted (OpenDocument 1.3 part 2, 4.8); fields as its manifest says them. */
export interface OdfLock {
  readonly algorithm: string
  readonly iv: Buffer
  readonly derivation: string
  readonly salt: Buffer
  readonly rounds: number
  readonly keyBytes: number
  readonly startKey: string
  readonly checksumType: string
  readonly checksum: Buffer
}

const CHECKED_BYTES = 1024
/** Two units of work for each round, and at most this many of them. */
const MOST_ROUNDS = 1_000_000

/** The encrypted entries that a manifest lists, by their paths. Throws LimitReached. */
export function readOdfLocks(manifest: string, budget: Budget): ReadonlyMap<string, OdfLock> {
  const locks = new Map<string, OdfLock>()
  if (!manifest.includes('encryption-data')) return locks
  let path = ''
  let seen: Record<string, string> = {}
  for (const event of walkXml(manifest, budget)) {
    if (event.kind === 'text') continue
    if (event.kind === 'open' && event.name === 'file-entry') path = event.attributes.get('full-path') ?? ''
    if (event.kind === 'open' && event.name === 'encryption-data') seen = {}
    if (event.kind === 'open') for (const [key, value] of event.attributes) seen[`${event.name} ${key}`] ??= value
    if (event.kind === 'close' && event.name === 'encryption-data') locks.set(path, lockOf(seen))
  }
  return locks
}

function lockOf(seen: Readonly<Record<string, string>>): OdfLock {
  const text = (key: string) => seen[key] ?? ''
  return {
    algorithm: text('algorithm algorithm-name'),
    iv: Buffer.from(text('algorithm initialisation-vector'), 'base64'),
    derivation: text('key-derivation key-derivation-name'),
    salt: Buffer.from(text('key-derivation salt'), 'base64'),
    rounds: Number(text('key-derivation iteration-count')) || 0,
    keyBytes: Number(seen['key-derivation key-size'] ?? 16) || 0,
    startKey: text('start-key-generation start-key-generation-name'),
    checksumType: text('encryption-data checksum-type'),
    checksum: Buffer.from(text('encryption-data checksum'), 'base64'),
  }
}

/** An entry without its encryption: AES in CBC mode with a key of PBKDF2; undefined when no password fits, or for another scheme. Throws LimitReached, Damaged. */
export function unlockOdf(bytes: Buffer, lock: OdfLock, passwords: readonly string[], budget: Budget): Buffer | undefined {
  if (!/aes(128|192|256)-cbc$/i.test(lock.algorithm) || !/^(|.*pbkdf2)$/i.test(lock.derivation) || ![16, 24, 32].includes(lock.keyBytes)) return undefined
  if (lock.iv.length !== 16 || lock.rounds < 1) return undefined
  if (lock.rounds > MOST_ROUNDS) throw new LimitReached('steps')
  for (const password of passwords) {
    budget.step(lock.rounds * 2)
    const start = hash(/sha256$/i.test(lock.startKey) ? 'sha256' : 'sha1', password, 'buffer')
    const key = pbkdf2Sync(start, lock.salt, lock.rounds, lock.keyBytes, 'sha1')
    const decipher = createDecipheriv(`aes-${lock.keyBytes * 8}-cbc`, key, lock.iv).setAutoPadding(false)
    const open = Buffer.concat([decipher.update(bytes.subarray(0, bytes.length & ~15)), decipher.final()])
    if (isRight(open, lock)) return inflateRaw(open, budget).bytes
  }
  return undefined
}

/** The check sum is over the first kilobyte of the packed data, without the padding that its last byte counts. */
function isRight(open: Buffer, { checksumType, checksum }: OdfLock): boolean {
  const padding = open.at(-1) ?? 0
  const data = open.subarray(0, Math.min(CHECKED_BYTES, padding > 0 && padding <= 16 ? open.length - padding : open.length))
  return hash(/sha256/i.test(checksumType) ? 'sha256' : 'sha1', data, 'buffer').equals(checksum)
}
