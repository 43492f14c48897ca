/**
 * The text form of C2SP signed notes and their verifier keys (c2sp.org/signed-note), without any
 * cryptography and without Node: the console reads notes with it too.
 */
interface NoteSignature {
  readonly name: string
  /** Four bytes that say which key of that name signed. */
  readonly keyId: Uint8Array<ArrayBuffer>
  readonly signature: Uint8Array<ArrayBuffer>
}

export interface Note {
  /** What is signed, ending in a line feed. */
  readonly text: string
  readonly signatures: readonly NoteSignature[]
}

export interface VerifierKey {
  readonly name: string
  readonly keyId: Uint8Array<ArrayBuffer>
  /** 32 bytes of Ed25519. */
  readonly publicKey: Uint8Array<ArrayBuffer>
}

const ED25519 = 0x01
const LARGEST_NOTE = 1_000_000
const SIGNATURE_LINE = /^\u2014 ([^ +\n]+) ([A-Za-z0-9+/]+={0,2})$/
const VERIFIER_KEY = /^([^ +\n]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/

/** Reads a signed note; undefined when it is none. Says nothing about who signed. */
export function parseNote(note: string): Note | undefined {
  // oxlint-disable-next-line no-control-regex -- the specification forbids control characters but the line feed
  if (note.length > LARGEST_NOTE || !note.isWellFormed() || /[\u0000-\u0009\u000b-\u001f]/.test(note)) return undefined
  const split = note.lastIndexOf('\n\n')
  if (split === -1 || !note.endsWith('\n')) return undefined
  const lines = note.slice(split + 2, -1).split('\n')
  const signatures = lines.map(parseSignature)
  return signatures.every((signature) => signature !== undefined) ? { text: note.slice(0, split + 1), signatures } : undefined
}

/** Puts text, which ends in a line feed, and its signatures together. */
export function formatNote({ text, signatures }: Note): string {
  const lines = signatures.map(({ name, keyId, signature }) => `\u2014 ${name} ${toBase64(Uint8Array.of(...keyId, ...signature))}\n`)
  return `${text}\n${lines.join('')}`
}

/** Reads `name+hash+base64`; undefined when it is no Ed25519 verifier key. Whether the hash fits is for the caller to check. */
export function parseVerifierKey(text: string): VerifierKey | undefined {
  const [, name, id, key] = VERIFIER_KEY.exec(text) ?? []
  if (name === undefined || !isKeyName(name)) return undefined
  const bytes = fromBase64(key!)
  if (bytes?.length !== 33 || bytes[0] !== ED25519) return undefined
  return { name, keyId: fromHex(id!), publicKey: bytes.slice(1) }
}

export function formatVerifierKey({ name, keyId, publicKey }: VerifierKey): string {
  return `${name}+${toHex(keyId)}+${toBase64(Uint8Array.of(ED25519, ...publicKey))}`
}

/** What is hashed for a key id: the first four bytes of its SHA-256 are the id. */
export function keyIdInput(name: string, publicKey: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(...new TextEncoder().encode(`${name}\n`), ED25519, ...publicKey)
}

/** Not empty, without white space and without a plus sign. */
export function isKeyName(name: string): boolean {
  return name.isWellFormed() && /^[^\s+]+$/u.test(name)
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

export function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16))
}

export function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
}

/** Undefined unless the text is the one base64 form of some bytes. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0))
    return toBase64(bytes) === text ? bytes : undefined
  } catch {
    return undefined
  }
}

function parseSignature(line: string): NoteSignature | undefined {
  const [, name, encoded] = SIGNATURE_LINE.exec(line) ?? []
  if (name === undefined || !isKeyName(name)) return undefined
  const bytes = fromBase64(encoded!)
  return bytes && bytes.length > 4 ? { name, keyId: bytes.slice(0, 4), signature: bytes.slice(4) } : undefined
}
