import { Damaged, type Budget } from '#scanner/intake/limits.ts'
import { u16, u32, u8, utf16 } from './bytes.ts'
import { commandOf, functionOf, USER_FUNCTION } from './excel-functions.ts'
import type { Formula, Reference } from './formula.ts'

/** The layouts of formula tokens: BIFF5 (MS-XLS before Excel 97), BIFF8 (MS-XLS 2.5.198) and BIFF12 (MS-XLSB 2.5.97). */
export type Biff = 5 | 8 | 12

/** What the tokens of a workbook refer to by number. */
export interface TokenContext {
  readonly biff: Biff
  /** The sheet of an entry of the table of external sheets; undefined for another workbook's. */
  readonly sheetOf: (entry: number) => string | undefined
  /** A defined name, numbered from 1. */
  readonly nameOf: (number: number) => string
}

/** The cell that a shared formula stands in: what it refers to is told from there. */
export interface Origin {
  readonly row: number
  readonly column: number
}

const BINARY: Record<number, string> = {
  0x03: '+',
  0x04: '-',
  0x05: '*',
  0x06: '/',
  0x07: '^',
  0x08: '&',
  0x09: '<',
  0x0a: '<=',
  0x0b: '=',
  0x0c: '>=',
  0x0d: '>',
  0x0e: '<>',
  0x0f: ' ',
  0x10: ',',
  0x11: ':',
}
const UNARY: Record<number, string> = { 0x12: '+', 0x13: '-', 0x14: '%', 0x15: '()' }
const ERRORS: Record<number, string> = { 0x00: '#NULL!', 0x07: '#DIV/0!', 0x0f: '#VALUE!', 0x17: '#REF!', 0x1d: '#NAME?', 0x24: '#NUM!', 0x2a: '#N/A' }
/** Tokens that stand for nothing that is read here, with their bytes in BIFF5, BIFF8 and BIFF12. */
const SKIPPED: Record<number, readonly [number, number, number]> = { 0x26: [6, 6, 6], 0x27: [6, 6, 6], 0x28: [6, 6, 6], 0x29: [2, 2, 2] }
const UNREAD: Record<number, readonly [number, number, number]> = {
  0x01: [4, 4, 4],
  0x02: [4, 4, 4],
  0x20: [7, 7, 14],
  0x2a: [3, 4, 6],
  0x2b: [6, 8, 12],
  0x3c: [17, 6, 8],
  0x3d: [20, 10, 14],
}

/** Reads the tokens of a formula, which stand in the order of a stack. What breaks off leaves an unread piece. Throws LimitReached. */
export function readTokens(tokens: Buffer, context: TokenContext, budget: Budget, from: Origin = { row: 0, column: 0 }): Formula {
  const reader = new TokenReader(tokens, context, from)
  try {
    while (reader.at < tokens.length) {
      budget.step()
      reader.token()
    }
  } catch (error) {
    if (!(error instanceof Damaged)) throw error
    return { kind: 'unread', why: error.message }
  }
  return reader.stack.length === 1 ? reader.stack[0]! : { kind: 'unread', why: 'the tokens make no formula' }
}

class TokenReader {
  at = 0
  readonly stack: Formula[] = []
  readonly #bytes: Buffer
  readonly #context: TokenContext
  readonly #from: Origin

  constructor(bytes: Buffer, context: TokenContext, from: Origin) {
    this.#bytes = bytes
    this.#context = context
    this.#from = from
  }

  token(): void {
    const raw = this.#u8()
    const token = raw < 0x20 ? raw : (raw & 0x40 ? raw | 0x20 : raw) & 0x3f
    const width = this.#context.biff === 5 ? 0 : this.#context.biff === 8 ? 1 : 2
    if (BINARY[token] !== undefined) this.#operator(BINARY[token], 2)
    else if (UNARY[token] !== undefined) this.#operator(UNARY[token], 1)
    else if (SKIPPED[token]) this.at += SKIPPED[token][width]
    else if (UNREAD[token]) {
      this.at += UNREAD[token][width]
      this.stack.push({ kind: 'unread', why: `token ${token}` })
    } else this.#operand(token)
  }

  #operand(token: number): void {
    if (token === 0x16) this.stack.push({ kind: 'missing' })
    else if (token === 0x17) this.#constant(this.#text())
    else if (token === 0x19) this.#attribute()
    else if (token === 0x1c) this.#constant(ERRORS[this.#u8()] ?? '#ERROR!')
    else if (token === 0x1d) this.#constant(this.#u8() !== 0)
    else if (token === 0x1e) this.#constant(this.#u16())
    else if (token === 0x1f) this.#constant(this.#double())
    else if (token === 0x21) this.#call(functionOf(this.#u16()))
    else if (token === 0x22) this.#variableCall()
    else if (token === 0x23) this.#name()
    else if (token === 0x24) this.stack.push(this.#cell(undefined))
    else if (token === 0x2c) this.stack.push(this.#relative())
    else if (token === 0x25 || token === 0x2d) this.stack.push(this.#area(undefined))
    else if (token === 0x39) this.#externalName()
    else if (token === 0x3a) this.stack.push(this.#cell(this.#sheet()))
    else if (token === 0x3b) this.stack.push(this.#area(this.#sheet()))
    else throw new Damaged(`token ${token} is unknown`)
  }

  #u8(): number {
    return u8(this.#bytes, this.at++)
  }

  #u16(): number {
    const value = u16(this.#bytes, this.at)
    this.at += 2
    return value
  }

  #u32(): number {
    const value = u32(this.#bytes, this.at)
    this.at += 4
    return value
  }

  #double(): number {
    if (this.at + 8 > this.#bytes.length) throw new Damaged('a number is missing')
    const value = this.#bytes.readDoubleLE(this.at)
    this.at += 8
    return value
  }

  #constant(value: string | number | boolean): void {
    this.stack.push({ kind: 'constant', value })
  }

  #operator(operator: string, count: number): void {
    this.stack.push({ kind: 'operator', operator, args: this.#pop(count) })
  }

  #pop(count: number): Formula[] {
    if (count > this.stack.length) throw new Damaged('an argument is missing')
    return this.stack.splice(this.stack.length - count, count)
  }

  #text(): string {
    const { biff } = this.#context
    const length = biff === 12 ? this.#u16() : this.#u8()
    const wide = biff === 12 || (biff === 8 && (this.#u8() & 1) === 1)
    const end = this.at + length * (wide ? 2 : 1)
    if (end > this.#bytes.length) throw new Damaged('a text is cut off')
    const text = wide ? utf16(this.#bytes, this.at, end) : this.#bytes.toString('latin1', this.at, end)
    this.at = end
    return text
  }

  /** Marks for jumps and spaces mean nothing here; one of them is a sum. */
  #attribute(): void {
    const flags = this.#u8()
    const data = this.#u16()
    if (flags & 0x04) this.at += (data + 1) * 2
    else if (flags & 0x10) this.stack.push({ kind: 'call', name: 'SUM', args: this.#pop(1) })
  }

  #call({ name, fixed }: { readonly name: string; readonly fixed?: number }): void {
    if (fixed === undefined) throw new Damaged(`${name} takes no fixed count of arguments`)
    this.stack.push({ kind: 'call', name, args: this.#pop(fixed) })
  }

  #variableCall(): void {
    const count = this.#u8() & 0x7f
    const number = this.#u16()
    const args = this.#pop(count)
    if (number & 0x8000) return void this.stack.push({ kind: 'call', name: commandOf(number & 0x7fff), args })
    const [first, ...rest] = args
    if (number !== USER_FUNCTION) this.stack.push({ kind: 'call', name: functionOf(number).name, args })
    else this.stack.push({ kind: 'call', name: first?.kind === 'name' ? first.name : 'USER', args: rest })
  }

  #name(): void {
    const number = this.#context.biff === 12 ? this.#u32() : this.#u16()
    this.at += { 5: 12, 8: 2, 12: 0 }[this.#context.biff]
    this.stack.push({ kind: 'name', name: this.#context.nameOf(number) })
  }

  #externalName(): void {
    const { biff } = this.#context
    const entry = this.#u16()
    if (biff === 5) this.at += 8
    const number = biff === 12 ? this.#u32() : this.#u16()
    this.at += { 5: 12, 8: 2, 12: 0 }[biff]
    this.stack.push({ kind: 'name', name: this.#context.sheetOf(entry) === undefined ? `EXTERNAL.${number}` : this.#context.nameOf(number) })
  }

  #sheet(): string {
    const entry = this.#u16()
    if (this.#context.biff !== 5) return this.#context.sheetOf(entry) ?? '#external'
    // BIFF5 names the sheets of its own workbook by a negative entry and their numbers behind it.
    this.at += 8
    const first = this.#u16()
    this.at += 2
    return (entry & 0x8000 ? this.#context.sheetOf(first) : undefined) ?? '#external'
  }

  #row(): number {
    return this.#context.biff === 12 ? this.#u32() : this.#u16()
  }

  #column(): number {
    return this.#context.biff === 5 ? this.#u8() : this.#u16() & 0x3fff
  }

  #cell(sheet: string | undefined): Reference {
    const row = this.#row() & (this.#context.biff === 5 ? 0x3fff : 0xfffff)
    const column = this.#column()
    return { kind: 'reference', ...(sheet !== undefined && { sheet }), row, column, lastRow: row, lastColumn: column }
  }

  /** A cell told from that of the formula (MS-XLS 2.5.198.85): the two highest bits of the column say which of both numbers are steps. */
  #relative(): Reference {
    if (this.#context.biff === 5) return this.#cell(undefined)
    const [rows, columns] = this.#context.biff === 12 ? [2 ** 20, 2 ** 14] : [2 ** 16, 2 ** 8]
    const rawRow = this.#row()
    const rawColumn = this.#u16()
    const row = (rawColumn & 0x8000 ? this.#from.row + rawRow : rawRow) % rows
    const column = (rawColumn & 0x4000 ? this.#from.column + (rawColumn & 0x3fff) : rawColumn & 0x3fff) % columns
    return { kind: 'reference', row, column, lastRow: row, lastColumn: column }
  }

  #area(sheet: string | undefined): Reference {
    const mask = this.#context.biff === 5 ? 0x3fff : 0xfffff
    const [row, lastRow] = [this.#row() & mask, this.#row() & mask]
    const [column, lastColumn] = [this.#column(), this.#column()]
    return { kind: 'reference', ...(sheet !== undefined && { sheet }), row, column, lastRow, lastColumn }
  }
}
