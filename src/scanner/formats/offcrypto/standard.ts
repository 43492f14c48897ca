import { createDecipheriv } from 'node:crypto'
import { Damaged, type Budget } from '#scanner/intake/limits.ts'
import { u32 } from '#scanner/formats/bytes.ts'
import { digest, le32, spin } from './hashing.ts'

/** EncryptionHeader and EncryptionVerifier of MS-OFFCRYPTO 2.3.2 and 2.3.3, as standard encryption and RC4 CryptoAPI share them. */
export interface CryptoHeader {
  readonly cipher: 'aes' | 'rc4'
  readonly keyBytes: number
  readonly salt: Buffer
  readonly verifier: Buffer
  readonly verifierHash: Buffer
}

const AES: Record<number, number> = { 0x660e: 16, 0x660f: 24, 0x6610: 32 }
const RC4_ALGORITHM = 0x6801
const SHA1_BYTES = 20

/** Reads from the header's size field on. Throws Damaged for what this scanner has no cipher for, and for missing bytes. */
export function readCryptoHeader(bytes: Buffer, at: number): CryptoHeader {
  const headerBytes = u32(bytes, at)
  const header = at + 4
  const verifier = header + headerBytes
  const algorithm = u32(bytes, header + 8)
  const bits = u32(bytes, header + 16)
  const saltBytes = u32(bytes, verifier)
  if (saltBytes !== 16) throw new Damaged(`the salt of the encryption has ${saltBytes} bytes`)
  const aes = AES[algorithm]
  if (aes === undefined && algorithm !== RC4_ALGORITHM && algorithm !== 0) throw new Damaged(`the cipher ${algorithm.toString(16)} is not known`)
  const from = verifier + 4
  const hashAt = from + 36
  const hashBytes = aes === undefined ? SHA1_BYTES : 32
  if (hashAt + hashBytes > bytes.length) throw new Damaged('the verifier of the encryption is cut off')
  return {
    cipher: aes === undefined ? 'rc4' : 'aes',
    keyBytes: aes ?? (bits === 0 ? 5 : Math.min(16, Math.max(5, bits >>> 3))),
    salt: bytes.subarray(from, from + 16),
    verifier: bytes.subarray(from + 16, from + 32),
    verifierHash: bytes.subarray(hashAt, hashAt + hashBytes),
  }
}

const ROUNDS = 50_000

/** The key of standard encryption (2.3.4.7) when the password is right (2.3.4.9); undefined when it is not. Throws LimitReached. */
export function standardKey({ salt, keyBytes, verifier, verifierHash }: CryptoHeader, password: string, budget: Budget): Buffer | undefined {
  const last = digest('sha1', spin('sha1', { salt, password, rounds: ROUNDS }, budget), le32(0))
  const half = (mark: number) => {
    const block = Buffer.alloc(64, mark)
    for (const [i, byte] of last.entries()) block[i]! ^= byte
    return digest('sha1', block)
  }
  const key = Buffer.concat([half(0x36), half(0x5c)]).subarray(0, keyBytes)
  const open = (bytes: Buffer) => decryptStandard(key, bytes)
  return digest('sha1', open(verifier)).equals(open(verifierHash).subarray(0, SHA1_BYTES)) ? key : undefined
}

/** AES in ECB mode over whole blocks; bytes behind the last whole block are dropped. */
export function decryptStandard(key: Buffer, bytes: Buffer): Buffer {
  const decipher = createDecipheriv(`aes-${key.length * 8}-ecb`, key, null).setAutoPadding(false)
  return Buffer.concat([decipher.update(bytes.subarray(0, bytes.length & ~15)), decipher.final()])
}
