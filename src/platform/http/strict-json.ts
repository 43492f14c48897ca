import { Problem, type ProblemCode } from '#platform/errors.ts'

/** Deepest nesting that is accepted: an array or object inside 64 others is refused before any tree is built. */
export const MAX_DEPTH = 64

/** Longest piece of a key that a field pointer repeats. */
const SHOWN_KEY = 64

interface Frame {
  /** Keys seen so far, unescaped; undefined for an array. */
  readonly keys: Set<string> | undefined
  /** Key or index that is being read. */
  at: string | number
}

/**
 * Parses JSON from an untrusted sender (docs/promises.md, rules for input). One pass checks the grammar and
 * the rules below; only then is the native parser run, so nothing is built from what is refused.
 * Throws INVALID_UTF8 (also for an escape that is half a surrogate pair: neither `text` nor `jsonb`
 * can keep it), TOO_DEEP, MALFORMED_JSON, DUPLICATE_KEY (compared after unescaping), FORBIDDEN_KEY
 * (`__proto__`, and `prototype` inside `constructor`), NUMBER_OUT_OF_RANGE (an integer that a double
 * does not keep exactly, or a number that becomes infinite) and VALIDATION_FAILED for the character
 * U+0000, which PostgreSQL cannot keep. `field` is the JSON Pointer of the place; no value is repeated.
 */
export function parseStrictJson(bytes: Uint8Array): unknown {
  const text = decode(bytes)
  check(text)
  return JSON.parse(text)
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new Problem('INVALID_UTF8', undefined, { fields: [{ field: '/body', message: 'bytes that are not UTF-8' }], cause })
  }
}

const TAB = 0x09
const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20
const QUOTE = 0x22
const COMMA = 0x2c
const MINUS = 0x2d
const COLON = 0x3a
const OPEN_ARRAY = 0x5b
const BACKSLASH = 0x5c
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/** Throws unless the text is one JSON value (RFC 8259) that keeps the rules of parseStrictJson. */
function check(text: string): void {
  const scan = new Scan(text)
  scan.value()
  while (scan.inside) scan.next()
  scan.end()
}

/** A position in the text and the arrays and objects that are open there. */
class Scan {
  readonly #text: string
  readonly #frames: Frame[] = []
  #at = 0
  /** True right after a bracket was opened: it may close at once. */
  #opened = false

  constructor(text: string) {
    this.#text = text
  }

  get inside(): boolean {
    return this.#frames.length > 0
  }

  /** One step inside the innermost bracket: its end, or its next element up to the first bracket that opens. */
  next(): void {
    const frame = this.#frames.at(-1)!
    this.#space()
    const close = frame.keys ? CLOSE_OBJECT : CLOSE_ARRAY
    if (this.#peek() === close) {
      this.#at++
      this.#frames.pop()
      this.#opened = false
      return
    }
    if (!this.#opened) {
      if (this.#peek() !== COMMA) throw this.#malformed()
      this.#at++
      if (typeof frame.at === 'number') frame.at++
    }
    this.#opened = false
    if (frame.keys) this.#key(frame, frame.keys)
    this.value()
  }

  /** One value; an array or object is only opened. */
  value(): void {
    this.#space()
    const code = this.#peek()
    if (code === OPEN_OBJECT || code === OPEN_ARRAY) return this.#open(code === OPEN_OBJECT)
    if (code === QUOTE) return void this.#string()
    if (code === MINUS || (code >= 0x30 && code <= 0x39)) return this.#number()
    for (const word of ['true', 'false', 'null']) {
      if (this.#text.startsWith(word, this.#at)) return void (this.#at += word.length)
    }
    throw this.#malformed()
  }

  end(): void {
    this.#space()
    if (this.#at < this.#text.length) throw this.#malformed()
  }

  #open(object: boolean): void {
    if (this.#frames.length === MAX_DEPTH) throw this.#refuse('TOO_DEEP', `nested more than ${MAX_DEPTH} deep`)
    this.#at++
    this.#frames.push({ keys: object ? new Set() : undefined, at: object ? '' : 0 })
    this.#opened = true
  }

  #key(frame: Frame, keys: Set<string>): void {
    this.#space()
    if (this.#peek() !== QUOTE) throw this.#malformed()
    frame.at = ''
    const key = this.#string()
    frame.at = key
    if (keys.has(key)) throw this.#refuse('DUPLICATE_KEY', 'a key that is named twice')
    keys.add(key)
    const pollutes = key === '__proto__' || (key === 'prototype' && this.#frames.at(-2)?.at === 'constructor')
    if (pollutes) throw this.#refuse('FORBIDDEN_KEY', 'a key that is never accepted')
    this.#space()
    if (this.#peek() !== COLON) throw this.#malformed()
    this.#at++
  }

  /** Reads a string and returns it unescaped. */
  #string(): string {
    const start = this.#at++
    let escaped = false
    for (;;) {
      const code = this.#peek()
      if (code === QUOTE) break
      if (code < SPACE) throw this.#malformed()
      if (code === BACKSLASH) {
        escaped = true
        this.#escape()
      } else this.#at++
    }
    this.#at++
    return escaped ? (JSON.parse(this.#text.slice(start, this.#at)) as string) : this.#text.slice(start + 1, this.#at - 1)
  }

  #escape(): void {
    const letter = this.#text[this.#at + 1] ?? ''
    if (letter !== 'u') {
      if (letter === '' || !'"\\/bfnrt'.includes(letter)) throw this.#malformed()
      this.#at += 2
      return
    }
    const unit = this.#unit()
    if (unit === 0) throw this.#refuse('VALIDATION_FAILED', 'text that holds the character U+0000')
    if (unit < 0xd800 || unit > 0xdfff) return
    const paired = unit < 0xdc00 && this.#text.startsWith('\\u', this.#at)
    const second = paired ? this.#unit() : 0
    if (second < 0xdc00 || second > 0xdfff) throw this.#refuse('INVALID_UTF8', 'an escape that is half a surrogate pair')
  }

  /** Reads `\uXXXX`. */
  #unit(): number {
    const digits = this.#text.slice(this.#at + 2, this.#at + 6)
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw this.#malformed()
    this.#at += 6
    return Number.parseInt(digits, 16)
  }

  #number(): void {
    const pattern = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.#text)
    if (!match) throw this.#malformed()
    const value = Number(match[0])
    const whole = match[1] === undefined && match[2] === undefined
    if (whole ? !Number.isSafeInteger(value) : !Number.isFinite(value)) throw this.#refuse('NUMBER_OUT_OF_RANGE', 'a number that cannot be kept exactly')
    this.#at = pattern.lastIndex
  }

  #space(): void {
    for (;;) {
      const code = this.#peek()
      if (code !== SPACE && code !== LF && code !== CR && code !== TAB) return
      this.#at++
    }
  }

  /** The next code unit, or -1 at the end. */
  #peek(): number {
    return this.#at < this.#text.length ? this.#text.charCodeAt(this.#at) : -1
  }

  #malformed(): Problem {
    const before = this.#text.slice(0, this.#at)
    const line = before.split('\n').length
    const column = this.#at - before.lastIndexOf('\n')
    return this.#refuse('MALFORMED_JSON', `not JSON at line ${line}, column ${column}`)
  }

  #refuse(code: ProblemCode, message: string): Problem {
    const pointer = this.#frames.map(({ at }) => '/' + pointerToken(at)).join('')
    return new Problem(code, undefined, { fields: [{ field: '/body' + pointer, message }] })
  }
}

/** One step of a JSON Pointer (RFC 6901, section 3), shortened when a sender made it long. */
export function pointerToken(at: PropertyKey): string {
  const text = String(at)
  const shown = text.length > SHOWN_KEY ? text.slice(0, SHOWN_KEY).toWellFormed() + '…' : text
  return shown.replaceAll('~', '~0').replaceAll('/', '~1')
}
