import { Damaged, type Budget } from '#scanner/intake/limits.ts'
import { u16, u32 } from '#scanner/formats/bytes.ts'
import { agileKey, decryptAgile, readAgile } from './agile.ts'
import { decryptStandard, readCryptoHeader, standardKey } from './standard.ts'

/** What a password opened, and by which scheme. */
export interface Opened<T> {
  readonly scheme: string
  /** Place of the password in the list. */
  readonly password: number
  readonly content: T
}

/**
 * The package inside an encrypted Office Open XML document: EncryptionInfo and EncryptedPackage (MS-OFFCRYPTO 2.3.4), with
 * the first of the passwords that fits; undefined when none does. Throws Damaged, LimitReached.
 */
export function openPackage(info: Buffer, encrypted: Buffer, passwords: readonly string[], budget: Budget): Opened<Buffer> | undefined {
  const [scheme, keyOf, decrypt] = u16(info, 0) === 4 && u16(info, 2) === 4 ? agile(info, budget) : standard(info, budget)
  for (const [password, text] of passwords.entries()) {
    const key = keyOf(text)
    if (!key) continue
    if (encrypted.length < 8) throw new Damaged('the encrypted package is cut off')
    const size = u32(encrypted, 0) + u32(encrypted, 4) * 2 ** 32
    budget.takeBytes(encrypted.length)
    return { scheme, password, content: decrypt(key, encrypted.subarray(8)).subarray(0, size) }
  }
  return undefined
}

type Way = readonly [scheme: string, keyOf: (password: string) => Buffer | undefined, decrypt: (key: Buffer, bytes: Buffer) => Buffer]

function agile(info: Buffer, budget: Budget): Way {
  const suite = readAgile(info.toString('utf8', 8), budget)
  return [
    `agile, ${suite.data.cipher}, ${suite.password.hash}`,
    (password) => agileKey(suite, password, budget),
    (key, bytes) => decryptAgile(suite, key, bytes, budget),
  ]
}

function standard(info: Buffer, budget: Budget): Way {
  if (u16(info, 2) !== 2) throw new Damaged(`the encryption has version ${u16(info, 0)}.${u16(info, 2)}`)
  const header = readCryptoHeader(info, 8)
  if (header.cipher !== 'aes') throw new Damaged('the package is encrypted with a stream cipher')
  return [`standard, aes-${header.keyBytes * 8}`, (password) => standardKey(header, password, budget), decryptStandard]
}
