import { createPublicKey, hash, sign, verify, type KeyObject } from 'node:crypto'
import { formatNote, formatVerifierKey, keyIdInput, parseNote, parseVerifierKey, type VerifierKey } from '#platform/audit/note.ts'

/** The verifier key of an Ed25519 key, private or public, under a name (C2SP signed-note, algorithm 0x01). */
export function verifierKeyOf(name: string, key: KeyObject): VerifierKey {
  const publicKey = publicKeys.get(key) ?? exportPublic(key)
  publicKeys.set(key, publicKey)
  return { name, keyId: keyIdOf(name, publicKey), publicKey }
}

/** Exported once per key: the log signs with it at every commit. */
const publicKeys = new WeakMap<KeyObject, Uint8Array<ArrayBuffer>>()

function exportPublic(key: KeyObject): Uint8Array<ArrayBuffer> {
  const jwk = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' })
  if (jwk.crv !== 'Ed25519') throw new TypeError('not an Ed25519 key')
  return Uint8Array.from(Buffer.from(jwk.x!, 'base64url'))
}

/** The verifier key as text, `name+hash+base64`. */
export function verifierKeyText(name: string, key: KeyObject): string {
  return formatVerifierKey(verifierKeyOf(name, key))
}

/** Reads a verifier key and checks its hash; undefined when it is none. */
export function readVerifierKey(text: string): VerifierKey | undefined {
  const key = parseVerifierKey(text)
  return key && same(keyIdOf(key.name, key.publicKey), key.keyId) ? key : undefined
}

/** Signs text, which ends in a line feed, as a note. */
export function signNote(text: string, name: string, privateKey: KeyObject): string {
  const { keyId } = verifierKeyOf(name, privateKey)
  const signature = Uint8Array.from(sign(null, Buffer.from(text), privateKey))
  return formatNote({ text, signatures: [{ name, keyId, signature }] })
}

/** The text of a note that this key signed; undefined for every other note. */
export function openNote(note: string, key: VerifierKey): string | undefined {
  const parsed = parseNote(note)
  const own = parsed?.signatures.find((signature) => signature.name === key.name && same(signature.keyId, key.keyId))
  if (!parsed || own?.signature.length !== 64) return undefined
  return verify(null, Buffer.from(parsed.text), publicKeyOf(key), own.signature) ? parsed.text : undefined
}

function publicKeyOf({ publicKey }: VerifierKey): KeyObject {
  return createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(publicKey).toString('base64url') } })
}

function keyIdOf(name: string, publicKey: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hash('sha256', keyIdInput(name, publicKey), 'buffer').subarray(0, 4))
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}
