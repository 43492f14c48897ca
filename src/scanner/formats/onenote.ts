import { Damaged, type Budget, upToLimit, type LimitName } from '#scanner/intake/limits.ts'
import { utf16 } from './bytes.ts'

/** A file kept in a OneNote section. */
export interface OneNoteFile {
  /** Where its bytes begin. */
  readonly offset: number
  readonly bytes: Buffer
  /** True where the bytes end before the stated length does. */
  readonly cut: boolean
  /** The limit that its bytes are over: they are left out. */
  readonly over?: LimitName
}

export interface OneNote {
  readonly files: readonly OneNoteFile[]
  readonly names: readonly { readonly offset: number; readonly name: string }[]
}

const SECTION = Buffer.from('e4525c7b8cd8a74daeb15378d02996d3', 'hex')
const TABLE = Buffer.from('a12fff43d9ef764c9ee210ea5722765f', 'hex')
/** guidHeader and guidFooter of FileDataStoreObject (MS-ONESTORE 2.6.13). */
const HEADER = Buffer.from('e716e3bd65261145a4c48d4d0b7a9eac', 'hex')
const FOOTER = Buffer.from('22a7fb71790f0b4abb13899256426b24', 'hex')
/** guidHeader, cbLength, unused, reserved. */
const HEAD_BYTES = 36
/** Property ids of EmbeddedFileName and SourceFilepath (MS-ONE 2.2.66, 2.2.67), as they are stored. */
const NAME_IDS = [Buffer.from('9c1d001c', 'hex'), Buffer.from('9d1d001c', 'hex')]
const MOST_PROPERTIES = 64
const LONGEST_NAME = 1040

/**
 * Reads the files that a OneNote section keeps (MS-ONESTORE): every FileDataStoreObject in the file, whether anything refers to it or not, and
 * the names under which files were put in. Throws Damaged for another format, LimitReached.
 */
export function readOneNote(bytes: Buffer, budget: Budget): OneNote {
  if (!bytes.subarray(0, 16).equals(SECTION) && !bytes.subarray(0, 16).equals(TABLE)) throw new Damaged('no OneNote file')
  budget.step(bytes.length >> 8)
  return { files: readFiles(bytes, budget), names: readNames(bytes, budget) }
}

function readFiles(bytes: Buffer, budget: Budget): OneNoteFile[] {
  const files: OneNoteFile[] = []
  for (let at = bytes.indexOf(HEADER); at !== -1;) {
    budget.step()
    const offset = at + HEAD_BYTES
    if (offset > bytes.length) break
    const stated = bytes.readBigUInt64LE(at + 16)
    const length = stated > BigInt(bytes.length) ? bytes.length : Number(stated)
    const data = bytes.subarray(offset, offset + length)
    // Objects that lie over each other are read again and again: they count as often.
    const over = upToLimit(() => budget.takeBytes(data.length))
    if (data.length > 0) files.push({ offset, bytes: over ? Buffer.alloc(0) : data, cut: BigInt(data.length) < stated, ...(over && { over }) })
    const end = (offset + length + 7) & ~7
    const whole = [offset + length, end].some((from) => bytes.subarray(from, from + 16).equals(FOOTER))
    at = bytes.indexOf(HEADER, whole ? end : at + 16)
  }
  return files
}

/** The property sets (MS-ONESTORE 2.6.7) that hold a name: a count, as many ids, then the values in that order. */
function readNames(bytes: Buffer, budget: Budget): { offset: number; name: string }[] {
  const names: { offset: number; name: string }[] = []
  const seen = new Set<string>()
  for (const id of NAME_IDS) {
    for (let at = bytes.indexOf(id); at !== -1; at = bytes.indexOf(id, at + 4)) {
      budget.step()
      const found = nameAt(bytes, at, budget)
      if (!found || seen.has(found.name)) continue
      seen.add(found.name)
      names.push(found)
    }
  }
  return names.toSorted((a, b) => a.offset - b.offset)
}

/** The value of the id at `at`: its set begins at the count before the ids, wherever between 0 and 63 ids stand before this one. */
function nameAt(bytes: Buffer, at: number, budget: Budget): { offset: number; name: string } | undefined {
  for (let before = 0; before < MOST_PROPERTIES; before++) {
    const start = at - before * 4 - 2
    if (start < 0) return undefined
    budget.step()
    const count = bytes.readUInt16LE(start)
    if (count > before && count <= MOST_PROPERTIES) {
      const offset = valueOffset(bytes, start, count, before)
      const name = offset === undefined ? undefined : textAt(bytes, offset)
      if (name !== undefined) return { offset: offset! + 4, name }
    }
  }
  return undefined
}

/** Where the value of the id of this index lies; undefined when the ids before it are none (types: MS-ONESTORE 2.6.6). */
function valueOffset(bytes: Buffer, start: number, count: number, index: number): number | undefined {
  let value = start + 2 + count * 4
  for (let i = 0; i < index; i++) {
    const type = (bytes.readUInt32LE(start + 2 + i * 4) >>> 26) & 31
    if (type === 7) {
      if (value + 4 > bytes.length) return undefined
      value += 4 + bytes.readUInt32LE(value)
    } else if (type === 3) value += 1
    else if (type === 4) value += 2
    else if (type === 5) value += 4
    else if (type === 6) value += 8
    else if (type === 9 || type === 11 || type === 13) value += 4
    else if (type !== 1 && type !== 2 && type !== 8 && type !== 10 && type !== 12) return undefined
    if (value > bytes.length) return undefined
  }
  return value
}

function textAt(bytes: Buffer, at: number): string | undefined {
  if (at + 4 > bytes.length) return undefined
  const length = bytes.readUInt32LE(at)
  if (length < 4 || length > LONGEST_NAME || length % 2 !== 0 || at + 4 + length > bytes.length) return undefined
  const text = utf16(bytes, at + 4, at + 4 + length).replace(/\0$/, '')
  // oxlint-disable-next-line no-control-regex -- a name has no control characters: what has them is no name
  return text === '' || /[\u0000-\u001f\ufffe\uffff]/.test(text) ? undefined : text
}
