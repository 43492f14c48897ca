import { Broken } from './lexer.ts'
import { ExpressionParser } from './parse-expressions.ts'
import type { Case, Expression, Program, Statement } from './tree.ts'

/**
 * Reads a script (ECMA-262, 5th edition, with arrow functions, template texts, `let` and `const`; no classes or generators, and
 * patterns only where names are declared). Whatever the source is, what could be read before it broke is given. `step` is called for each token and may throw.
 */
export function parseScript(source: string, step: () => void): Program {
  try {
    return new Parser({ source, step, depth: 0 }).program()
  } catch (error) {
    if (!(error instanceof Broken)) throw error
    return { body: [], variables: [], brokenAt: error.at }
  }
}

class Parser extends ExpressionParser {
  #brokenAt: number | undefined

  program(): Program {
    const body = this.#list('')
    return { body, variables: this.variables, brokenAt: this.#brokenAt }
  }

  /** Statements up to a closing mark; those before the first that cannot be read, when one cannot. */
  #list(close: string): Statement[] {
    const body: Statement[] = []
    try {
      while (this.#brokenAt === undefined && this.token.kind !== 'end' && !(close !== '' && this.is(close))) body.push(this.#statement())
      if (close !== '' && this.#brokenAt === undefined) this.expect(close)
    } catch (error) {
      if (!(error instanceof Broken)) throw error
      this.#brokenAt ??= error.at
    }
    return body
  }

  protected override functionBody(): Statement[] {
    this.expect('{')
    return this.deeper(() => this.#list('}'))
  }

  protected override inside(from: number, to: number): Expression {
    return new Parser(this.reading, from, to).expression()
  }

  #block(): Statement[] {
    this.expect('{')
    return this.deeper(() => this.#list('}'))
  }

  #statement(): Statement {
    return this.deeper(() => {
      const { at, kind, text } = this.token
      if (kind === 'mark') {
        if (text === '{') return { type: 'block', at, body: this.#block() }
        if (text === ';') return { type: 'empty', at: this.advance().at }
      }
      if (kind === 'name') {
        const read = Object.hasOwn(this.#statements, text) ? this.#statements[text] : undefined
        if (read && !(text === 'let' && this.peek().kind !== 'name')) return read(at)
        if (this.peek().text === ':' && this.peek().kind === 'mark') return this.#label(at)
      }
      const value = this.expression()
      this.#end()
      return { type: 'do', at, value }
    })
  }

  readonly #statements: Readonly<Record<string, (at: number) => Statement>> = {
    var: (at) => this.#declare(at),
    let: (at) => this.#declare(at),
    const: (at) => this.#declare(at),
    function: (at) => ({ type: 'define', at, code: this.functionCode() }),
    if: (at) => this.#if(at),
    for: (at) => this.#for(at),
    while: (at) => this.#while(at),
    do: (at) => this.#do(at),
    return: (at) => this.#return(at),
    throw: (at) => {
      this.advance()
      const value = this.expression()
      this.#end()
      return { type: 'throw', at, value }
    },
    break: (at) => this.#jump(at, 'break'),
    continue: (at) => this.#jump(at, 'continue'),
    with: (at) => {
      this.advance()
      return { type: 'with', at, value: this.#test(), body: this.#statement() }
    },
    try: (at) => this.#try(at),
    switch: (at) => this.#switch(at),
  }

  /** The end of a statement: a semicolon, or where one may lack (ECMA-262, 12.10). */
  #end(): void {
    if (this.take(';') || this.token.line || this.is('}') || this.token.kind === 'end') return
    throw new Broken(this.token.at)
  }

  #test(): Expression {
    this.expect('(')
    const value = this.expression()
    this.expect(')')
    return value
  }

  #declare(at: number, noIn = false): Statement {
    this.advance()
    const items: { name: string; value: Expression | undefined }[] = []
    do {
      if (this.is('[') || this.is('{')) {
        items.push(...this.#taken(noIn))
        continue
      }
      const name = this.nameOf()
      this.variables.push(name)
      items.push({ name, value: this.take('=') ? this.assignment(noIn) : undefined })
    } while (this.take(','))
    if (!noIn) this.#end()
    return { type: 'declare', at, items }
  }

  /** `var [a, b] = c`: each name with the item that it takes, of a value that is kept under a name no script can write. */
  #taken(noIn: boolean): { name: string; value: Expression | undefined }[] {
    const pattern = this.primary()
    const { at } = pattern
    this.expect('=')
    const kept: Expression = { type: 'name', at, name: '[taken]' }
    const items: { name: string; value: Expression | undefined }[] = [{ name: '[taken]', value: this.assignment(noIn) }]
    const take = (target: Expression | undefined, key: Expression) => {
      if (target?.type === 'name') items.push({ name: target.name, value: { type: 'member', at, object: kept, key } })
    }
    if (pattern.type === 'array') for (const [i, item] of pattern.items.entries()) take(item, { type: 'number', at, value: i })
    if (pattern.type === 'object') for (const { key, value } of pattern.members) take(value, key)
    for (const { name } of items) this.variables.push(name)
    return items
  }

  #if(at: number): Statement {
    this.advance()
    const test = this.#test()
    const yes = this.#statement()
    return { type: 'if', at, test, yes, no: this.#brokenAt === undefined && this.take('else') ? this.#statement() : undefined }
  }

  #for(at: number): Statement {
    this.advance()
    this.expect('(')
    const first = this.#forFirst()
    if (first && (this.is('in') || this.is('of'))) return this.#each(at, first)
    this.expect(';')
    const test = this.is(';') ? undefined : this.expression()
    this.expect(';')
    const step = this.is(')') ? undefined : this.expression()
    this.expect(')')
    return { type: 'for', at, first, test, step, body: this.#statement() }
  }

  #forFirst(): Statement | undefined {
    const { at } = this.token
    if (this.is(';')) return undefined
    if (this.is('var') || this.is('const') || (this.is('let') && this.peek().kind === 'name')) return this.#declare(at, true)
    return { type: 'do', at, value: this.expression(true) }
  }

  #each(at: number, first: Statement): Statement {
    const of = this.advance().text === 'of'
    const item = first.type === 'declare' ? first.items.at(-1) : undefined
    const target: Expression | undefined = item ? { type: 'name', at: first.at, name: item.name } : first.type === 'do' ? first.value : undefined
    if (target?.type !== 'name' && target?.type !== 'member') throw new Broken(at)
    const value = this.expression()
    this.expect(')')
    return { type: 'each', at, target, of, value, body: this.#statement() }
  }

  #while(at: number): Statement {
    this.advance()
    return { type: 'while', at, test: this.#test(), body: this.#statement(), bodyFirst: false }
  }

  #do(at: number): Statement {
    this.advance()
    const body = this.#statement()
    this.expect('while')
    const test = this.#test()
    this.take(';')
    return { type: 'while', at, test, body, bodyFirst: true }
  }

  #return(at: number): Statement {
    this.advance()
    const bare = this.token.line || this.is(';') || this.is('}') || this.token.kind === 'end'
    const value = bare ? undefined : this.expression()
    this.#end()
    return { type: 'return', at, value }
  }

  #jump(at: number, how: 'break' | 'continue'): Statement {
    this.advance()
    const label = this.token.kind === 'name' && !this.token.line ? this.nameOf() : ''
    this.#end()
    return { type: 'jump', at, how, label }
  }

  #label(at: number): Statement {
    const label = this.nameOf()
    this.advance()
    return { type: 'label', at, label, body: this.#statement() }
  }

  #try(at: number): Statement {
    this.advance()
    const body = this.#block()
    let name = ''
    let caught: Statement[] | undefined
    let last: Statement[] | undefined
    if (this.#brokenAt === undefined && this.take('catch')) {
      if (this.take('(')) {
        name = this.nameOf()
        this.expect(')')
      }
      caught = this.#block()
    }
    if (this.#brokenAt === undefined && this.take('finally')) last = this.#block()
    return { type: 'try', at, body, name, caught, last }
  }

  #switch(at: number): Statement {
    this.advance()
    const value = this.#test()
    this.expect('{')
    const cases: Case[] = []
    while (this.#brokenAt === undefined && !this.take('}')) {
      const test = this.take('default') ? undefined : (this.expect('case'), this.expression())
      this.expect(':')
      cases.push({ test, body: this.#caseBody() })
    }
    return { type: 'switch', at, value, cases }
  }

  #caseBody(): Statement[] {
    const body: Statement[] = []
    while (this.#brokenAt === undefined && !this.is('case') && !this.is('default') && !this.is('}')) body.push(this.#statement())
    return body
  }
}
