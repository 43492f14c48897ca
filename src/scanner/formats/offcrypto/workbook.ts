import type { Budget } from '#scanner/intake/limits.ts'
import { u16 } from '#scanner/formats/bytes.ts'
import type { Opened } from './package.ts'
import { streamKeys } from './stream-keys.ts'
import { xorKeys } from './xor-obfuscation.ts'

const FILE_PASS = 0x2f
const BOUND_SHEET = 0x85
/** Records that stay as they are (MS-XLS 2.2.10): BOF of all versions, FilePass, UsrExcl, FileLock, InterfaceHdr, RRDInfo, RRDHead. */
const PLAIN = new Set([0x009, 0x209, 0x409, 0x809, FILE_PASS, 0x194, 0x195, 0xe1, 0x196, 0x138])
/** What a FilePass record becomes, so that readers see an open workbook with the same offsets: a record type of no meaning. */
const SPENT = 0x0fff
const BLOCK = 1024

type Cipher = (bytes: Buffer, at: number, recordBytes: number) => Buffer
interface FilePass {
  readonly at: number
  readonly data: Buffer
}

/**
 * A workbook stream without its encryption (MS-XLS 2.2.10), with the first of the passwords that fits; undefined when none
 * does. The record heads stay in place. Throws Damaged for a scheme that is not known, and LimitReached.
 */
export function openWorkbook(stream: Buffer, passwords: readonly string[], budget: Budget): Opened<Buffer> | undefined {
  const pass = findFilePass(stream, budget)
  if (!pass) return undefined
  for (const [password, text] of passwords.entries()) {
    budget.step(64)
    const found = cipherOf(pass.data, text)
    if (found) return { scheme: found.scheme, password, content: decryptRecords(stream, pass, found.cipher, budget) }
  }
  return undefined
}

/** The record that says how a workbook is encrypted: one of the first of the stream. */
export function findFilePass(stream: Buffer, budget: Budget): FilePass | undefined {
  for (let at = 0, seen = 0; at + 4 <= stream.length && seen < 64; seen++) {
    budget.step()
    const size = u16(stream, at + 2)
    if (u16(stream, at) === FILE_PASS) return { at, data: stream.subarray(at + 4, at + 4 + size) }
    at += 4 + size
  }
  return undefined
}

function cipherOf(data: Buffer, password: string): { scheme: string; cipher: Cipher } | undefined {
  // Before BIFF8 the record holds the key and the verifier alone.
  const [obfuscated, from] = data.length === 4 ? [true, 0] : [u16(data, 0) === 0, 2]
  if (obfuscated) {
    const keys = xorKeys(password)
    if (!keys || keys.key !== u16(data, from) || keys.verifier !== u16(data, from + 2)) return undefined
    return { scheme: 'XOR obfuscation', cipher: (bytes, at, recordBytes) => deobfuscate(bytes, keys.pad, at + recordBytes) }
  }
  const keys = streamKeys(data.subarray(2), password)
  if (!keys) return undefined
  let block = -1
  let cipher = keys.cipherOf(0)
  let used = 0
  // Records come in order, so the key stream only runs forward.
  const skipTo = (at: number) => {
    if (Math.floor(at / BLOCK) !== block) {
      block = Math.floor(at / BLOCK)
      cipher = keys.cipherOf(block)
      used = 0
    }
    if (at % BLOCK > used) cipher.apply(Buffer.alloc((at % BLOCK) - used))
    used = at % BLOCK
  }
  return {
    scheme: keys.scheme,
    cipher: (bytes, from) => {
      const parts: Buffer[] = []
      for (let at = from; at < from + bytes.length;) {
        skipTo(at)
        const end = Math.min(from + bytes.length, (block + 1) * BLOCK)
        parts.push(cipher.apply(bytes.subarray(at - from, end - from)))
        used += end - at
        at = end
      }
      return Buffer.concat(parts)
    },
  }
}

/** Bytes of one record: their place in the pad follows from their own and from how long the record is (2.3.7.3). */
function deobfuscate(bytes: Buffer, pad: Buffer, index: number): Buffer {
  const out = Buffer.allocUnsafe(bytes.length)
  for (let i = 0; i < bytes.length; i++) {
    const value = bytes[i]! ^ pad[(index + i) % 16]!
    out[i] = (value << 3) | (value >> 5)
  }
  return out
}

function decryptRecords(stream: Buffer, pass: FilePass, cipher: Cipher, budget: Budget): Buffer {
  const out = Buffer.from(stream)
  for (let at = 0; at + 4 <= stream.length;) {
    budget.step()
    const type = u16(stream, at)
    const size = Math.min(u16(stream, at + 2), stream.length - at - 4)
    if (at > pass.at && !PLAIN.has(type) && size > 0) {
      // Where a sheet begins stays readable.
      const plain = type === BOUND_SHEET ? Math.min(4, size) : 0
      const from = at + 4 + plain
      cipher(stream.subarray(from, at + 4 + size), from, size).copy(out, from)
    }
    at += 4 + size
  }
  out.writeUInt16LE(SPENT, pass.at)
  return out
}
