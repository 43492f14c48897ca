import type { Budget } from '#scanner/intake/limits.ts'

export type PdfValue = null | boolean | number | string | PdfName | PdfRef | PdfValue[] | PdfDict

/** A name without its slash, `#xx` decoded. */
export interface PdfName {
  readonly name: string
  /** True when the name hid characters behind `#xx` that need no hiding. */
  readonly hidden: boolean
}

export interface PdfRef {
  readonly ref: number
}

export interface PdfDict {
  readonly dict: Map<string, PdfValue>
}

const DEEPEST = 48
const LONGEST_STRING = 4 * 2 ** 20
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

/** Reads PDF objects from bytes that nobody checked; what cannot be read is null, and nothing throws but LimitReached. */
export class PdfLexer {
  readonly bytes: Buffer
  at: number
  readonly #budget: Budget

  constructor(bytes: Buffer, at: number, budget: Budget) {
    this.bytes = bytes
    this.at = at
    this.#budget = budget
  }

  skipSpace(): void {
    const { bytes } = this
    const from = this.at
    for (;;) {
      const c = bytes[this.at]
      if (c === undefined) break
      if (c === 0x25) {
        while (this.at < bytes.length && bytes[this.at] !== 10 && bytes[this.at] !== 13) this.at++
      } else if (CLASS[c] !== SPACE) break
      this.at++
    }
    this.#charge(from)
  }

  /** Objects may start inside objects: what one byte costs is paid every time it is read. */
  #charge(from: number): void {
    this.#budget.step((this.at - from) >> 3)
  }

  /** The next object; undefined at the end, at a closing bracket, or at a keyword such as `stream`. */
  value(depth = 0): PdfValue | undefined {
    this.#budget.step()
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
    const spaced = () => {
      const from = at
      while (CLASS[bytes[at] ?? 0x41] === SPACE) at++
      return at > from
    }
    if (!spaced()) return first
    const digits = at
    while (bytes[at]! >= 0x30 && bytes[at]! <= 0x39 && at - digits < 6) at++
    if (at === digits || !spaced() || bytes[at] !== 0x52) return first
    const next = bytes[at + 1]
    if (next !== undefined && CLASS[next] === 0) return first
    this.at = at + 1
    return { ref: first }
  }

  #digits(): number {
    const from = this.at
    let at = from
    while (at < this.bytes.length && at - from < 64 && CLASS[this.bytes[at]!] === 0) at++
    this.at = Math.max(at, from + 1)
    const value = Number.parseFloat(this.bytes.toString('latin1', from, at))
    return Number.isFinite(value) ? value : 0
  }

  #name(): PdfName {
    const { bytes } = this
    const from = ++this.at
    while (this.at < bytes.length && CLASS[bytes[this.at]!] === 0) this.at++
    this.#charge(from)
    const raw = bytes.toString('latin1', from, Math.min(this.at, from + 256))
    if (!raw.includes('#')) return { name: raw, hidden: false }
    let hidden = false
    const name = raw.replace(/#([0-9a-fA-F]{2})/g, (_, hex: string) => {
      const c = String.fromCharCode(Number.parseInt(hex, 16))
      if (/[A-Za-z0-9]/.test(c)) hidden = true
      return c
    })
    return { name, hidden }
  }

  #string(): string {
    const { bytes } = this
    const parts: number[] = []
    let open = 1
    const from = this.at++
    while (this.at < bytes.length && parts.length < LONGEST_STRING) {
      const c = bytes[this.at++]!
      if (c === 0x28) open++
      else if (c === 0x29 && --open === 0) break
      if (c === 0x5c) this.#escape(parts)
      else parts.push(c)
    }
    this.#charge(from)
    return pdfText(Buffer.from(parts))
  }

  #escape(parts: number[]): void {
    const { bytes } = this
    const c = bytes[this.at++]
    if (c === undefined) return
    const plain = { 0x6e: 10, 0x72: 13, 0x74: 9, 0x62: 8, 0x66: 12 }[c]
    if (plain !== undefined) parts.push(plain)
    else if (c >= 0x30 && c <= 0x37) {
      let value = c - 0x30
      for (let i = 0; i < 2 && bytes[this.at]! >= 0x30 && bytes[this.at]! <= 0x37; i++) value = value * 8 + bytes[this.at++]! - 0x30
      parts.push(value & 0xff)
    } else if (c === 13) {
      if (bytes[this.at] === 10) this.at++
    } else if (c !== 10) parts.push(c)
  }

  #hexString(): string {
    const stop = Math.min(this.bytes.length, this.at + 1 + LONGEST_STRING)
    const digits: string[] = []
    const from = this.at
    let at = this.at + 1
    for (; at < stop; at++) {
      const c = this.bytes[at]!
      if ((c >= 0x30 && c <= 0x39) || ((c | 0x20) >= 0x61 && (c | 0x20) <= 0x66)) digits.push(String.fromCharCode(c))
      else if (CLASS[c] === DELIMITER) break
    }
    this.at = this.bytes[at] === 0x3e ? at + 1 : Math.max(at, this.at + 1)
    this.#charge(from)
    if (digits.length % 2 === 1) digits.push('0')
    return pdfText(Buffer.from(digits.join(''), 'hex'))
  }

  #array(depth: number): PdfValue[] {
    const values: PdfValue[] = []
    this.at++
    for (;;) {
      const value = this.value(depth + 1)
      if (value !== undefined) values.push(value)
      else if (this.bytes[this.at] === 0x5d) {
        this.at++
        return values
      } else if (!this.#skipStray()) return values
    }
  }

  #dict(depth: number): PdfDict {
    const dict = new Map<string, PdfValue>()
    this.at += 2
    for (;;) {
      const key = this.value(depth + 1)
      if (key === undefined) {
        if (this.bytes[this.at] === 0x3e) {
          this.at += this.bytes[this.at + 1] === 0x3e ? 2 : 1
          return { dict }
        }
        if (!this.#skipStray()) return { dict }
        continue
      }
      if (!isName(key)) continue
      const value = this.value(depth + 1)
      if (value !== undefined) dict.set(key.name, value)
      if (key.hidden) dict.set(HIDDEN, true)
      if (isName(value) && value.hidden) dict.set(HIDDEN, true)
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

/** The key under which a dictionary says that a name in it was hidden behind `#xx`; no PDF name holds a space unescaped. */
export const HIDDEN = ' hidden'

/** The text of a PDF string: UTF-16 with its byte order mark, otherwise one byte a character. */
export function pdfText(bytes: Buffer): string {
  if (bytes[0] === 0xfe && bytes[1] === 0xff)
    return Buffer.from(bytes.subarray(2, bytes.length - (bytes.length % 2)))
      .swap16()
      .toString('utf16le')
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString('utf16le', 2)
  return bytes.toString('latin1')
}
