import { createHash, createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto'
import { bech32 } from '@scure/base'

const X25519_BYTES = 32
/** ML-KEM-768 encapsulation key (FIPS 203): packed coefficients and a seed; then the X25519 key. */
const ML_KEM_BYTES = 1184
const ML_KEM_COEFFICIENT_BYTES = 1152
const ML_KEM_Q = 3329
const LIMIT = 2100

/** A recipient of age (https://age-encryption.org/v1): `age1…` is X25519, `age1pq1…` hybrid with ML-KEM-768. Undefined when it is none that can be encrypted to. */
export function readAgeKey(text: string): { readonly publicKey: string; readonly fingerprint: string } | undefined {
  const publicKey = text.trim()
  const bytes = bytesOf(publicKey)
  if (!bytes) return undefined
  const [kem, curve] = bytes.length === X25519_BYTES ? [undefined, bytes] : [bytes.subarray(0, ML_KEM_BYTES), bytes.subarray(ML_KEM_BYTES)]
  if ((kem && !isEncapsulationKey(kem)) || !isUsablePoint(curve)) return undefined
  return { publicKey, fingerprint: `SHA256:${createHash('sha256').update(publicKey).digest('base64url')}` }
}

function bytesOf(text: string): Uint8Array | undefined {
  if (text.length > LIMIT || !/^age1[a-z0-9]+$/.test(text)) return undefined
  const decoded = bech32.decodeUnsafe(text, LIMIT)
  const bytes = decoded && bech32.fromWordsUnsafe(decoded.words)
  if (!bytes) return undefined
  const length = decoded.prefix === 'age' ? X25519_BYTES : decoded.prefix === 'age1pq' ? ML_KEM_BYTES + X25519_BYTES : -1
  return bytes.length === length ? Uint8Array.from(bytes) : undefined
}

/** Every coefficient is below q (FIPS 203, 7.2). */
function isEncapsulationKey(key: Uint8Array): boolean {
  for (let at = 0; at < ML_KEM_COEFFICIENT_BYTES; at += 3) {
    const [low, middle, high] = [key[at]!, key[at + 1]!, key[at + 2]!]
    if ((low | ((middle & 15) << 8)) >= ML_KEM_Q || ((middle >> 4) | (high << 4)) >= ML_KEM_Q) return false
  }
  return true
}

/** A point of small order gives everybody the same secret (RFC 7748, 6.1). */
function isUsablePoint(point: Uint8Array): boolean {
  try {
    const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: Buffer.from(point).toString('base64url') }, format: 'jwk' })
    return diffieHellman({ publicKey, privateKey: generateKeyPairSync('x25519').privateKey }).some((byte) => byte !== 0)
  } catch {
    return false
  }
}
