/** One step of a pattern: characters of a set so many times, the edge of a group, or a place that must hold. */
type Item =
  | { readonly kind: 'set'; readonly has: (code: number) => boolean; readonly least: number; readonly most: number; readonly lazy: boolean }
  | { readonly kind: 'open' | 'close'; readonly group: number }
  | { readonly kind: 'start' | 'end' | 'word' | 'no-word' }

/** Ways of which one must fit, tried in order. */
export type Compiled = readonly (readonly Item[])[]

export interface Found {
  readonly from: number
  readonly to: number
  /** What the groups took; nothing for a group that took no part. */
  readonly groups: readonly (string | undefined)[]
}

const MOST_ITEMS = 128
/** Ranges and classes inside one set. */
const MOST_TESTS = 64
const CLASSES: Readonly<Record<string, (code: number) => boolean>> = {
  d: isDigit,
  w: isWord,
  s: isSpace,
  D: (code) => !isDigit(code),
  W: (code) => !isWord(code),
  S: (code) => !isSpace(code),
}
const CONTROLS: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, v: 11, f: 12, 0: 0 }

/**
 * Reads a regular expression of literals, classes, counted sets, groups that are not counted, and ways between them at the top (ECMA-262,
 * 22.2). Nothing for any other: it is not followed.
 */
export function compilePattern(source: string, flags: string): Compiled | undefined {
  try {
    return new Reader(source, flags.includes('i'), flags.includes('m')).read()
  } catch (error) {
    if (error instanceof Unknown) return undefined
    throw error
  }
}

class Unknown extends Error {}

class Reader {
  readonly #source: string
  readonly #anyCase: boolean
  readonly #lines: boolean
  #at = 0
  #groups = 0

  constructor(source: string, anyCase: boolean, lines: boolean) {
    this.#source = source
    this.#anyCase = anyCase
    this.#lines = lines
  }

  read(): Compiled {
    const ways: Item[][] = [[]]
    const open: number[] = []
    let count = 0
    while (this.#at < this.#source.length) {
      if (++count > MOST_ITEMS) throw new Unknown()
      const c = this.#source[this.#at]!
      const items = ways.at(-1)!
      if (c === '|') {
        if (open.length > 0) throw new Unknown()
        this.#at++
        ways.push([])
      } else if (c === '(') open.push(this.#open(items))
      else if (c === ')') this.#close(items, open)
      else items.push(this.#item(c))
    }
    if (open.length > 0) throw new Unknown()
    return ways
  }

  /** The number of the group, 0 for one that takes nothing. */
  #open(items: Item[]): number {
    this.#at++
    if (this.#source.startsWith('?:', this.#at)) {
      this.#at += 2
      return 0
    }
    if (this.#source[this.#at] === '?') throw new Unknown()
    items.push({ kind: 'open', group: ++this.#groups })
    return this.#groups
  }

  #close(items: Item[], open: number[]): void {
    this.#at++
    const group = open.pop()
    if (group === undefined || '*+?{'.includes(this.#source[this.#at] ?? ' ')) throw new Unknown()
    if (group > 0) items.push({ kind: 'close', group })
  }

  #item(c: string): Item {
    const { length } = this.#source
    if ((c === '^' || c === '$') && !this.#lines) {
      this.#at++
      return { kind: c === '^' ? 'start' : 'end' }
    }
    if (c === '\\' && 'bB'.includes(this.#source[this.#at + 1] ?? ' ')) {
      this.#at += 2
      return { kind: this.#source[this.#at - 1] === 'b' ? 'word' : 'no-word' }
    }
    if ('^$*+?{'.includes(c) || this.#at >= length) throw new Unknown()
    const has = this.#set(c)
    const [least, most] = this.#count()
    const lazy = this.#source[this.#at] === '?'
    if (lazy) this.#at++
    return { kind: 'set', has, least, most, lazy }
  }

  #set(c: string): (code: number) => boolean {
    this.#at++
    if (c === '.') return (code) => code !== 10 && code !== 13 && code !== 0x2028 && code !== 0x2029
    if (c === '[') return this.#class()
    return this.#cased(c === '\\' ? this.#escape() : c.charCodeAt(0))
  }

  #cased(what: number | ((code: number) => boolean)): (code: number) => boolean {
    if (typeof what === 'function') return what
    const [lower, upper] = this.#cases(what)
    return (code) => code === lower || code === upper
  }

  #cases(what: number): readonly [number, number] {
    if (!this.#anyCase) return [what, what]
    const char = String.fromCharCode(what)
    return [char.toLowerCase().charCodeAt(0), char.toUpperCase().charCodeAt(0)]
  }

  #escape(): number | ((code: number) => boolean) {
    const c = this.#source[this.#at++]
    if (c === undefined || (c >= '1' && c <= '9')) throw new Unknown()
    if (Object.hasOwn(CLASSES, c)) return CLASSES[c]!
    if (Object.hasOwn(CONTROLS, c)) return CONTROLS[c]!
    if (c === 'x' || c === 'u') {
      const digits = this.#source.slice(this.#at, this.#at + (c === 'x' ? 2 : 4))
      if (/^([0-9a-f]{2}|[0-9a-f]{4})$/i.test(digits)) {
        this.#at += digits.length
        return Number.parseInt(digits, 16)
      }
    }
    return c.charCodeAt(0)
  }

  #class(): (code: number) => boolean {
    const not = this.#source[this.#at] === '^'
    if (not) this.#at++
    const codes = new Set<number>()
    const tests: ((code: number) => boolean)[] = []
    const one = () => {
      const c = this.#source[this.#at++]
      if (c === undefined) throw new Unknown()
      return c === '\\' ? this.#escape() : c.charCodeAt(0)
    }
    while (this.#source[this.#at] !== ']') {
      const first = one()
      if (this.#source[this.#at] === '-' && this.#source[this.#at + 1] !== ']' && typeof first === 'number') {
        this.#at++
        const last = one()
        if (typeof last !== 'number') throw new Unknown()
        tests.push(this.#range(first, last))
      } else if (typeof first === 'function') tests.push(first)
      else for (const code of this.#cases(first)) codes.add(code)
      if (tests.length > MOST_TESTS) throw new Unknown()
    }
    this.#at++
    return (code) => (codes.has(code) || tests.some((test) => test(code))) !== not
  }

  #range(first: number, last: number): (code: number) => boolean {
    const inside = (code: number) => code >= first && code <= last
    if (!this.#anyCase) return inside
    return (code) => {
      const char = String.fromCharCode(code)
      return inside(code) || inside(char.toLowerCase().charCodeAt(0)) || inside(char.toUpperCase().charCodeAt(0))
    }
  }

  #count(): readonly [number, number] {
    const c = this.#source[this.#at]
    if (c === '{') {
      const counted = /^\{(\d{1,5})(,?)(\d{0,5})\}/.exec(this.#source.slice(this.#at, this.#at + 16))
      if (!counted) throw new Unknown()
      this.#at += counted[0].length
      const least = Number(counted[1])
      return [least, counted[2] === '' ? least : counted[3] === '' ? Number.POSITIVE_INFINITY : Number(counted[3])]
    }
    if (c !== '*' && c !== '+' && c !== '?') return [1, 1]
    this.#at++
    return [c === '+' ? 1 : 0, c === '?' ? 1 : Number.POSITIVE_INFINITY]
  }
}

/** Looks for a pattern from a place on. `step` is called for each try and may throw. */
export function findPattern(pattern: Compiled, text: string, from: number, step: () => void): Found | undefined {
  const opens: number[] = []
  const groups: (string | undefined)[] = []
  const fits = (items: readonly Item[], index: number, at: number): number => {
    step()
    const item = items[index]
    if (!item) return at
    if (item.kind === 'set') {
      let taken = 0
      const upTo = item.lazy ? item.least : item.most
      while (taken < upTo && at + taken < text.length && item.has(text.charCodeAt(at + taken))) {
        step()
        taken++
      }
      if (taken < item.least) return -1
      for (;;) {
        const end = fits(items, index + 1, at + taken)
        if (end !== -1) return end
        if (!item.lazy && --taken < item.least) return -1
        if (item.lazy && (taken >= item.most || at + taken >= text.length || !item.has(text.charCodeAt(at + taken++)))) return -1
      }
    }
    if (item.kind === 'open') opens[item.group] = at
    else if (item.kind === 'close') groups[item.group - 1] = text.slice(opens[item.group], at)
    else if (!holds(item.kind, text, at)) return -1
    return fits(items, index + 1, at)
  }
  for (let at = from; at <= text.length; at++) {
    for (const items of pattern) {
      groups.length = 0
      const to = fits(items, 0, at)
      if (to !== -1) return { from: at, to, groups: [...groups] }
    }
  }
  return undefined
}

function holds(kind: 'start' | 'end' | 'word' | 'no-word', text: string, at: number): boolean {
  if (kind === 'start') return at === 0
  if (kind === 'end') return at === text.length
  const edge = (at > 0 && isWord(text.charCodeAt(at - 1))) !== (at < text.length && isWord(text.charCodeAt(at)))
  return edge === (kind === 'word')
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

function isWord(code: number): boolean {
  return isDigit(code) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13) || code === 0xa0 || code === 0x2028 || code === 0x2029 || code === 0xfeff
}
