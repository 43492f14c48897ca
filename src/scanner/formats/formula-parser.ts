import { Damaged, type Budget } from '#scanner/intake/limits.ts'
import type { Formula, Reference } from './formula.ts'

const DEEPEST = 48
const LONGEST = 32_768
const OPERATORS: readonly (readonly string[])[] = [['<=', '>=', '<>', '<', '>', '='], ['&'], ['+', '-'], ['*', '/'], ['^']]
const WORD = /[\w.$\\?[\]\u00c0-\uffff-]/
const NUMBER = /^\d{1,20}(?:\.\d{0,20})?(?:E[+-]?\d{1,3})?/i
const A1 = /^\$?([A-Z]{1,3})\$?(\d{1,7})$/i
const R1C1 = /^R(\d{1,7}|\[-?\d{1,7}\])?C(\d{1,5}|\[-?\d{1,5}\])?$/i

/** How a text names cells: as A1, or by row and column from the cell that the formula stands in. */
export interface ParseOptions {
  readonly from?: { readonly row: number; readonly column: number }
}

/** Reads the text of a formula, without its equals sign, as files in XML and the macro function FORMULA hold it. Throws LimitReached. */
export function parseFormula(text: string, budget: Budget, options: ParseOptions = {}): Formula {
  try {
    const parser = new Parser(text.slice(0, LONGEST), budget, options)
    const formula = parser.expression(0, 0)
    return parser.atEnd() ? formula : { kind: 'unread', why: 'something follows the formula' }
  } catch (error) {
    if (!(error instanceof Damaged)) throw error
    return { kind: 'unread', why: error.message }
  }
}

class Parser {
  readonly #text: string
  readonly #budget: Budget
  readonly #options: ParseOptions
  #at = 0

  constructor(text: string, budget: Budget, options: ParseOptions) {
    this.#text = text
    this.#budget = budget
    this.#options = options
  }

  atEnd(): boolean {
    this.#space()
    return this.#at >= this.#text.length
  }

  /** An expression whose operators bind at least as strongly as those of `level`. */
  expression(level: number, depth: number): Formula {
    this.#budget.step()
    if (depth > DEEPEST) throw new Damaged('the formula is too deep')
    const operators = OPERATORS[level]
    if (!operators) return this.#unary(depth)
    let left = this.expression(level + 1, depth)
    for (let operator = this.#operator(operators); operator !== undefined; operator = this.#operator(operators))
      left = { kind: 'operator', operator, args: [left, this.expression(level + 1, depth)] }
    return left
  }

  #operator(operators: readonly string[]): string | undefined {
    this.#space()
    const found = operators.find((operator) => this.#text.startsWith(operator, this.#at))
    if (found !== undefined) this.#at += found.length
    return found
  }

  #space(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at++
  }

  #unary(depth: number): Formula {
    this.#space()
    const sign = this.#text[this.#at]
    if (sign === '-' || sign === '+') {
      this.#at++
      return { kind: 'operator', operator: sign, args: [this.#deeper(depth)] }
    }
    let value = this.#primary(depth)
    for (this.#space(); this.#text[this.#at] === '%'; this.#space()) {
      this.#at++
      value = { kind: 'operator', operator: '%', args: [value] }
    }
    return value
  }

  #deeper(depth: number): Formula {
    if (depth + 1 > DEEPEST) throw new Damaged('the formula is too deep')
    return this.#unary(depth + 1)
  }

  #primary(depth: number): Formula {
    const c = this.#text[this.#at]
    if (c === '"') return { kind: 'constant', value: this.#quoted('"') }
    if (c === '(') {
      this.#at++
      const inner = this.expression(0, depth + 1)
      this.#expect(')')
      return { kind: 'operator', operator: '()', args: [inner] }
    }
    if (c === '#') return this.#error()
    const number = c !== undefined && c >= '0' && c <= '9' ? NUMBER.exec(this.#text.slice(this.#at, this.#at + 48)) : null
    if (number) {
      this.#at += number[0].length
      return { kind: 'constant', value: Number(number[0]) }
    }
    return this.#word(depth)
  }

  #error(): Formula {
    const from = this.#at
    while (/[#A-Z0-9/!?]/i.test(this.#text[this.#at] ?? '')) this.#at++
    return { kind: 'constant', value: this.#text.slice(from, this.#at) }
  }

  #quoted(quote: string): string {
    const pieces: string[] = []
    for (let from = ++this.#at; ;) {
      const end = this.#text.indexOf(quote, from)
      if (end === -1) throw new Damaged('a text is not closed')
      pieces.push(this.#text.slice(from, end))
      this.#at = end + 1
      if (this.#text[this.#at] !== quote) return pieces.join(quote)
      from = ++this.#at
    }
  }

  #expect(mark: string): void {
    this.#space()
    if (this.#text[this.#at] !== mark) throw new Damaged(`${mark} is missing`)
    this.#at++
  }

  /** A name, a call, a reference with or without its sheet, TRUE or FALSE. */
  #word(depth: number): Formula {
    const first = this.#text[this.#at] === "'" ? this.#quoted("'") : this.#letters()
    if (this.#text[this.#at] === '!') {
      this.#at++
      const inner = this.#letters()
      return this.#reference(inner, first === '' ? undefined : first) ?? { kind: 'name', name: inner }
    }
    if (first === '') throw new Damaged('an operand is missing')
    if (this.#text[this.#at] === '(') return { kind: 'call', name: first.toUpperCase(), args: this.#args(depth) }
    const upper = first.toUpperCase()
    if (upper === 'TRUE' || upper === 'FALSE') return { kind: 'constant', value: upper === 'TRUE' }
    return this.#reference(first, undefined) ?? { kind: 'name', name: first }
  }

  #letters(): string {
    const from = this.#at
    while (this.#at < this.#text.length && WORD.test(this.#text[this.#at]!) && !this.#isMinus(from)) this.#at++
    return this.#text.slice(from, this.#at)
  }

  /** A minus belongs to a word only within the brackets of a relative row or column. */
  #isMinus(from: number): boolean {
    return this.#text[this.#at] === '-' && (this.#at === from || this.#text[this.#at - 1] !== '[')
  }

  #args(depth: number): Formula[] {
    this.#at++
    const args: Formula[] = []
    this.#space()
    if (this.#text[this.#at] === ')') {
      this.#at++
      return args
    }
    for (;;) {
      this.#space()
      const c = this.#text[this.#at]
      args.push(c === ',' || c === ')' ? { kind: 'missing' } : this.expression(0, depth + 1))
      this.#space()
      if (this.#text[this.#at] === ',') this.#at++
      else {
        this.#expect(')')
        return args
      }
    }
  }

  #reference(word: string, sheet: string | undefined): Reference | undefined {
    const first = this.#cell(word)
    if (!first) return undefined
    let last = first
    if (this.#text[this.#at] === ':') {
      this.#at++
      last = this.#cell(this.#letters()) ?? first
    }
    return { kind: 'reference', ...(sheet !== undefined && { sheet }), ...first, lastRow: last.row, lastColumn: last.column }
  }

  #cell(word: string): { row: number; column: number } | undefined {
    const { from } = this.#options
    const relative = from && R1C1.exec(word)
    if (relative) return { row: step(relative[1], from.row), column: step(relative[2], from.column) }
    const [, letters, row] = A1.exec(word) ?? []
    if (!letters || Number(row) === 0) return undefined
    return { row: Number(row) - 1, column: columnOf(letters.toUpperCase()) }
  }
}

function step(written: string | undefined, from: number): number {
  if (written === undefined) return from
  return Math.max(0, written.startsWith('[') ? from + Number(written.slice(1, -1)) : Number(written) - 1)
}

function columnOf(letters: string): number {
  let column = 0
  for (let i = 0; i < letters.length; i++) column = column * 26 + letters.charCodeAt(i) - 64
  return column - 1
}
