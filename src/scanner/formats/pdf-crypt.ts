import { createCipheriv, createDecipheriv, createHash } from 'node:crypto'
import { isDict, isName, type PdfDict, type PdfValue } from './pdf-lexer.ts'

/** How the bytes of strings or streams are encrypted. */
type Method = 'none' | 'rc4' | 'aes-128' | 'aes-256'

/** Decrypts the strings and streams of one document. Total: what is too short or badly padded yields what there is. */
export interface PdfCipher {
  string(object: number, generation: number, bytes: Buffer): Buffer
  /** `filter`: the crypt filter that the stream names itself; `file`: whether it is an embedded file. */
  stream(object: number, generation: number, bytes: Buffer, own: { readonly filter?: string; readonly file?: boolean }): Buffer
  /** True where only embedded files are encrypted, and no password opened them. */
  readonly filesLocked: boolean
}

interface Handler {
  readonly revision: number
  readonly keyBytes: number
  readonly owner: Buffer
  readonly user: Buffer
  readonly ownerKey: Buffer
  readonly userKey: Buffer
  readonly permissions: number
  readonly id: Buffer
  readonly metadata: boolean
  readonly strings: Method
  readonly streams: Method
  readonly files: Method
  readonly named: (filter: string) => Method
}

const PADDING = Buffer.from('28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a', 'hex')
const MOST_PASSWORDS = 20
const LEAST_ROUNDS = 64

/**
 * Opens the standard security handler (PDF 32000-1, 7.6; revisions 5 and 6: ISO 32000-2, 7.6.4) with the empty password and those
 * given, each as user's and as owner's. The strings of `dictionary` must be raw, one character a byte. Undefined where none opens it,
 * where the handler is another, or where its ciphers want a longer key than its revision makes.
 */
export function openCipher(dictionary: PdfDict, id: Buffer, passwords: readonly string[]): PdfCipher | undefined {
  const handler = readHandler(dictionary, id)
  if (!handler) return undefined
  for (const password of ['', ...passwords.slice(0, MOST_PASSWORDS)]) {
    const key = keyOf(handler, password)
    if (key) return [handler.strings, handler.streams, handler.files].every((method) => fits(method, key)) ? cipherOf(handler, key) : undefined
  }
  const filesOnly = handler.strings === 'none' && handler.streams === 'none' && handler.files !== 'none'
  return filesOnly ? cipherOf(handler, undefined) : undefined
}

function keyOf(handler: Handler, password: string): Buffer | undefined {
  if (handler.revision >= 5) return modernKey(handler, Buffer.from(password, 'utf8').subarray(0, 127))
  const bytes = Buffer.from(password, 'latin1')
  // Some writers leave the length out and mean 128 bits all the same.
  return classicKey(handler, bytes) ?? (handler.revision === 3 && handler.keyBytes !== 16 ? classicKey({ ...handler, keyBytes: 16 }, bytes) : undefined)
}

function readHandler({ dict }: PdfDict, id: Buffer): Handler | undefined {
  const number = (key: string) => {
    const value = dict.get(key)
    return typeof value === 'number' ? value : undefined
  }
  const bytes = (key: string) => {
    const value = dict.get(key)
    return typeof value === 'string' ? Buffer.from(value, 'latin1') : Buffer.alloc(0)
  }
  const version = number('V') ?? 0
  const revision = number('R') ?? 0
  const filter = dict.get('Filter')
  if ((filter !== undefined && !isName(filter, 'Standard')) || revision < 2 || revision > 6) return undefined
  const length = Math.trunc((number('Length') ?? 40) / 8)
  const keyBytes = revision === 2 || version === 1 ? 5 : version === 4 ? 16 : Math.min(16, Math.max(5, length))
  const named = (name: string) => (version < 4 ? 'rc4' : methodOf(dict.get('CF'), name))
  const method = (key: string) => {
    const name = dict.get(key)
    return named(isName(name) ? name.name : 'Identity')
  }
  return {
    revision,
    keyBytes,
    owner: bytes('O'),
    user: bytes('U'),
    ownerKey: bytes('OE'),
    userKey: bytes('UE'),
    permissions: (number('P') ?? 0) | 0,
    id,
    metadata: dict.get('EncryptMetadata') !== false,
    strings: method('StrF'),
    streams: method('StmF'),
    files: dict.has('EFF') ? method('EFF') : method('StmF'),
    named,
  }
}

/** The method of a crypt filter (PDF 32000-1, table 25). */
function methodOf(filters: PdfValue | undefined, name: string): Method {
  const filter = isDict(filters) ? filters.dict.get(name) : undefined
  const method = isDict(filter) ? filter.dict.get('CFM') : undefined
  if (isName(method, 'V2')) return 'rc4'
  if (isName(method, 'AESV2')) return 'aes-128'
  return isName(method, 'AESV3') ? 'aes-256' : 'none'
}

function md5(...parts: readonly Buffer[]): Buffer {
  const hash = createHash('md5')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** Revisions 2 to 4 (PDF 32000-1, algorithms 2, 4 to 7). */
function classicKey(handler: Handler, password: Buffer): Buffer | undefined {
  return userKey(handler, password) ?? userKey(handler, userPassword(handler, password))
}

function padded(password: Buffer): Buffer {
  return Buffer.concat([password.subarray(0, 32), PADDING]).subarray(0, 32)
}

function userKey(handler: Handler, password: Buffer): Buffer | undefined {
  const { revision, keyBytes, owner, user, permissions, id, metadata } = handler
  const allowed = Buffer.alloc(4)
  allowed.writeInt32LE(permissions)
  const open = revision >= 4 && !metadata ? Buffer.alloc(4, 0xff) : Buffer.alloc(0)
  let key = md5(padded(password), owner.subarray(0, 32), allowed, id, open).subarray(0, keyBytes)
  if (revision >= 3) for (let i = 0; i < 50; i++) key = md5(key).subarray(0, keyBytes)
  if (revision === 2) return rc4(key, PADDING).equals(user.subarray(0, 32)) ? key : undefined
  let proof = md5(PADDING, id)
  for (let i = 0; i < 20; i++) proof = rc4(mixed(key, i), proof)
  return user.length >= 16 && proof.equals(user.subarray(0, 16)) ? key : undefined
}

/** The user's password that the owner's opens (algorithm 7). */
function userPassword({ revision, keyBytes, owner }: Handler, password: Buffer): Buffer {
  let key = md5(padded(password))
  if (revision >= 3) for (let i = 0; i < 50; i++) key = md5(key)
  key = key.subarray(0, keyBytes)
  if (revision === 2) return rc4(key, owner.subarray(0, 32))
  let found = owner.subarray(0, 32)
  for (let i = 19; i >= 0; i--) found = rc4(mixed(key, i), found)
  return found
}

function mixed(key: Buffer, value: number): Buffer {
  return Buffer.from(key.map((byte) => byte ^ value))
}

/** Revisions 5 and 6 (ISO 32000-2, algorithm 2.A). */
function modernKey({ revision, owner, user, ownerKey, userKey: sealed }: Handler, password: Buffer): Buffer | undefined {
  if (user.length < 48) return undefined
  const hash = (salt: Buffer, extra: Buffer) =>
    revision === 5 ? createHash('sha256').update(password).update(salt).update(extra).digest() : hardenedHash(password, salt, extra)
  const none = Buffer.alloc(0)
  const whole = user.subarray(0, 48)
  if (hash(user.subarray(32, 40), none).equals(user.subarray(0, 32))) return unseal(hash(user.subarray(40, 48), none), sealed)
  if (owner.length >= 48 && hash(owner.subarray(32, 40), whole).equals(owner.subarray(0, 32))) return unseal(hash(owner.subarray(40, 48), whole), ownerKey)
  return undefined
}

function unseal(key: Buffer, sealed: Buffer): Buffer | undefined {
  return sealed.length < 32 ? undefined : aes('aes-256-cbc', key, Buffer.alloc(16), sealed.subarray(0, 32))
}

/** Algorithm 2.B. Its rounds end by chance; hostile bytes cannot make them many, but a bound costs nothing. */
function hardenedHash(password: Buffer, salt: Buffer, extra: Buffer): Buffer {
  let key = createHash('sha256').update(password).update(salt).update(extra).digest()
  for (let round = 0; round < 512; round++) {
    const block = Buffer.concat([password, key, extra])
    const cipher = createCipheriv('aes-128-cbc', key.subarray(0, 16), key.subarray(16, 32))
    cipher.setAutoPadding(false)
    const sealed = cipher.update(Buffer.concat(Array.from({ length: 64 }, () => block)))
    const remainder = sealed.subarray(0, 16).reduce((sum, byte) => sum + byte, 0) % 3
    key = createHash(remainder === 0 ? 'sha256' : remainder === 1 ? 'sha384' : 'sha512')
      .update(sealed)
      .digest()
    if (round >= LEAST_ROUNDS - 1 && sealed.at(-1)! <= round - 31) break
  }
  return key.subarray(0, 32)
}

function cipherOf({ strings, streams, files, named }: Handler, key: Buffer | undefined): PdfCipher {
  const open = (method: Method, object: number, generation: number, bytes: Buffer) =>
    method === 'none' ? bytes : key && fits(method, key) ? decrypt(method, key, object, generation, bytes) : Buffer.alloc(0)
  return {
    filesLocked: key === undefined,
    string: (object, generation, bytes) => open(strings, object, generation, bytes),
    stream: (object, generation, bytes, { filter, file }) => open(filter !== undefined ? named(filter) : file ? files : streams, object, generation, bytes),
  }
}

/** Whether a key is as long as a cipher needs: any dictionary may pair them (AESV3 with revision 4, AESV2 with revision 2). */
function fits(method: Method, key: Buffer): boolean {
  return method === 'aes-256' ? key.length === 32 : method === 'aes-128' ? objectKey(method, key, 0, 0).length === 16 : true
}

function decrypt(method: Method, key: Buffer, object: number, generation: number, bytes: Buffer): Buffer {
  if (method === 'aes-256') return padless('aes-256-cbc', key, bytes)
  const own = objectKey(method, key, object, generation)
  return method === 'rc4' ? rc4(own, bytes) : padless('aes-128-cbc', own, bytes)
}

/** The key of one object (PDF 32000-1, algorithm 1). */
function objectKey(method: Method, key: Buffer, object: number, generation: number): Buffer {
  const place = Buffer.from([object, object >> 8, object >> 16, generation, generation >> 8])
  const salt = method === 'aes-128' ? Buffer.from('sAlT') : Buffer.alloc(0)
  return md5(key, place, salt).subarray(0, Math.min(16, key.length + 5))
}

/** AES in CBC mode with its vector in front and padding behind (PDF 32000-1, 7.6.2). */
function padless(name: string, key: Buffer, bytes: Buffer): Buffer {
  const sealed = bytes.subarray(16, bytes.length - (bytes.length % 16))
  if (bytes.length < 32 || sealed.length === 0) return Buffer.alloc(0)
  const open = aes(name, key, bytes.subarray(0, 16), sealed)
  const padding = open.at(-1)!
  return padding >= 1 && padding <= 16 ? open.subarray(0, open.length - padding) : open
}

function aes(name: string, key: Buffer, vector: Buffer, sealed: Buffer): Buffer {
  const cipher = createDecipheriv(name, key, vector)
  cipher.setAutoPadding(false)
  return Buffer.concat([cipher.update(sealed), cipher.final()])
}

/** RC4, which the system's library no longer offers. */
export function rc4(key: Buffer, bytes: Buffer): Buffer {
  const state = Uint8Array.from({ length: 256 }, (_, i) => i)
  for (let i = 0, j = 0; i < 256; i++) {
    j = (j + state[i]! + key[i % key.length]!) & 0xff
    const held = state[i]!
    state[i] = state[j]!
    state[j] = held
  }
  const out = Buffer.alloc(bytes.length)
  for (let at = 0, i = 0, j = 0; at < bytes.length; at++) {
    i = (i + 1) & 0xff
    const held = state[i]!
    j = (j + held) & 0xff
    state[i] = state[j]!
    state[j] = held
    out[at] = bytes[at]! ^ state[(state[i]! + held) & 0xff]!
  }
  return out
}
