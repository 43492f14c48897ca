import { toMicroseconds } from '#exchange/stix/instant.ts'
import type { Literal } from '#exchange/stix/patterns/syntax-tree.ts'

/** Why a pattern cannot be read: where (in UTF-16 units from its beginning) and what should have been there. */
export class PatternFault extends Error {
  readonly offset: number

  constructor(offset: number, message: string) {
    super(message)
    this.offset = offset
  }
}

/** Words that no name may be unless it is quoted (grammar of STIX 2.1 patterns). */
export const KEYWORDS: ReadonlySet<string> = new Set(
  'AND OR NOT FOLLOWEDBY LIKE MATCHES ISSUPERSET ISSUBSET EXISTS LAST IN START STOP SECONDS true false WITHIN REPEATS TIMES'.split(' '),
)

const APOSTROPHE = 0x27
const BACKSLASH = 0x5c
const HYPHEN = 0x2d
const NUMBER = /[+-]?(?:[0-9]*\.[0-9]+|0|[1-9][0-9]*)(?![0-9.])/y
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** Cuts a pattern into words, marks and constants; each method fails with a `PatternFault` that says what it needed. */
export class Reader {
  at = 0
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  /** Passes over white space and comments. */
  skip(): void {
    const { text } = this
    for (;;) {
      const code = text.charCodeAt(this.at)
      if (code === 0x20 || isSpace(code)) this.at++
      else if (code === 0x2f && (text.startsWith('//', this.at) || text.startsWith('/*', this.at))) this.#comment()
      else return
    }
  }

  #comment(): void {
    if (this.text[this.at + 1] === '/') {
      while (this.at < this.text.length && this.text[this.at] !== '\n' && this.text[this.at] !== '\r') this.at++
      return
    }
    const end = this.text.indexOf('*/', this.at + 2)
    if (end < 0) throw new PatternFault(this.at, 'the comment has no end')
    this.at = end + 2
  }

  fail(expected: string, at = this.at): never {
    const found = at >= this.text.length ? 'the end' : JSON.stringify(this.text.slice(at, at + 20))
    throw new PatternFault(at, `expected ${expected}, found ${found}`)
  }

  /** Whether the next mark is this one; it is passed over then. */
  take(mark: string): boolean {
    this.skip()
    if (!this.text.startsWith(mark, this.at)) return false
    this.at += mark.length
    return true
  }

  need(mark: string): void {
    if (!this.take(mark)) this.fail(mark)
  }

  /** Whether the next word is this one; it is passed over then. */
  takeWord(word: string): boolean {
    this.skip()
    if (!this.text.startsWith(word, this.at)) return false
    const after = this.text.charCodeAt(this.at + word.length)
    // A type may begin like a keyword and go on with a hyphen.
    if (isNameCode(after) || after === HYPHEN) return false
    this.at += word.length
    return true
  }

  needWord(word: string): void {
    if (!this.takeWord(word)) this.fail(word)
  }

  /** A name of letters, digits and underscores, not first a digit; with hyphens where those are allowed; empty if none is next. */
  name(hyphens: boolean): string {
    const start = this.at
    const { text } = this
    let code = text.charCodeAt(start)
    if (!isNameCode(code) || isDigit(code)) return ''
    do code = text.charCodeAt(++this.at)
    while (isNameCode(code) || (hyphens && code === HYPHEN))
    return text.slice(start, this.at)
  }

  /** A string in apostrophes; `\'` and `\\` are the only escapes. */
  string(expected = 'a string in apostrophes'): string {
    const { text } = this
    if (text.charCodeAt(this.at) !== APOSTROPHE) this.fail(expected)
    const start = this.at + 1
    let end = start
    let escaped = false
    for (; ; end++) {
      const code = text.charCodeAt(end)
      if (code === APOSTROPHE) break
      if (Number.isNaN(code)) throw new PatternFault(this.at, 'the string has no end')
      if (code !== BACKSLASH) continue
      escaped = true
      const next = text.charCodeAt(++end)
      if (next !== APOSTROPHE && next !== BACKSLASH) throw new PatternFault(end - 1, "only ' and \\ may follow a backslash in a string")
    }
    this.at = end + 1
    const raw = text.slice(start, end)
    return escaped ? raw.replaceAll(/\\(.)/g, '$1') : raw
  }

  /** An integer or a decimal fraction in normal form; undefined if no digit, sign or point is next. */
  number(): Literal | undefined {
    const code = this.text.charCodeAt(this.at)
    if (!isDigit(code) && code !== HYPHEN && code !== 0x2b && code !== 0x2e) return undefined
    NUMBER.lastIndex = this.at
    const written = NUMBER.exec(this.text)?.[0]
    if (written === undefined) return this.fail('a number without leading zeros or exponent')
    const literal = normalNumber(written)
    if (literal.type === 'float' && !Number.isFinite(Number(literal.text))) throw new PatternFault(this.at, 'the number is outside of the range of a double')
    this.at += written.length
    return literal
  }

  /** Any constant. */
  literal(): Literal {
    this.skip()
    const code = this.text.charCodeAt(this.at)
    if (code === APOSTROPHE) return { type: 'string', text: this.string() }
    const number = this.number()
    if (number) return number
    if (this.takeWord('true')) return { type: 'boolean', text: 'true' }
    if (this.takeWord('false')) return { type: 'boolean', text: 'false' }
    if (this.text.charCodeAt(this.at + 1) === APOSTROPHE) {
      if (code === 0x74) return { type: 'timestamp', text: this.timestamp() }
      if (code === 0x68) return { type: 'hex', text: this.#hex() }
      if (code === 0x62) return { type: 'binary', text: this.#binary() }
    }
    return this.fail('a constant')
  }

  /** `t'…'`: RFC 3339, UTC, a day that the calendar has. */
  timestamp(): string {
    this.skip()
    const start = this.at
    if (this.text.charCodeAt(start) === APOSTROPHE) this.fail("t'…' (a timestamp without t is STIX 2.0)")
    if (!this.text.startsWith("t'", start)) this.fail("a timestamp t'…'")
    this.at++
    const text = this.string()
    if (toMicroseconds(text) === undefined) throw new PatternFault(start, 'not a timestamp (RFC 3339, UTC)')
    return text
  }

  #hex(): string {
    const start = this.at++
    const text = this.string()
    if (text.length % 2 !== 0 || !/^[0-9A-Fa-f]*$/.test(text)) throw new PatternFault(start, 'not an even number of hexadecimal digits')
    return text.toLowerCase()
  }

  #binary(): string {
    const start = this.at++
    const text = this.string().replaceAll(/[\r\n]/g, '')
    if (!BASE64.test(text)) throw new PatternFault(start, 'not base64')
    return Buffer.from(text, 'base64').toString('base64')
  }
}

/** What STIX calls white space, as the grammar lists it. */
function isSpace(code: number): boolean {
  if (code < 0x85) return code === 0x20 || (code >= 0x09 && code <= 0x0d)
  return code === 0x85 || code === 0xa0 || code === 0x1680 || (code >= 0x2000 && code <= 0x200a) || [0x2028, 0x2029, 0x202f, 0x205f, 0x3000].includes(code)
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

function isNameCode(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || code === 0x5f || isDigit(code) || (code >= 0x41 && code <= 0x5a)
}

/** No plus sign, no superfluous zeros, no negative nought. */
function normalNumber(written: string): Literal {
  const negative = written.startsWith('-')
  const digits = /^[+-]/.test(written) ? written.slice(1) : written
  const [whole, fraction] = digits.split('.') as [string, string?]
  const text = fraction === undefined ? whole : `${stripZeros(whole)}.${stripEnd(fraction)}`
  return { type: fraction === undefined ? 'integer' : 'float', text: negative && /[1-9]/.test(text) ? `-${text}` : text }
}

function stripZeros(digits: string): string {
  let at = 0
  while (at < digits.length - 1 && digits[at] === '0') at++
  return digits.slice(at) || '0'
}

function stripEnd(digits: string): string {
  let end = digits.length
  while (end > 1 && digits[end - 1] === '0') end--
  return digits.slice(0, end)
}
