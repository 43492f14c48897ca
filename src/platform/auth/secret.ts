import { createHash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** What a secret opens; the prefix lets people and secret scanners tell them apart. */
const SECRET_PREFIX = { token: 'vdt_', session: 'vds_', link: 'vdl_', application: 'vda_' } as const
export type SecretKind = keyof typeof SECRET_PREFIX

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const BYTES = 32
/** Digits of base 62 that hold 256 bits, and those that hold 32. */
const SECRET_DIGITS = 43
const CHECK_DIGITS = 6
/** Digits after `vdt_` that name a token in lists and in attempt counts; they are beside the 256 secret bits, not part of them. */
const NAME_DIGITS = 8

const NAMED = new RegExp(`^vdt_[0-9A-Za-z]{${NAME_DIGITS}}`)

/** A new secret. `text` is shown once and never stored; `prefix` may be shown again; `hash` is what the database keeps. */
export function createSecret(kind: SecretKind): { readonly text: string; readonly prefix: string; readonly hash: Buffer } {
  const name = kind === 'token' ? digits(randomBytes(BYTES), SECRET_DIGITS).slice(-NAME_DIGITS) : ''
  const prefix = SECRET_PREFIX[kind] + name
  const body = prefix + digits(randomBytes(BYTES), SECRET_DIGITS)
  const text = body + check(body)
  return { text, prefix, hash: hashSecret(text) }
}

/**
 * SHA-256 of the whole text: the only form that is stored or compared. With 256 random bits no slow hash is
 * needed, and looking the hash up tells nothing through time, since an attacker cannot steer the hash's bytes.
 */
export function hashSecret(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** Whether a text has the shape and the checksum of a secret of this kind; without it no look-up is worth making. */
export function isSecret(kind: SecretKind, text: string): boolean {
  const prefix = SECRET_PREFIX[kind]
  const length = prefix.length + (kind === 'token' ? NAME_DIGITS : 0) + SECRET_DIGITS + CHECK_DIGITS
  if (text.length !== length || !text.startsWith(prefix) || !/^[0-9A-Za-z]+$/.test(text.slice(prefix.length))) return false
  return text.slice(-CHECK_DIGITS) === check(text.slice(0, -CHECK_DIGITS))
}

/** The part of an API token that names it, or undefined when the text does not begin like one. */
export function tokenPrefix(text: string): string | undefined {
  return NAMED.exec(text)?.[0]
}

function check(body: string): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(crc32(body))
  return digits(bytes, CHECK_DIGITS)
}

function digits(bytes: Buffer, count: number): string {
  let rest = BigInt(`0x${bytes.toString('hex')}`)
  let text = ''
  for (let i = 0; i < count; i++) {
    text = ALPHABET[Number(rest % 62n)]! + text
    rest /= 62n
  }
  return text
}
