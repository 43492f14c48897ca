import { readBlock } from '#exchange/stix/patterns/address.ts'
import { KEYWORDS, PatternFault, Reader } from '#exchange/stix/patterns/reader.ts'
import { parseSimple } from '#exchange/stix/patterns/simple.ts'
import { join, type Condition, type Literal, type ObjectPath, type Operator, type Pattern, type Step } from '#exchange/stix/patterns/syntax-tree.ts'

/** Bounds of one pattern: octets of UTF-8, parentheses inside one another, and conditions, constants and steps of paths together. */
export const LIMITS = { octets: 65_536, depth: 64, nodes: 10_000 } as const

export type Parsed = { readonly pattern: Pattern } | { readonly fault: string; readonly offset: number }

/** Reads a pattern of STIX 2.1 (section 9); simple ones by a shorter way to the same tree. Time and memory grow with its length. */
export function parsePattern(text: string): Parsed {
  if (text.length > LIMITS.octets) return tooLong
  const simple = parseSimple(text)
  return simple ? { pattern: simple } : parseInFull(text)
}

/** Reads a pattern by the full grammar alone. */
export function parseInFull(text: string): Parsed {
  if (text.length * 3 > LIMITS.octets && Buffer.byteLength(text) > LIMITS.octets) return tooLong
  if (!text.isWellFormed()) return { fault: 'half of a surrogate pair', offset: 0 }
  try {
    return { pattern: new Parser(text).pattern() }
  } catch (error) {
    if (error instanceof PatternFault) return { fault: error.message, offset: error.offset }
    throw error
  }
}

/** Why a text is no pattern of STIX 2.1, with the place (counted from nought) and what was expected there; undefined if it is one. */
export function faultOfPattern(text: string): string | undefined {
  const parsed = parsePattern(text)
  return 'fault' in parsed ? `at ${parsed.offset}: ${parsed.fault}` : undefined
}

const tooLong: Parsed = { fault: `longer than ${LIMITS.octets} octets`, offset: 0 }

const QUALIFIERS = ['START', 'WITHIN', 'REPEATS'] as const
const SYMBOLS: readonly (readonly [string, Operator])[] = [
  ['==', '='],
  ['=', '='],
  ['!=', '!='],
  ['<>', '!='],
  ['<=', '<='],
  ['<', '<'],
  ['>=', '>='],
  ['>', '>'],
]
const TEXTUAL = ['LIKE', 'MATCHES', 'ISSUBSET', 'ISSUPERSET'] as const
/** Constants that may stand in one list. */
const CLASSES: Readonly<Record<Literal['type'], string>> = {
  string: 'string',
  integer: 'number',
  float: 'number',
  boolean: 'boolean',
  hex: 'octets',
  binary: 'octets',
  timestamp: 'timestamp',
}

class Parser {
  readonly #reader: Reader
  #depth = 0
  #nodes = 0

  constructor(text: string) {
    this.#reader = new Reader(text)
  }

  pattern(): Pattern {
    const pattern = this.#followedBy()
    this.#reader.skip()
    if (this.#reader.at < this.#reader.text.length) this.#fail('AND, OR, FOLLOWEDBY, a qualifier or the end')
    return pattern
  }

  #followedBy(): Pattern {
    return this.#chain('followedby', 'FOLLOWEDBY', () => this.#chain('or', 'OR', () => this.#chain('and', 'AND', () => this.#qualified())))
  }

  #chain(kind: 'and' | 'or' | 'followedby', word: string, next: () => Pattern): Pattern {
    const first = next()
    if (!this.#reader.takeWord(word)) return first
    const parts = [first]
    do parts.push(next())
    while (this.#reader.takeWord(word))
    return join(kind, parts)
  }

  #qualified(): Pattern {
    let of = this.#observation()
    const seen = new Set<string>()
    for (;;) {
      this.#reader.skip()
      const { at } = this.#reader
      const word = QUALIFIERS.find((each) => this.#reader.takeWord(each))
      if (word === undefined) return of
      if (seen.has(word)) throw new PatternFault(at, `${word} stands twice at one observation expression`)
      seen.add(word)
      this.#count()
      of = this.#qualifier(word, of)
    }
  }

  #qualifier(word: (typeof QUALIFIERS)[number], of: Pattern): Pattern {
    const reader = this.#reader
    if (word === 'START') {
      const start = reader.timestamp()
      reader.needWord('STOP')
      return { kind: 'startstop', of, start, stop: reader.timestamp() }
    }
    reader.skip()
    const { at } = reader
    const number = reader.number()
    if (word === 'WITHIN') {
      if (!number || !(Number(number.text) > 0)) return reader.fail('a positive number of seconds', at)
      reader.needWord('SECONDS')
      return { kind: 'within', of, seconds: number.text }
    }
    if (number?.type !== 'integer' || !(Number(number.text) > 0) || !Number.isSafeInteger(Number(number.text)))
      return reader.fail('a positive integer (at most 2^53 - 1)', at)
    reader.needWord('TIMES')
    return { kind: 'repeats', of, times: Number(number.text) }
  }

  #observation(): Pattern {
    const reader = this.#reader
    if (reader.take('[')) {
      this.#count()
      const of = this.#any()
      if (!reader.take(']')) this.#fail('AND, OR or ]')
      return { kind: 'bracket', of }
    }
    if (!reader.take('(')) this.#fail('[ or (')
    return this.#nested(() => this.#followedBy())
  }

  #nested<T>(inside: () => T): T {
    if (++this.#depth > LIMITS.depth) throw new PatternFault(this.#reader.at - 1, `more than ${LIMITS.depth} parentheses inside one another`)
    const result = inside()
    this.#reader.need(')')
    this.#depth--
    return result
  }

  #any(): Condition {
    const first = this.#all()
    if (!this.#reader.takeWord('OR')) return first
    const parts = [first]
    do parts.push(this.#all())
    while (this.#reader.takeWord('OR'))
    return join('any', parts)
  }

  #all(): Condition {
    const first = this.#test()
    if (!this.#reader.takeWord('AND')) return first
    const parts = [first]
    const { at } = this.#reader
    do parts.push(this.#test())
    while (this.#reader.takeWord('AND'))
    const all = join('all', parts)
    if (this.#typesOf(all).size === 0) throw new PatternFault(at, 'what AND joins in brackets must hold for one object, so it must begin with one type')
    return all
  }

  #test(): Condition {
    const reader = this.#reader
    if (reader.take('(')) return this.#nested(() => this.#any())
    this.#count()
    const { at } = reader
    const not = reader.takeWord('NOT')
    if (reader.takeWord('EXISTS')) return { kind: 'exists', path: this.#path(), not }
    if (not) throw new PatternFault(at, 'NOT stands before an operator, after the path (or before EXISTS)')
    return this.#comparison(this.#path())
  }

  #comparison(path: ObjectPath): Condition {
    const reader = this.#reader
    const not = reader.takeWord('NOT')
    for (const [symbol, operator] of SYMBOLS) if (reader.take(symbol)) return { kind: 'comparison', path, not, operator, operand: this.#operand(operator) }
    if (reader.takeWord('IN')) return { kind: 'in', path, not, operands: this.#list() }
    const operator = TEXTUAL.find((word) => reader.takeWord(word))
    if (operator === undefined) return this.#fail('an operator')
    reader.skip()
    const { at } = reader
    const text = reader.string()
    if (operator.startsWith('ISSU') && !readBlock(text)) throw new PatternFault(at, 'not an address or block of addresses (CIDR)')
    this.#count()
    return { kind: 'comparison', path, not, operator, operand: { type: 'string', text } }
  }

  #operand(operator: Operator): Literal {
    const operand = this.#reader.literal()
    this.#count()
    if (operand.type === 'boolean' && operator !== '=' && operator !== '!=') throw new PatternFault(this.#reader.at, 'true and false have no order')
    return operand
  }

  #list(): Literal[] {
    this.#reader.need('(')
    const operands: Literal[] = []
    if (this.#reader.take(')')) return operands
    do {
      const operand = this.#reader.literal()
      this.#count()
      operands.push(operand)
      if (CLASSES[operand.type] !== CLASSES[operands[0]!.type]) throw new PatternFault(this.#reader.at, 'the constants of a list are of one type')
    } while (this.#reader.take(','))
    if (!this.#reader.take(')')) this.#reader.fail(', or )')
    return operands
  }

  #path(): ObjectPath {
    const reader = this.#reader
    reader.skip()
    const { at } = reader
    const type = reader.name(true)
    if (type === '' || KEYWORDS.has(type)) this.#fail('an object path (type:property)', at)
    reader.need(':')
    const steps: Step[] = [this.#key()]
    for (;;) {
      if (reader.take('.')) steps.push(this.#key())
      else if (reader.take('[')) steps.push(this.#index())
      else return { type, steps }
    }
  }

  #key(): string {
    const reader = this.#reader
    reader.skip()
    this.#count()
    const { at } = reader
    if (reader.text[at] === "'") return reader.string()
    const name = reader.name(false)
    if (name === '') return reader.fail('a property', at)
    if (reader.text[reader.at] === '-') return reader.fail('apostrophes round a name with a hyphen', at)
    return KEYWORDS.has(name) ? reader.fail('apostrophes round a name that is a keyword', at) : name
  }

  #index(): number | null {
    const reader = this.#reader
    reader.skip()
    this.#count()
    const { at } = reader
    const all = reader.take('*')
    const number = all ? undefined : reader.number()
    if (!all && (number?.type !== 'integer' || !Number.isSafeInteger(Number(number.text)))) reader.fail('an index or *', at)
    reader.need(']')
    return number ? Number(number.text) : null
  }

  #count(): void {
    if (++this.#nodes > LIMITS.nodes) throw new PatternFault(this.#reader.at, `more than ${LIMITS.nodes} conditions, constants and steps`)
  }

  /** Fails; a word that differs from a keyword by its case alone gets the hint. */
  #fail(expected: string, at?: number): never {
    this.#reader.skip()
    const place = at ?? this.#reader.at
    const word = /^[A-Za-z]{2,10}/.exec(this.#reader.text.slice(place, place + 11))?.[0].toUpperCase()
    const hint = word && KEYWORDS.has(word) && !this.#reader.text.startsWith(word, place) ? ' (keywords are written in capitals)' : ''
    return this.#reader.fail(`${expected}${hint}`, place)
  }

  /** Types of the objects that can satisfy a condition: what AND joins needs one in common (section 9.5). Each is found once, however deep it lies. */
  #typesOf(condition: Condition): ReadonlySet<string> {
    if (!('parts' in condition)) return new Set([condition.path.type])
    let types = this.#types.get(condition)
    if (types === undefined) {
      const [first, ...rest] = condition.parts.map((part) => this.#typesOf(part)) as [ReadonlySet<string>, ...ReadonlySet<string>[]]
      types =
        condition.kind === 'all' ? rest.reduce((common, each) => common.intersection(each), first) : new Set([first, ...rest].flatMap((each) => [...each]))
      this.#types.set(condition, types)
    }
    return types
  }
  readonly #types = new Map<Condition, ReadonlySet<string>>()
}
