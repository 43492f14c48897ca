import { readKeys, type Key, type Subkey } from 'openpgp'

export interface ReadOpenpgpKey {
  readonly publicKey: string
  readonly fingerprint: string
  /** When the first of what is needed to encrypt to it expires; undefined when nothing does. */
  readonly expiresAt: Date | undefined
}

/** Why a text is no key that something can be delivered to. */
export type KeyFault = 'private' | 'unreadable' | 'several' | 'cannot-encrypt'

/** One armoured OpenPGP public key (RFC 9580) that is in force at `now` and can encrypt. Of a private key nothing is kept, not even what is public of it. */
export async function readOpenpgpKey(text: string, now: Date): Promise<ReadOpenpgpKey | KeyFault> {
  const keys = await readKeys({ armoredKeys: text }).catch(() => undefined)
  if (!keys || keys.length === 0) return 'unreadable'
  if (keys.some((key) => key.isPrivate())) return 'private'
  if (keys.length > 1) return 'several'
  const key = keys[0]!
  const encrypting = await key.getEncryptionKey(undefined, now).catch(() => undefined)
  if (!encrypting) return 'cannot-encrypt'
  const ends = await Promise.all([key.getExpirationTime(), expiryOf(encrypting)])
  const first = Math.min(...ends.map((end) => (end instanceof Date ? end.getTime() : Infinity)))
  return { publicKey: key.armor(), fingerprint: key.getFingerprint().toUpperCase(), expiresAt: Number.isFinite(first) ? new Date(first) : undefined }
}

async function expiryOf(key: Key | Subkey): Promise<Date | number | null> {
  return key.getExpirationTime()
}
