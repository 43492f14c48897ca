import { createDecipheriv } from 'node:crypto'
import { Damaged, type Budget } from '#scanner/intake/limits.ts'
import { walkXml } from '#scanner/formats/xml.ts'
import { digest, le32, spin } from './hashing.ts'

/** Cipher, hash and salt of one part of agile encryption (MS-OFFCRYPTO 2.3.4.10). */
interface Suite {
  readonly cipher: string
  readonly keyBytes: number
  readonly blockBytes: number
  readonly hash: string
  readonly salt: Buffer
}

export interface Agile {
  readonly data: Suite
  readonly password: Suite & { readonly rounds: number; readonly verifier: Buffer; readonly verifierHash: Buffer; readonly key: Buffer }
}

const HASHES: Record<string, string> = {
  SHA1: 'sha1',
  'SHA-1': 'sha1',
  SHA256: 'sha256',
  SHA384: 'sha384',
  SHA512: 'sha512',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
  MD5: 'md5',
}
const VERIFIER_INPUT = Buffer.from('fea7d2763b4b9e79', 'hex')
const VERIFIER_VALUE = Buffer.from('d7aa0f6d3061344e', 'hex')
const KEY_VALUE = Buffer.from('146e0be7abacd0d6', 'hex')
const SEGMENT = 4096
const MOST_ROUNDS = 10_000_000

/** Reads the XML of an EncryptionInfo stream. Throws Damaged without a password's key encryptor, or for an unknown cipher. */
export function readAgile(xml: string, budget: Budget): Agile {
  let data: Suite | undefined
  for (const event of walkXml(xml, budget)) {
    if (event.kind !== 'open') continue
    if (event.name === 'keyData') data ??= suite(event.attributes)
    if (event.name !== 'encryptedKey' || !event.attributes.has('encryptedVerifierHashInput')) continue
    if (!data) break
    const bytes = (name: string) => Buffer.from(event.attributes.get(name) ?? '', 'base64')
    const rounds = Number(event.attributes.get('spinCount'))
    if (!(Number.isInteger(rounds) && rounds >= 0 && rounds <= MOST_ROUNDS)) throw new Damaged('the spin count of the encryption is out of its range')
    return {
      data,
      password: {
        ...suite(event.attributes),
        rounds,
        verifier: bytes('encryptedVerifierHashInput'),
        verifierHash: bytes('encryptedVerifierHashValue'),
        key: bytes('encryptedKeyValue'),
      },
    }
  }
  throw new Damaged('the encryption has no key for a password')
}

function suite(attributes: ReadonlyMap<string, string>): Suite {
  const name = attributes.get('cipherAlgorithm') ?? ''
  const bits = Number(attributes.get('keyBits'))
  const hash = HASHES[attributes.get('hashAlgorithm') ?? '']
  const mode = attributes.get('cipherChaining') === 'ChainingModeCFB' ? 'cfb8' : 'cbc'
  const cipher = name === 'AES' && [128, 192, 256].includes(bits) ? `aes-${bits}-${mode}` : name === '3DES' && mode === 'cbc' ? 'des-ede3-cbc' : undefined
  if (!cipher || !hash) throw new Damaged(`the cipher ${name.slice(0, 20)} is not known`)
  return {
    cipher,
    keyBytes: name === '3DES' ? 24 : bits / 8,
    blockBytes: name === '3DES' ? 8 : 16,
    hash,
    salt: Buffer.from(attributes.get('saltValue') ?? '', 'base64'),
  }
}

/** The key of the data when the password is right (2.3.4.13); undefined when it is not. Throws LimitReached. */
export function agileKey({ data, password: by }: Agile, password: string, budget: Budget): Buffer | undefined {
  const spun = spin(by.hash, { salt: by.salt, password, rounds: by.rounds }, budget)
  const open = (block: Buffer, bytes: Buffer) => decrypt(by, fitted(digest(by.hash, spun, block), by.keyBytes), fitted(by.salt, by.blockBytes), bytes)
  const stated = open(VERIFIER_VALUE, by.verifierHash)
  const saltBytes = by.salt.length
  const hashed = digest(by.hash, open(VERIFIER_INPUT, by.verifier).subarray(0, saltBytes))
  if (stated.length < hashed.length || !stated.subarray(0, hashed.length).equals(hashed)) return undefined
  const key = open(KEY_VALUE, by.key).subarray(0, data.keyBytes)
  return key.length === data.keyBytes ? key : undefined
}

/** The package in segments of 4096 bytes, each with an initialisation vector of its own (2.3.4.15). */
export function decryptAgile({ data }: Agile, key: Buffer, bytes: Buffer, budget: Budget): Buffer {
  const segments: Buffer[] = []
  for (let at = 0, index = 0; at < bytes.length; at += SEGMENT, index++) {
    budget.step()
    segments.push(decrypt(data, key, fitted(digest(data.hash, data.salt, le32(index)), data.blockBytes), bytes.subarray(at, at + SEGMENT)))
  }
  return Buffer.concat(segments)
}

/** Cut, or filled up with 0x36. */
function fitted(bytes: Buffer, length: number): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(Math.max(0, length - bytes.length), 0x36)]).subarray(0, length)
}

function decrypt({ cipher, blockBytes }: Suite, key: Buffer, iv: Buffer, bytes: Buffer): Buffer {
  const whole = cipher.endsWith('cfb8') ? bytes : bytes.subarray(0, bytes.length - (bytes.length % blockBytes))
  const decipher = createDecipheriv(cipher, key, iv).setAutoPadding(false)
  return Buffer.concat([decipher.update(whole), decipher.final()])
}
