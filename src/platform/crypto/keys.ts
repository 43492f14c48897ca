import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto'
import { join } from 'node:path'
import { system } from '#platform/auth/actor.ts'
import type { Config, Edition } from '#platform/config.ts'
import type { Database } from '#platform/db/database.ts'
import { StartupError } from '#platform/errors.ts'
import { discardKey, readOrMakeKey, settleKey } from '#platform/crypto/key-file.ts'

const MASTER_FILE = 'master.key'
const LOG_FILE = 'log.key'
const MASTER_BYTES = 32

/** The instance's secrets, read once from the keys folder. */
export interface Keys {
  /** 32 bytes from which every other secret derives, and under which every data key is wrapped. */
  readonly master: Buffer
  /** Names the master key without revealing it. */
  readonly masterId: string
  /** Ed25519 private key that signs the log's checkpoints. */
  readonly log: KeyObject
  /** Folder they were read from; absent for keys that are on no disk. */
  readonly dir?: string
}

/**
 * Reads the master key and the log key. At a first start they are made, with mode 0600, and wait for
 * `checkInstance` before they count. Throws StartupError when a file is unreadable, open to others or not a key.
 */
export function loadKeys(config: Pick<Config, 'keysDir'>): Keys {
  const dir = config.keysDir
  const master = parseMaster(join(dir, MASTER_FILE), readOrMakeKey(join(dir, MASTER_FILE), makeMaster))
  const log = parseLog(join(dir, LOG_FILE), readOrMakeKey(join(dir, LOG_FILE), makeLog))
  return { master, masterId: idOfMaster(master), log, dir }
}

/** Fingerprint of a master key: 16 characters that say which key it is and nothing about it. */
export function idOfMaster(master: Buffer): string {
  return createHmac('sha256', master).update('vedette master key id').digest().subarray(0, 12).toString('base64url')
}

/** The 32 bytes of the log's Ed25519 public key. */
export function logPublicKey(keys: Pick<Keys, 'log'>): Buffer {
  const { x } = createPublicKey(keys.log).export({ format: 'jwk' })
  return Buffer.from(x!, 'base64url')
}

/**
 * Records at the first start which keys and edition the database belongs to, and from then on refuses
 * others. Keys that were made for this start count once this has succeeded; those that do not fit are
 * removed again, so that a lost key is never replaced. Throws StartupError.
 */
export async function checkInstance(db: Database, keys: Keys, edition: Edition, now: Date): Promise<void> {
  const mine = { master_key_id: keys.masterId, log_key: logPublicKey(keys).toString('base64url'), edition }
  const found = await db.transaction(system('start'), async (tx) => {
    await tx.db
      .insertInto('instance')
      .values({ ...mine, created_at: now })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    return tx.db.selectFrom('instance').selectAll().executeTakeFirstOrThrow()
  })
  requireMaster(keys, found.master_key_id)
  if (found.log_key !== mine.log_key) refuse(keys, LOG_FILE, 'log key', 'the log of this data was signed with')
  settle(keys)
  if (found.edition !== edition) {
    throw new StartupError(`This data belongs to ${EDITIONS[found.edition as Edition]}, not to ${EDITIONS[edition]}; set VEDETTE_DATA to a folder of its own.`)
  }
}

/** Throws StartupError unless this is the master key of that fingerprint; one that was made for this start is removed again. */
export function requireMaster(keys: Keys, masterId: string): void {
  if (keys.masterId !== masterId) refuse(keys, MASTER_FILE, 'master key', 'this data was sealed with')
}

const EDITIONS = { live: 'a live instance (npm start)', demo: 'the demonstration (npm run demo)' } as const satisfies Record<Edition, string>

function refuse(keys: Keys, file: string, name: string, purpose: string): never {
  if (keys.dir !== undefined) discardKey(join(keys.dir, file))
  throw new StartupError(`The ${name} in ${keys.dir} is not the one ${purpose}; restore keys/${file} from your backup.`)
}

function settle(keys: Keys): void {
  if (keys.dir === undefined) return
  for (const file of [MASTER_FILE, LOG_FILE]) settleKey(join(keys.dir, file))
}

function makeMaster(): string {
  return `${randomBytes(MASTER_BYTES).toString('base64url')}\n`
}

function makeLog(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

function parseMaster(file: string, text: string): Buffer {
  const line = text.replace(/\r?\n$/, '')
  const master = Buffer.from(line, 'base64url')
  // Encoding it again catches characters that Buffer skips and bits that it drops.
  if (master.length === MASTER_BYTES && master.toString('base64url') === line) return master
  throw new StartupError(`The key file ${file} does not hold a master key (one line of 43 characters); restore it from your backup.`)
}

function parseLog(file: string, text: string): KeyObject {
  try {
    const key = createPrivateKey({ key: text, format: 'pem' })
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch (cause) {
    throw new StartupError(`The key file ${file} does not hold a private key in PEM form; restore it from your backup.`, { cause })
  }
  throw new StartupError(`The key file ${file} does not hold an Ed25519 key; restore it from your backup.`)
}
