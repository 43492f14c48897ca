export type Token =
  | { readonly kind: 'name' | 'mark'; readonly text: string; readonly at: number; readonly end: number; readonly line: boolean }
  | { readonly kind: 'string'; readonly text: string; readonly at: number; readonly end: number; readonly line: boolean }
  | { readonly kind: 'number'; readonly text: string; readonly value: number; readonly at: number; readonly end: number; readonly line: boolean }
  | { readonly kind: 'pattern'; readonly text: string; readonly flags: string; readonly at: number; readonly end: number; readonly line: boolean }
  | {
      readonly kind: 'template'
      readonly text: ''
      readonly texts: readonly string[]
      /** Where the expressions between the texts stand in the source. */
      readonly holes: readonly { readonly from: number; readonly to: number }[]
      readonly at: number
      readonly end: number
      readonly line: boolean
    }
  | { readonly kind: 'end'; readonly text: ''; readonly at: number; readonly end: number; readonly line: boolean }

/** The source cannot be read as a script from here on. */
export class Broken extends Error {
  readonly at: number

  constructor(at: number) {
    super(`not a script at ${at}`)
    this.at = at
  }
}

const MARKS = (
  '>>>= ... === !== **= <<= >>= >>> &&= ||= ??= => == != <= >= && || ?? ?. ++ -- += -= *= /= %= &= |= ^= << >> ** ' +
  '{ } ( ) [ ] ; , < > + - * / % & | ^ ! ~ ? : = .'
).split(' ')
const MARKS_BY_FIRST = Map.groupBy(MARKS, (mark) => mark[0]!)
const BEFORE_PATTERN = new Set(['return', 'typeof', 'case', 'in', 'of', 'delete', 'void', 'throw', 'new', 'else', 'do', 'instanceof'])
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', v: '\v', 0: '\0' }

/**
 * Cuts a script into tokens, one at a time (ECMA-262, clause 12). Whether a stroke begins a pattern is judged by the token before it.
 * Throws Broken.
 */
export class Lexer {
  readonly #source: string
  readonly #to: number
  #at: number
  #before: Token | undefined

  constructor(source: string, from = 0, to = source.length) {
    this.#source = source
    this.#at = from
    this.#to = to
  }

  next(): Token {
    const line = this.#skip()
    const token = this.#read(this.#at, line)
    this.#at = token.end
    this.#before = token
    return token
  }

  #char(at: number): string {
    return at < this.#to ? this.#source[at]! : ''
  }

  /** Over spaces and comments; whether a line ended among them. */
  #skip(): boolean {
    let line = false
    for (; this.#at < this.#to; this.#at++) {
      const c = this.#source.charCodeAt(this.#at)
      if (c === 10 || c === 13 || c === 0x2028 || c === 0x2029) line = true
      else if (c === 47 && this.#char(this.#at + 1) === '/') this.#at = this.#lineEnd(this.#at) - 1
      else if (c === 60 && this.#source.startsWith('<!--', this.#at)) this.#at = this.#lineEnd(this.#at) - 1
      else if (c === 47 && this.#char(this.#at + 1) === '*') {
        const end = this.#source.indexOf('*/', this.#at + 2)
        this.#at = end === -1 ? this.#to : end + 1
      } else if (!(c === 32 || c === 9 || c === 11 || c === 12 || c === 0 || c === 0xa0 || c === 0xfeff)) break
    }
    return line
  }

  #lineEnd(from: number): number {
    let at = from
    while (at < this.#to && !'\n\r\u2028\u2029'.includes(this.#source[at]!)) at++
    return at
  }

  #read(at: number, line: boolean): Token {
    const c = this.#char(at)
    if (c === '') return { kind: 'end', text: '', at, end: at, line }
    if (isNameStart(c)) return this.#name(at, line)
    if (isDigit(c) || (c === '.' && isDigit(this.#char(at + 1)))) return this.#number(at, line)
    if (c === '"' || c === "'") return this.#string(at, c, line)
    if (c === '`') return this.#template(at, line)
    if (c === '/' && this.#patternMayBegin()) return this.#pattern(at, line)
    for (const mark of MARKS_BY_FIRST.get(c) ?? []) if (this.#source.startsWith(mark, at)) return { kind: 'mark', text: mark, at, end: at + mark.length, line }
    throw new Broken(at)
  }

  #patternMayBegin(): boolean {
    const before = this.#before
    if (!before) return true
    if (before.kind === 'name') return BEFORE_PATTERN.has(before.text)
    return before.kind === 'mark' && ![')', ']', '}', '++', '--'].includes(before.text)
  }

  #name(at: number, line: boolean): Token {
    let end = at
    let text = ''
    while (end < this.#to && (isNameStart(this.#source[end]!) || isDigit(this.#source[end]!))) {
      if (this.#source[end] === '\\') {
        const { value, next } = this.#escape(end + 1)
        text += value
        end = next
      } else text += this.#source[end++]!
    }
    return { kind: 'name', text, at, end, line }
  }

  #number(at: number, line: boolean): Token {
    let end = at
    const radix = /^0[xX]/.test(this.#source.slice(at, at + 2)) ? 16 : 10
    if (radix === 16) {
      end += 2
      while (isHex(this.#char(end))) end++
    } else {
      while (isDigit(this.#char(end))) end++
      if (this.#char(end) === '.')
        do end++
        while (isDigit(this.#char(end)))
      if (/^[eE]([+-]?)[0-9]/.test(this.#source.slice(end, end + 3))) {
        end += 2
        while (isDigit(this.#char(end))) end++
      }
    }
    const text = this.#source.slice(at, end)
    const octal = /^0[0-7]{1,20}$/.test(text)
    return { kind: 'number', text, value: octal ? Number.parseInt(text, 8) : Number(text), at, end, line }
  }

  #string(at: number, quote: string, line: boolean): Token {
    const pieces: string[] = []
    let end = at + 1
    for (let from = end; ;) {
      const c = this.#char(end)
      if (c === '' || c === '\n' || c === '\r') throw new Broken(at)
      if (c === quote) {
        pieces.push(this.#source.slice(from, end))
        return { kind: 'string', text: pieces.join(''), at, end: end + 1, line }
      }
      if (c === '\\') {
        pieces.push(this.#source.slice(from, end))
        const { value, next } = this.#escape(end + 1)
        pieces.push(value)
        from = end = next
      } else end++
    }
  }

  /** What a backslash before `at` stands for. */
  #escape(at: number): { value: string; next: number } {
    const c = this.#char(at)
    if (c === 'x' || c === 'u') {
      const braced = c === 'u' && this.#char(at + 1) === '{'
      const from = at + (braced ? 2 : 1)
      const length = c === 'x' ? 2 : 4
      let end = from
      while (end < from + (braced ? 6 : length) && isHex(this.#char(end))) end++
      if (end === from || (!braced && end < from + length)) return { value: c, next: at + 1 }
      const code = Number.parseInt(this.#source.slice(from, end), 16)
      return { value: code <= 0x10ffff ? String.fromCodePoint(code) : '', next: end + (braced ? 1 : 0) }
    }
    if (c >= '0' && c <= '7') {
      let end = at + 1
      while (end < at + (c <= '3' ? 3 : 2) && this.#char(end) >= '0' && this.#char(end) <= '7') end++
      return { value: String.fromCharCode(Number.parseInt(this.#source.slice(at, end), 8)), next: end }
    }
    if (c === '\r' && this.#char(at + 1) === '\n') return { value: '', next: at + 2 }
    if (c === '\n' || c === '\r' || c === '\u2028' || c === '\u2029') return { value: '', next: at + 1 }
    return { value: ESCAPES[c] ?? c, next: at + 1 }
  }

  #template(at: number, line: boolean): Token {
    const texts: string[] = []
    const holes: { from: number; to: number }[] = []
    let pieces: string[] = []
    for (let end = at + 1; ;) {
      const c = this.#char(end)
      if (c === '') throw new Broken(at)
      if (c === '`') {
        texts.push(pieces.join(''))
        return { kind: 'template', text: '', texts, holes, at, end: end + 1, line }
      }
      if (c === '$' && this.#char(end + 1) === '{') {
        const to = this.#holeEnd(end + 2)
        holes.push({ from: end + 2, to })
        texts.push(pieces.join(''))
        pieces = []
        end = to + 1
      } else if (c === '\\') {
        const { value, next } = this.#escape(end + 1)
        pieces.push(value)
        end = next
      } else {
        pieces.push(c)
        end++
      }
    }
  }

  /** The brace that closes an expression in a template; quoted braces do not count. */
  #holeEnd(from: number): number {
    let depth = 0
    for (let at = from; at < this.#to; at++) {
      const c = this.#source[at]!
      if (c === '{') depth++
      else if (c === '}' && depth-- === 0) return at
      else if (c === '"' || c === "'" || c === '`') {
        const end = this.#source.indexOf(c, at + 1)
        if (end === -1) break
        at = end
      }
    }
    throw new Broken(from)
  }

  #pattern(at: number, line: boolean): Token {
    let end = at + 1
    for (let inClass = false; ; end++) {
      const c = this.#char(end)
      if (c === '' || c === '\n' || c === '\r') throw new Broken(at)
      if (c === '\\') end++
      else if (c === '[') inClass = true
      else if (c === ']') inClass = false
      else if (c === '/' && !inClass) break
    }
    let flagsEnd = end + 1
    while (/[a-z]/.test(this.#char(flagsEnd))) flagsEnd++
    return { kind: 'pattern', text: this.#source.slice(at + 1, end), flags: this.#source.slice(end + 1, flagsEnd), at, end: flagsEnd, line }
  }
}

function isDigit(c: string): boolean {
  return c >= '0' && c <= '9'
}

function isHex(c: string): boolean {
  return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')
}

function isNameStart(c: string): boolean {
  return (
    (c >= 'a' && c <= 'z') ||
    (c >= 'A' && c <= 'Z') ||
    c === '$' ||
    c === '_' ||
    c === '\\' ||
    (c > '\u00aa' && c !== '\ufeff' && c !== '\u2028' && c !== '\u2029')
  )
}
