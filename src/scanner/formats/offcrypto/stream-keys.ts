import { Damaged } from '#scanner/intake/limits.ts'
import { u16 } from '#scanner/formats/bytes.ts'
import { digest, le32 } from './hashing.ts'
import { Rc4 } from './rc4.ts'
import { readCryptoHeader } from './standard.ts'

/** How a stream of a binary document is decrypted: one RC4 key for each numbered block. */
export interface StreamKeys {
  readonly scheme: string
  readonly cipherOf: (block: number) => Rc4
}

/**
 * Reads the encryption header that doc, xls and ppt share, from its version on, and tries a password: RC4 of 40 bits
 * (MS-OFFCRYPTO 2.3.6) or RC4 by CryptoAPI (2.3.5). Undefined when the password is wrong. Throws Damaged.
 */
export function streamKeys(header: Buffer, password: string): StreamKeys | undefined {
  const [major, minor] = [u16(header, 0), u16(header, 2)]
  if (major === 1 && minor === 1) return rc4Keys(header.subarray(4), password)
  if (major >= 2 && major <= 4 && minor === 2) return cryptoApiKeys(header, password)
  throw new Damaged(`the encryption has version ${major}.${minor}`)
}

function rc4Keys(header: Buffer, password: string): StreamKeys | undefined {
  if (header.length < 48) throw new Damaged('the header of the encryption is cut off')
  const [salt, verifier, verifierHash] = [header.subarray(0, 16), header.subarray(16, 32), header.subarray(32, 48)]
  const first = digest('md5', Buffer.from(password, 'utf16le')).subarray(0, 5)
  const base = digest('md5', ...Array.from({ length: 16 }, () => Buffer.concat([first, salt]))).subarray(0, 5)
  const cipherOf = (block: number) => new Rc4(digest('md5', base, le32(block)))
  const cipher = cipherOf(0)
  return digest('md5', cipher.apply(verifier)).equals(cipher.apply(verifierHash)) ? { scheme: 'RC4, 40 bits', cipherOf } : undefined
}

function cryptoApiKeys(bytes: Buffer, password: string): StreamKeys | undefined {
  const { cipher: kind, keyBytes, salt, verifier, verifierHash } = readCryptoHeader(bytes, 8)
  if (kind !== 'rc4') throw new Damaged('a stream is encrypted with a block cipher')
  const first = digest('sha1', salt, Buffer.from(password, 'utf16le'))
  const cipherOf = (block: number) => {
    const key = digest('sha1', first, le32(block)).subarray(0, keyBytes)
    // A key of 40 bits is filled up with zeros to 128 (2.3.5.2).
    return new Rc4(keyBytes === 5 ? Buffer.concat([key, Buffer.alloc(11)]) : key)
  }
  const cipher = cipherOf(0)
  return digest('sha1', cipher.apply(verifier)).equals(cipher.apply(verifierHash)) ? { scheme: `RC4 CryptoAPI, ${keyBytes * 8} bits`, cipherOf } : undefined
}

/** Decrypts a whole stream whose key changes every `blockBytes`, counted from its beginning. */
export function decryptBlocks(stream: Buffer, { cipherOf }: StreamKeys, blockBytes: number): Buffer {
  const blocks: Buffer[] = []
  for (let at = 0, block = 0; at < stream.length; at += blockBytes, block++) blocks.push(cipherOf(block).apply(stream.subarray(at, at + blockBytes)))
  return Buffer.concat(blocks)
}
