import { base85Bytes } from '../pdf-filters.ts'

/** A token of PostScript (PostScript Language Reference, 3.2); `at` is its offset. */
export type Token =
  | { readonly kind: 'number'; readonly at: number; readonly value: number }
  | { readonly kind: 'name' | 'literal'; readonly at: number; readonly text: string }
  | { readonly kind: 'string'; readonly at: number; readonly bytes: Buffer }
  | { readonly kind: 'open' | 'close'; readonly at: number }

const LONGEST_NAME = 256
const SPACE = new Set([0, 9, 10, 12, 13, 32])
const DELIMITER = new Set(Buffer.from('()<>[]{}/%'))

/** Reads tokens one after the other; what is broken is read as far as it goes. Linear. */
export class Lexer {
  at: number
  readonly bytes: Buffer
  #closedAt: number | undefined

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes
    this.at = at
  }

  /** Ends the file where it is: there is no token behind. */
  close(): void {
    this.#closedAt ??= this.at
    this.at = this.bytes.length
  }

  /** How far the file was read until it was closed, or is now. */
  get reached(): number {
    return this.#closedAt ?? this.at
  }

  /** The next token; undefined at the end. */
  next(): Token | undefined {
    this.#skip()
    const at = this.at
    const c = this.bytes[at]
    if (c === undefined) return undefined
    this.at++
    switch (c) {
      case 0x7b:
        return { kind: 'open', at }
      case 0x7d:
        return { kind: 'close', at }
      case 0x28:
        return { kind: 'string', at, bytes: this.#string() }
      case 0x2f:
        if (this.bytes[this.at] === 0x2f) this.at++
        return { kind: 'literal', at, text: this.#word() }
      case 0x3c:
        return this.#angle(at)
      case 0x5b:
      case 0x5d:
        return { kind: 'name', at, text: String.fromCharCode(c) }
      case 0x3e:
        if (this.bytes[this.at] === 0x3e) this.at++
        return { kind: 'name', at, text: '>>' }
      case 0x29:
        return this.next()
      default:
        this.at = at
        return this.#numberOrName(at)
    }
  }

  #skip(): void {
    for (;;) {
      const c = this.bytes[this.at]
      if (c === undefined) return
      if (SPACE.has(c) || c === 0x29) this.at++
      else if (c === 0x25) {
        while (this.at < this.bytes.length && this.bytes[this.at] !== 10 && this.bytes[this.at] !== 13) this.at++
      } else return
    }
  }

  #word(): string {
    const start = this.at
    while (this.at < this.bytes.length && !SPACE.has(this.bytes[this.at]!) && !DELIMITER.has(this.bytes[this.at]!)) this.at++
    return this.bytes.toString('latin1', start, Math.min(this.at, start + LONGEST_NAME))
  }

  #numberOrName(at: number): Token {
    const text = this.#word()
    const value = numberOf(text)
    return value === undefined ? { kind: 'name', at, text } : { kind: 'number', at, value }
  }

  #string(): Buffer {
    const out: number[] = []
    for (let depth = 1; this.at < this.bytes.length;) {
      const c = this.bytes[this.at++]!
      if (c === 0x5c) this.#escape(out)
      else if (c === 0x29 && --depth === 0) break
      else {
        if (c === 0x28) depth++
        out.push(c)
      }
    }
    return Buffer.from(out)
  }

  #escape(out: number[]): void {
    const c = this.bytes[this.at++]
    if (c === undefined || c === 10) return
    if (c === 13) {
      if (this.bytes[this.at] === 10) this.at++
    } else if (c >= 0x30 && c <= 0x37) {
      let value = c - 0x30
      for (let i = 0; i < 2 && this.bytes[this.at]! >= 0x30 && this.bytes[this.at]! <= 0x37; i++) value = value * 8 + this.bytes[this.at++]! - 0x30
      out.push(value & 0xff)
    } else out.push({ n: 10, r: 13, t: 9, b: 8, f: 12 }[String.fromCharCode(c)] ?? c)
  }

  /** Behind `<`: a dictionary, a string in base 85, or one of hexadecimal digits. */
  #angle(at: number): Token {
    if (this.bytes[this.at] === 0x3c) {
      this.at++
      return { kind: 'name', at, text: '<<' }
    }
    const base85 = this.bytes[this.at] === 0x7e
    const start = this.at
    const close = this.bytes.indexOf(base85 ? '~>' : '>', start, 'latin1')
    const end = close === -1 ? this.bytes.length : close
    this.at = close === -1 ? end : close + (base85 ? 2 : 1)
    return { kind: 'string', at, bytes: base85 ? base85Bytes(this.bytes.subarray(start + 1, end)) : hexadecimal(this.bytes.subarray(start, end)) }
  }
}

function numberOf(text: string): number | undefined {
  if (/^[+-]?(?:\d{1,40}\.?\d{0,40}|\.\d{1,40})(?:[eE][+-]?\d{1,3})?$/.test(text)) return Number(text)
  const based = /^(\d{1,2})#([\da-zA-Z]{1,32})$/.exec(text)
  const base = Number(based?.[1])
  if (!based || base < 2 || base > 36) return undefined
  const value = Number.parseInt(based[2]!, base)
  return Number.isNaN(value) ? undefined : value
}

function hexadecimal(bytes: Buffer): Buffer {
  const out = Buffer.alloc((bytes.length + 1) >> 1)
  let count = 0
  for (const c of bytes) {
    const digit = c >= 0x30 && c <= 0x39 ? c - 0x30 : (c | 0x20) >= 0x61 && (c | 0x20) <= 0x66 ? (c | 0x20) - 0x57 : -1
    if (digit === -1) continue
    out[count >> 1]! |= count & 1 ? digit : digit << 4
    count++
  }
  return out.subarray(0, (count + 1) >> 1)
}
