import { Broken, Lexer, type Token } from './lexer.ts'
import type { Expression, FunctionCode, Link, Member, Statement } from './tree.ts'

/** Nesting of a script that is followed; more of it is damage. */
const DEEPEST = 300

/** Ranks of the operators with two sides; a higher one binds closer. */
const RANKS: Readonly<Record<string, number>> = {
  '??': 1,
  '||': 2,
  '&&': 3,
  '|': 4,
  '^': 5,
  '&': 6,
  '==': 7,
  '!=': 7,
  '===': 7,
  '!==': 7,
  '<': 8,
  '>': 8,
  '<=': 8,
  '>=': 8,
  instanceof: 8,
  in: 8,
  '<<': 9,
  '>>': 9,
  '>>>': 9,
  '+': 10,
  '-': 10,
  '*': 11,
  '/': 11,
  '%': 11,
  '**': 12,
}
const ASSIGNS = new Set(['=', '+=', '-=', '*=', '/=', '%=', '&=', '|=', '^=', '<<=', '>>=', '>>>=', '**=', '&&=', '||=', '??='])
const UNARY = new Set(['!', '~', '+', '-', 'typeof', 'void', 'delete'])

/** Where tokens come from, and how deep the reading is: shared by a script and the expressions in its templates. */
export interface Reading {
  readonly source: string
  readonly step: () => void
  depth: number
}

/** Reads expressions (ECMA-262, clause 13). The readers of statements build on it. Throws Broken. */
export abstract class ExpressionParser {
  protected readonly reading: Reading
  readonly #lexer: Lexer
  #token: Token
  /** One token further on, where it had to be looked at. */
  #after: Token | undefined
  #lastEnd = 0
  protected variables: string[] = []

  constructor(reading: Reading, from = 0, to = reading.source.length) {
    this.reading = reading
    this.#lexer = new Lexer(reading.source, from, to)
    this.#token = this.#lexer.next()
  }

  protected abstract functionBody(): Statement[]
  protected abstract inside(from: number, to: number): Expression

  protected get token(): Token {
    return this.#token
  }

  /** Where the token before this one ended. */
  protected get lastEnd(): number {
    return this.#lastEnd
  }

  protected advance(): Token {
    this.reading.step()
    const token = this.#token
    this.#lastEnd = token.end
    this.#token = this.#after ?? this.#lexer.next()
    this.#after = undefined
    return token
  }

  protected peek(): Token {
    return (this.#after ??= this.#lexer.next())
  }

  protected is(text: string): boolean {
    return this.#token.text === text && (this.#token.kind === 'mark' || this.#token.kind === 'name')
  }

  protected take(text: string): boolean {
    if (!this.is(text)) return false
    this.advance()
    return true
  }

  protected expect(text: string): void {
    if (!this.take(text)) throw new Broken(this.#token.at)
  }

  protected nameOf(): string {
    if (this.#token.kind !== 'name') throw new Broken(this.#token.at)
    return this.advance().text
  }

  protected deeper<T>(work: () => T): T {
    if (++this.reading.depth > DEEPEST) throw new Broken(this.#token.at)
    try {
      return work()
    } finally {
      this.reading.depth--
    }
  }

  protected expression(noIn = false): Expression {
    const first = this.assignment(noIn)
    if (!this.is(',')) return first
    const items = [first]
    while (this.take(',')) items.push(this.assignment(noIn))
    return { type: 'sequence', at: first.at, items }
  }

  protected assignment(noIn = false): Expression {
    return this.deeper(() => {
      const { at } = this.#token
      const arrow = this.#arrow(at)
      if (arrow) return arrow
      if (this.take('...')) return { type: 'spread', at, value: this.assignment(noIn) }
      const target = this.#ranked(1, noIn)
      if (this.take('?')) {
        const yes = this.assignment()
        this.expect(':')
        return { type: 'choice', at, test: target, yes, no: this.assignment(noIn) }
      }
      if (this.#token.kind !== 'mark' || !ASSIGNS.has(this.#token.text)) return target
      if (target.type !== 'name' && target.type !== 'member') throw new Broken(this.#token.at)
      const operator = this.advance().text
      return { type: 'assign', at, operator, target, value: this.assignment(noIn) }
    })
  }

  /** `x => ...` and `(a, b) => ...`; the latter is looked for only where a name or a closing bracket follows the opening one. */
  #arrow(at: number): Expression | undefined {
    if (this.#token.kind === 'name' && this.peek().text === '=>') {
      const parameters = [this.advance().text]
      this.advance()
      return this.#arrowBody(at, parameters)
    }
    if (!this.is('(') || !/^\(\s{0,64}(?:[\w$]{1,64}\s{0,64}(?:,\s{0,64}[\w$]{1,64}\s{0,64}){0,16})?\)\s{0,64}=>/.test(this.reading.source.slice(at, at + 600)))
      return undefined
    const parameters = this.parameters()
    this.expect('=>')
    return this.#arrowBody(at, parameters)
  }

  #arrowBody(at: number, parameters: readonly string[]): Expression {
    const outer = this.variables
    this.variables = []
    const body: Statement[] = this.is('{') ? this.functionBody() : [{ type: 'return', at: this.#token.at, value: this.assignment() }]
    const code: FunctionCode = { name: '', parameters, body, variables: this.variables, arrow: true, source: this.reading.source.slice(at, this.#lastEnd) }
    this.variables = outer
    return { type: 'function', at, code }
  }

  #ranked(lowest: number, noIn: boolean): Expression {
    let left = this.#unary()
    for (;;) {
      const rank = this.#rank(noIn)
      if (rank < lowest) return left
      // What binds closer is read as one side; what has the same rank joins the chain.
      const rest: Link[] = []
      while (this.#rank(noIn) === rank) {
        const operator = this.advance().text
        rest.push({ operator, value: this.deeper(() => this.#ranked(operator === '**' ? rank : rank + 1, noIn)) })
      }
      left = { type: 'chain', at: left.at, first: left, rest }
    }
  }

  #rank(noIn: boolean): number {
    if (this.#token.kind !== 'mark' && this.#token.kind !== 'name') return 0
    if (noIn && this.#token.text === 'in') return 0
    return Object.hasOwn(RANKS, this.#token.text) ? RANKS[this.#token.text]! : 0
  }

  #unary(): Expression {
    const { at, kind, text } = this.#token
    if ((kind === 'mark' || kind === 'name') && UNARY.has(text)) {
      this.advance()
      return { type: 'unary', at, operator: text, value: this.deeper(() => this.#unary()) }
    }
    if (kind === 'mark' && (text === '++' || text === '--')) {
      this.advance()
      return { type: 'update', at, by: text === '++' ? 1 : -1, before: true, target: this.deeper(() => this.#unary()) }
    }
    const value = this.#calls(this.is('new') ? this.#new() : this.primary(), true)
    if ((this.is('++') || this.is('--')) && !this.#token.line)
      return { type: 'update', at, by: this.advance().text === '++' ? 1 : -1, before: false, target: value }
    return value
  }

  #new(): Expression {
    const { at } = this.advance()
    return this.deeper(() => {
      const callee = this.#calls(this.is('new') ? this.#new() : this.primary(), false)
      return { type: 'new', at, callee, values: this.is('(') ? this.values() : [] }
    })
  }

  /** What follows a value: members and, where allowed, calls. Each deepens the tree, so their number has the same bound. */
  #calls(first: Expression, withCalls: boolean): Expression {
    let value = first
    for (let links = 0; ; links++) {
      const at = first.at
      if (links > DEEPEST) throw new Broken(this.#token.at)
      if (this.take('.') || this.take('?.')) {
        if (withCalls && this.is('(')) value = { type: 'call', at, callee: value, values: this.values() }
        else if (this.is('[')) value = this.#index(value)
        else value = { type: 'member', at, object: value, key: { type: 'string', at: this.#token.at, value: this.nameOf() } }
      } else if (this.is('[')) value = this.#index(value)
      else if (withCalls && this.is('(')) value = { type: 'call', at, callee: value, values: this.values() }
      else return value
    }
  }

  #index(object: Expression): Expression {
    this.advance()
    const key = this.expression()
    this.expect(']')
    return { type: 'member', at: object.at, object, key }
  }

  protected values(): Expression[] {
    this.expect('(')
    const values: Expression[] = []
    while (!this.is(')')) {
      values.push(this.assignment())
      if (!this.take(',')) break
    }
    this.expect(')')
    return values
  }

  protected primary(): Expression {
    const token = this.#token
    const { at } = token
    if (token.kind === 'number') return { type: 'number', at, value: (this.advance(), token.value) }
    if (token.kind === 'string') return { type: 'string', at, value: this.advance().text }
    if (token.kind === 'pattern') return { type: 'pattern', at, source: this.advance().text, flags: token.flags }
    if (token.kind === 'template') {
      this.advance()
      return { type: 'template', at, texts: token.texts, values: this.deeper(() => token.holes.map(({ from, to }) => this.inside(from, to))) }
    }
    if (this.take('(')) {
      const value = this.deeper(() => this.expression())
      this.expect(')')
      return value
    }
    if (this.is('[')) return this.#array()
    if (this.is('{')) return this.#object()
    if (this.is('function')) return { type: 'function', at, code: this.functionCode() }
    if (this.take('this')) return { type: 'this', at }
    if (this.take('null')) return { type: 'constant', at, value: null }
    if (this.is('true') || this.is('false')) return { type: 'constant', at, value: this.advance().text === 'true' }
    return { type: 'name', at, name: this.nameOf() }
  }

  #array(): Expression {
    const { at } = this.advance()
    const items: (Expression | undefined)[] = []
    while (!this.is(']')) {
      if (this.take(',')) items.push(undefined)
      else {
        items.push(this.assignment())
        if (!this.take(',')) break
      }
    }
    this.expect(']')
    return { type: 'array', at, items }
  }

  #object(): Expression {
    const { at } = this.advance()
    const members: Member[] = []
    while (!this.is('}')) {
      members.push(this.deeper(() => this.#member()))
      if (!this.take(',')) break
    }
    this.expect('}')
    return { type: 'object', at, members }
  }

  #member(): Member {
    const { at, text, kind } = this.#token
    const after = this.peek()
    const accessor = kind === 'name' && (text === 'get' || text === 'set') && !(after.kind === 'mark' && [':', ',', '}', '('].includes(after.text))
    if (accessor) {
      this.advance()
      return { kind: text, key: this.#key(), value: this.#method(at) }
    }
    const key = this.#key()
    if (this.take(':')) return { kind: 'value', key, value: this.assignment() }
    if (this.is('(')) return { kind: 'value', key, value: this.#method(at) }
    return { kind: 'value', key, value: { type: 'name', at, name: text } }
  }

  #key(): Expression {
    const { at, kind } = this.#token
    if (this.take('[')) {
      const key = this.assignment()
      this.expect(']')
      return key
    }
    const token = this.advance()
    if (token.kind === 'number') return { type: 'string', at, value: String(token.value) }
    if (kind === 'name' || kind === 'string') return { type: 'string', at, value: token.text }
    throw new Broken(at)
  }

  #method(at: number): Expression {
    return { type: 'function', at, code: this.#functionRest(at, '') }
  }

  protected functionCode(): FunctionCode {
    const { at } = this.advance()
    return this.#functionRest(at, this.#token.kind === 'name' ? this.nameOf() : '')
  }

  #functionRest(at: number, name: string): FunctionCode {
    const outer = this.variables
    this.variables = []
    try {
      const parameters = this.parameters()
      const body = this.functionBody()
      return { name, parameters, body, variables: this.variables, arrow: false, source: this.reading.source.slice(at, this.#lastEnd) }
    } finally {
      this.variables = outer
    }
  }

  protected parameters(): string[] {
    this.expect('(')
    const names: string[] = []
    while (!this.is(')')) {
      names.push(this.nameOf())
      if (!this.take(',')) break
    }
    this.expect(')')
    return names
  }
}
