import type { Budget } from '#scanner/intake/limits.ts'
import { utf16 } from './bytes.ts'

export type PdfValue = null | boolean | number | string | PdfName | PdfRef | PdfValue[] | PdfDict

/** A name without its slash, `#xx` decoded. */
export interface PdfName {
  readonly name: string
  /** As it is written, where it hides letters or digits behind `#xx` that need no hiding. */
  readonly hidden?: string
}

export interface PdfRef {
  readonly ref: number
}

export interface PdfDict {
  readonly dict: Map<string, PdfValue>
  /** Where its `<<` stands in the bytes that were read. */
  readonly at: number
}

const DEEPEST = 48
const LONGEST_STRING = 4 * 2 ** 20
const LONGEST_NAME = 256
const NAMES = 512
const SPACE = 1
const DELIMITER = 2
const CLASS = new Uint8Array(256)
for (const c of [0, 9, 10, 12, 13, 32]) CLASS[c] = SPACE
for (const c of '()<>[]{}/%') CLASS[c.charCodeAt(0)] = DELIMITER

export function isName(value: PdfValue | undefined, name?: string): value is PdfName {
  return typeof value === 'object' && value !== null && 'name' in value && (name === undefined || value.name === name)
}

export function isRef(value: PdfValue | undefined): value is PdfRef {
  return typeof value === 'object' && value !== null && 'ref' in value
}

export function isDict(value: PdfValue | undefined): value is PdfDict {
  return typeof value === 'object' && value !== null && 'dict' in value
}

/** What the bytes of a string mean: text unless a reader wants them raw or has to decrypt them first. */
export type StringReader = (bytes: Buffer) => string

/**
 * Reads PDF objects (PDF 32000-1, 7.3) from bytes that nobody checked; what cannot be read is null, and nothing throws but LimitReached.
 * Objects may start inside objects, so a byte is paid for every time it is read.
 */
export class PdfLexer {
  readonly bytes: Buffer
  at: number
  readonly #budget: Budget
  readonly #text: StringReader
  readonly #names: RecentNames | undefined

  constructor(bytes: Buffer, at: number, budget: Budget, text: StringReader = pdfText, names?: RecentNames) {
    this.#names = names
    this.bytes = bytes
    this.at = at
    this.#budget = budget
    this.#text = text
  }

  skipSpace(): void {
    const { bytes } = this
    const { length } = bytes
    const from = this.at
    let at = from
    for (; at < length; at++) {
      const c = bytes[at]!
      if (c === 0x25) {
        while (at < length && bytes[at] !== 10 && bytes[at] !== 13) at++
      } else if (CLASS[c] !== SPACE) break
    }
    this.at = Math.min(at, length)
    if (at - from > 7) this.#charge(from)
  }

  #charge(from: number): void {
    this.#budget.step((this.at - from) >> 3)
  }

  /** The next object; undefined at the end, at a closing bracket, or at a keyword such as `stream`. */
  value(depth = 0): PdfValue | undefined {
    const from = this.at
    const value = this.#value(depth)
    if (depth === 0) this.#budget.step(1 + ((this.at - from) >> 4))
    return value
  }

  #value(depth: number): PdfValue | undefined {
    this.skipSpace()
    const c = this.bytes[this.at]
    if (c === undefined || depth > DEEPEST) return undefined
    if (c === 0x2f) return this.#name()
    if (c === 0x28) return this.#string()
    if (c === 0x5b) return this.#array(depth)
    if (c === 0x3c) return this.bytes[this.at + 1] === 0x3c ? this.#dict(depth) : this.#hexString()
    if ((c >= 0x30 && c <= 0x39) || c === 0x2b || c === 0x2d || c === 0x2e) return this.#number()
    if (CLASS[c] === DELIMITER) return undefined
    return this.#keyword()
  }

  #keyword(): PdfValue | undefined {
    const from = this.at
    const word = this.#regular(from)
    const known = word === 'true' ? true : word === 'false' ? false : word === 'null' ? null : undefined
    if (known !== undefined) this.at = from + word.length
    return known
  }

  #regular(from: number): string {
    let end = from
    while (end < this.bytes.length && end - from < 64 && CLASS[this.bytes[end]!] === 0) end++
    return this.bytes.toString('latin1', from, end)
  }

  #number(): number | PdfRef {
    const { bytes } = this
    const first = this.#digits()
    if (!Number.isInteger(first) || first < 0) return first
    // "12 0 R" is a reference: look ahead without losing the place.
    let at = this.at
    if (CLASS[bytes[at] ?? 0x41] !== SPACE) return first
    while (CLASS[bytes[at] ?? 0x41] === SPACE && at - this.at < 64) at++
    const digits = at
    while (bytes[at]! >= 0x30 && bytes[at]! <= 0x39 && at - digits < 6) at++
    if (at === digits) return first
    const gap = at
    while (CLASS[bytes[at] ?? 0x41] === SPACE && at - gap < 64) at++
    if (at === gap || bytes[at] !== 0x52) return first
    const next = bytes[at + 1]
    if (next !== undefined && CLASS[next] === 0) return first
    this.at = at + 1
    return { ref: first }
  }

  #digits(): number {
    const { bytes } = this
    const from = this.at
    let at = from
    let value = 0
    let plain = true
    for (; at < bytes.length && at - from < 64; at++) {
      const c = bytes[at]!
      if (c >= 0x30 && c <= 0x39) value = value * 10 + c - 0x30
      else if (CLASS[c] === 0) plain = false
      else break
    }
    this.at = Math.max(at, from + 1)
    if (plain) return value
    const text = bytes.toString('latin1', from, at)
    const parsed = Number.parseFloat(text)
    return Number.isFinite(parsed) ? parsed : 0
  }

  #name(): PdfName {
    const { bytes } = this
    const from = ++this.at
    let at = from
    let hash = 0
    for (; at < bytes.length; at++) {
      const c = bytes[at]!
      if (CLASS[c] !== 0) break
      hash = (hash * 31 + c) | 0
    }
    this.at = at
    const known = this.#names?.find(hash, bytes, from, at)
    if (known) return known
    // No name is longer than 127 bytes (PDF 32000-1, annex C), but scripts are kept in names as long as strings.
    if (at - from > LONGEST_NAME) {
      this.#charge(from)
      return { name: unescapeName(bytes.toString('latin1', from, Math.min(at, from + LONGEST_STRING))).name }
    }
    const raw = bytes.toString('latin1', from, at)
    const name = raw.includes('#') ? unescapeName(raw) : { name: raw }
    this.#names?.add(hash, raw, name)
    return name
  }

  #string(): string {
    const { bytes } = this
    const from = ++this.at
    let open = 1
    let at = from
    let escaped = false
    for (; at < bytes.length; at++) {
      const c = bytes[at]!
      if (c === 0x5c) {
        escaped = true
        at++
      } else if (c === 0x28) open++
      else if (c === 0x29 && --open === 0) break
    }
    const end = Math.min(at, bytes.length)
    this.at = Math.min(bytes.length, at + 1)
    this.#charge(from)
    const raw = bytes.subarray(from, Math.min(end, from + LONGEST_STRING))
    return this.#text(escaped ? unescapeString(raw) : raw)
  }

  #hexString(): string {
    const { bytes } = this
    const from = this.at
    const stop = Math.min(bytes.length, from + 1 + 2 * LONGEST_STRING)
    let at = from + 1
    while (at < stop && CLASS[bytes[at]!] !== DELIMITER) at++
    this.at = bytes[at] === 0x3e ? at + 1 : Math.max(at, from + 1)
    this.#charge(from)
    return this.#text(hexBytes(bytes, from + 1, at))
  }

  #array(depth: number): PdfValue[] {
    const values: PdfValue[] = []
    this.at++
    for (;;) {
      const value = this.#value(depth + 1)
      if (value !== undefined) values.push(value)
      else if (this.bytes[this.at] === 0x5d) {
        this.at++
        return values
      } else if (!this.#skipStray()) return values
    }
  }

  #dict(depth: number): PdfDict {
    const dict = new Map<string, PdfValue>()
    const at = this.at
    this.at += 2
    for (;;) {
      const key = this.#value(depth + 1)
      if (key === undefined) {
        if (this.bytes[this.at] === 0x3e) {
          this.at += this.bytes[this.at + 1] === 0x3e ? 2 : 1
          return { dict, at }
        }
        if (!this.#skipStray()) return { dict, at }
        continue
      }
      if (!isName(key)) continue
      const value = this.#value(depth + 1)
      if (value !== undefined) dict.set(key.name, value)
      noteHidden(dict, key)
      if (Array.isArray(value)) for (let i = 0; i < value.length && i < MOST_HIDDEN; i++) noteHidden(dict, value[i])
      else noteHidden(dict, value)
    }
  }

  /** Passes one stray byte inside an array or dictionary; false where the object is clearly over. */
  #skipStray(): boolean {
    this.#budget.step()
    if (this.at >= this.bytes.length) return false
    const word = CLASS[this.bytes[this.at]!] === 0 ? this.#regular(this.at) : ''
    if (/^(endobj|stream|endstream|obj|xref|trailer|startxref)/.test(word)) return false
    this.at += Math.max(1, word.length)
    return true
  }
}

/** Names that were read lately: documents write the same few over and over. */
export class RecentNames {
  readonly #raw: string[] = Array.from({ length: NAMES }, () => '')
  readonly #names: PdfName[] = Array.from({ length: NAMES }, () => ({ name: '' }))

  find(hash: number, bytes: Buffer, from: number, to: number): PdfName | undefined {
    const place = hash & (NAMES - 1)
    const raw = this.#raw[place]!
    if (to - from !== raw.length) return undefined
    for (let i = 0; i < raw.length; i++) if (bytes[from + i] !== raw.charCodeAt(i)) return undefined
    return this.#names[place]!
  }

  add(hash: number, raw: string, name: PdfName): void {
    this.#raw[hash & (NAMES - 1)] = raw
    this.#names[hash & (NAMES - 1)] = name
  }
}

/** The key under which a dictionary keeps the names in it, as written, that were hidden behind `#xx`; no name of a PDF, whose characters are bytes, is the same. */
export const HIDDEN = '\u2400hidden'
const MOST_HIDDEN = 8

function noteHidden(dict: Map<string, PdfValue>, value: PdfValue | undefined): void {
  if (!isName(value) || value.hidden === undefined) return
  const noted = dict.get(HIDDEN)
  if (!Array.isArray(noted)) dict.set(HIDDEN, [value.hidden])
  else if (noted.length < MOST_HIDDEN) noted.push(value.hidden)
}

function unescapeName(raw: string): PdfName {
  let hidden = false
  const name = raw.replace(/#([0-9a-fA-F]{2})/g, (_, hex: string) => {
    const c = String.fromCharCode(Number.parseInt(hex, 16))
    if (/[A-Za-z0-9]/.test(c)) hidden = true
    return c
  })
  return hidden ? { name, hidden: raw } : { name }
}

const ESCAPES: Readonly<Record<number, number>> = { 0x6e: 10, 0x72: 13, 0x74: 9, 0x62: 8, 0x66: 12 }

/** Undoes the escapes of a literal string (PDF 32000-1, table 3). */
function unescapeString(raw: Buffer): Buffer {
  const out = Buffer.allocUnsafe(raw.length)
  let length = 0
  for (let at = 0; at < raw.length;) {
    let c = raw[at++]!
    if (c !== 0x5c) {
      out[length++] = c
      continue
    }
    c = raw[at++] ?? 10
    if (c >= 0x30 && c <= 0x37) {
      let value = c - 0x30
      for (let i = 0; i < 2 && raw[at]! >= 0x30 && raw[at]! <= 0x37; i++) value = value * 8 + raw[at++]! - 0x30
      out[length++] = value & 0xff
    } else if (c === 13) {
      if (raw[at] === 10) at++
    } else if (c !== 10) out[length++] = ESCAPES[c] ?? c
  }
  return out.subarray(0, length)
}

/** The bytes that the hexadecimal digits between two places write; whatever else stands there is passed over. */
export function hexBytes(bytes: Buffer, from: number, to: number): Buffer {
  const out = Buffer.alloc((to - from + 1) >> 1)
  let digits = 0
  for (let at = from; at < to; at++) {
    const c = bytes[at]!
    const digit = c >= 0x30 && c <= 0x39 ? c - 0x30 : (c | 0x20) >= 0x61 && (c | 0x20) <= 0x66 ? (c | 0x20) - 0x57 : -1
    if (digit < 0) continue
    out[digits >> 1]! |= digits % 2 === 0 ? digit << 4 : digit
    digits++
  }
  return out.subarray(0, (digits + 1) >> 1)
}

/** The text of a PDF string: UTF-16 with its byte order mark, otherwise one byte a character. */
export function pdfText(bytes: Buffer): string {
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return utf16(Buffer.from(bytes.subarray(2, bytes.length - (bytes.length % 2))).swap16())
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return utf16(bytes, 2)
  return bytes.toString('latin1')
}
