import { Problem } from '#platform/errors.ts'
import { readAgeKey } from '#program/membership/contacts/read-age-key.ts'
import { readOpenpgpKey, type KeyFault } from '#program/membership/contacts/read-openpgp-key.ts'

const YEAR_MS = 366 * 86_400_000
/** Longest that a key is used, whoever says otherwise. */
export const LONGEST_LIFE_MS = 2 * YEAR_MS

export interface ContactKeyMaterial {
  readonly kind: 'age' | 'openpgp'
  readonly publicKey: string
  readonly fingerprint: string
  readonly expiresAt: Date
}

const PRIVATE = 'this is a private key: it was not kept. Give the public key, and make a new pair if anybody else may have seen this one'
const FAULTS: Readonly<Record<KeyFault, string>> = {
  private: PRIVATE,
  unreadable: 'neither an age recipient (age1…, age1pq1…) nor an armoured OpenPGP public key',
  several: 'more than one OpenPGP key; add them one by one',
  'cannot-encrypt': 'an OpenPGP key that is expired, revoked, too weak or cannot encrypt',
}
/** Anything that names itself secret, wherever it stands in the text. */
const SECRET = /AGE-SECRET-KEY-|AGE-PLUGIN-|PRIVATE KEY/i

/**
 * The public key in a text that a contact gave, and until when it is used: until `wanted`, at most two years, and at most until it
 * expires by itself. Throws VALIDATION_FAILED naming the field and quoting nothing of the text.
 */
export async function readKey(text: string, wanted: Date | undefined, now: Date): Promise<ContactKeyMaterial> {
  if (SECRET.test(text)) throw fault('/publicKey', PRIVATE)
  const latest = now.getTime() + LONGEST_LIFE_MS
  if (wanted && wanted.getTime() > latest) throw fault('/expiresAt', 'at most two years from now')
  const age = readAgeKey(text)
  if (age) {
    if (!wanted) throw fault('/expiresAt', 'an age key does not say when it expires, so you do')
    return { kind: 'age', ...age, expiresAt: future(wanted, now) }
  }
  const key = await readOpenpgpKey(text, now)
  if (typeof key === 'string') throw fault('/publicKey', FAULTS[key])
  const expiresAt = new Date(Math.min(wanted?.getTime() ?? latest, key.expiresAt?.getTime() ?? latest, latest))
  return { kind: 'openpgp', publicKey: key.publicKey, fingerprint: key.fingerprint, expiresAt: future(expiresAt, now) }
}

function future(instant: Date, now: Date): Date {
  if (instant <= now) throw fault('/expiresAt', 'in the future')
  return instant
}

function fault(field: string, message: string): Problem {
  return new Problem('VALIDATION_FAILED', undefined, { fields: [{ field, message }] })
}
