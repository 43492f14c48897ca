import type { Budget } from '#scanner/intake/limits.ts'
import { u16, u32 } from '#scanner/formats/bytes.ts'
import type { Opened } from './package.ts'
import { decryptBlocks, streamKeys } from './stream-keys.ts'
import { xorKeys } from './xor-obfuscation.ts'

const ENCRYPTED = 0x0100
const OBFUSCATED = 0x8000
const TABLE_1 = 0x0200
/** Bytes of the document stream that stay as they are: the fixed beginning of its header (MS-DOC 2.2.6). */
const PLAIN_BYTES = 68
const BLOCK = 512

/** The streams of a Word document that its encryption covers; names as they stand in the file. */
export interface WordStreams {
  readonly document: Buffer
  readonly tables: readonly [zero: Buffer | undefined, one: Buffer | undefined]
  readonly data: Buffer | undefined
}

export function isEncryptedWord(document: Buffer): boolean {
  return document.length >= 34 && (u16(document, 10) & ENCRYPTED) !== 0
}

/**
 * The streams without their encryption (MS-DOC 2.2.6), with the first of the passwords that fits; undefined when none does.
 * Throws Damaged for a scheme that is not known.
 */
export function openWord(streams: WordStreams, passwords: readonly string[], budget: Budget): Opened<WordStreams> | undefined {
  const flags = u16(streams.document, 10)
  const table = streams.tables[(flags & TABLE_1) === 0 ? 0 : 1]
  for (const [password, text] of passwords.entries()) {
    budget.step(64)
    const found = (flags & OBFUSCATED) === 0 ? table && byStream(table, u32(streams.document, 14), text) : byPad(u32(streams.document, 14), text)
    if (!found) continue
    const open = (bytes: Buffer | undefined, plain = 0) => bytes && Buffer.concat([bytes.subarray(0, plain), found.decrypt(bytes).subarray(plain)])
    const document = open(streams.document, PLAIN_BYTES)!
    document.writeUInt16LE(flags & ~(ENCRYPTED | OBFUSCATED), 10)
    return { scheme: found.scheme, password, content: { document, tables: [open(streams.tables[0]), open(streams.tables[1])], data: open(streams.data) } }
  }
  return undefined
}

type Way = { readonly scheme: string; readonly decrypt: (stream: Buffer) => Buffer }

/** The header of RC4 stands at the beginning of the table stream. */
function byStream(table: Buffer, headerBytes: number, password: string): Way | undefined {
  const keys = streamKeys(table.subarray(0, headerBytes), password)
  return keys && { scheme: keys.scheme, decrypt: (stream) => decryptBlocks(stream, keys, BLOCK) }
}

/** Method 2 of XOR obfuscation (MS-OFFCRYPTO 2.3.7.5): zeros, and bytes equal to the pad, stay as they are. */
function byPad(stated: number, password: string): Way | undefined {
  const keys = xorKeys(password)
  if (!keys || ((keys.key << 16) | keys.verifier) >>> 0 !== stated) return undefined
  const decrypt = (stream: Buffer) => {
    const out = Buffer.from(stream)
    for (let at = 0; at < out.length; at++) {
      const value = out[at]! ^ keys.pad[at % 16]!
      if (out[at] !== 0 && value !== 0) out[at] = value
    }
    return out
  }
  return { scheme: 'XOR obfuscation', decrypt }
}
