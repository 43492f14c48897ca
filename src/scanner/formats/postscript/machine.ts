import { Damaged, LimitReached, type Budget } from '#scanner/intake/limits.ts'
import { undoFilter } from '../pdf-filters.ts'
import { Leave, ProgramError, Spent } from './errors.ts'
import { Lexer, type Token } from './lexer.ts'
import { OPERATORS } from './operators.ts'
import { bodyOf, keyOf, NULL, number, type Dictionary, type Text, type Value } from './values.ts'

/** Something that no drawing does and that broke the PostScript filter of Office. */
export interface PostScriptEvent {
  readonly kind: 'forall-number' | 'restore-in-forall' | 'copy-in-forall'
  /** Of the operator; of the string that holds it where the program wrote itself. */
  readonly offset: number
  /** The number that stands for a procedure, or the type of the object that is walked. */
  readonly detail: string
}

const MOST_STEPS = 600_000
const MOST_VALUES = 20_000
const DEEPEST = 48
const MOST_BYTES = 16 * 2 ** 20
const MOST_EVENTS = 16

/**
 * A light machine for the PostScript of EPS files: values, control, dictionaries and strings work, drawing takes its operands and does
 * nothing. It runs on past errors, as it wants to see what a program does and not what it draws. Bounded by the budget and by its own limits.
 */
export class Machine {
  readonly stack: Value[] = []
  readonly dictionaries: Dictionary[]
  readonly events: PostScriptEvent[] = []
  /** Objects that a `forall` walks at this moment. */
  readonly walked: Value[] = []
  readonly file: Lexer
  /** Files that run at this moment, the innermost last. */
  readonly files: Lexer[]
  at = 0
  #born = 0
  #steps = 0
  #bytes = 0
  #depth = 0
  readonly #budget: Budget

  constructor(bytes: Buffer, budget: Budget) {
    this.#budget = budget
    this.file = new Lexer(bytes)
    this.files = [this.file]
    this.dictionaries = [this.dictionary(), this.dictionary()]
  }

  /** Runs the whole file. Says why it ended early, or nothing. */
  run(): string | undefined {
    try {
      this.#runTokens(this.file, true)
      return undefined
    } catch (error) {
      if (error instanceof Spent || error instanceof LimitReached) return error.message
      if (error instanceof ProgramError || error instanceof Leave) return undefined
      throw error
    }
  }

  #runTokens(lexer: Lexer, outermost: boolean): void {
    for (;;) {
      const token = lexer.next()
      if (!token) return
      if (outermost) this.at = token.at
      if (!outermost) this.execute(this.#valueOf(token, lexer))
      else this.tolerate(() => this.execute(this.#valueOf(token, lexer)))
    }
  }

  /** Runs a file that the program opened. What is wrong in it ends only itself, as in the outermost file. */
  runFile(lexer: Lexer): void {
    if (++this.#depth > DEEPEST) throw new ProgramError()
    this.files.push(lexer)
    try {
      for (let token = lexer.next(); token; token = lexer.next()) {
        const read = token
        this.tolerate(() => this.execute(this.#valueOf(read, lexer)))
      }
    } finally {
      this.files.pop()
      this.#depth--
    }
  }

  /** A file with these bytes, which count as memory of the program. */
  opened(bytes: Buffer, at = 0): Lexer {
    this.#charge(bytes.length)
    return new Lexer(bytes, at)
  }

  /** Undoes a filter by its name. */
  undo(name: string, bytes: Buffer): Buffer {
    try {
      const undone = undoFilter(name, bytes, this.#budget)
      if (undone) return undone
    } catch (error) {
      if (!(error instanceof Damaged)) throw error
    }
    throw new ProgramError()
  }

  /** Runs something of which an error ends only itself. True when it came to its end. */
  tolerate(work: () => void): boolean {
    const depth = this.#depth
    const walked = this.walked.length
    try {
      work()
      return true
    } catch (error) {
      if (!(error instanceof ProgramError) && !(error instanceof Leave)) throw error
      this.#depth = depth
      this.walked.length = walked
      return false
    }
  }

  #valueOf(token: Token, lexer: Lexer): Value {
    this.step()
    switch (token.kind) {
      case 'number':
        return number(token.value)
      case 'name':
      case 'literal':
        // Within a string that the program wrote there are no offsets of the file.
        return { t: 'name', v: token.text, x: token.kind === 'name', ...(lexer === this.file && { at: token.at }) }
      case 'string':
        return this.text(token.bytes)
      case 'open':
        return this.#procedure(lexer)
      default:
        throw new ProgramError()
    }
  }

  /** A procedure to its closing brace; nested ones on a stack of their own. */
  #procedure(lexer: Lexer): Value {
    const open: Value[][] = [[]]
    for (let token = lexer.next(); token; token = lexer.next()) {
      if (token.kind === 'open') {
        this.step()
        if (open.length >= 1000) throw new ProgramError()
        open.push([])
      } else if (token.kind === 'close') {
        const done = this.list(open.pop()!, true)
        if (open.length === 0) return done
        open.at(-1)!.push(done)
      } else open.at(-1)!.push(this.#valueOf(token, lexer))
    }
    return this.list(open[0]!, true)
  }

  /** A value met by the interpreter: an executable name is looked up and run, everything else is pushed. */
  execute(value: Value): void {
    this.step()
    if (value.t === 'name' && value.x) return this.#executeName(value)
    this.push(value)
  }

  /** Runs a value as `exec` does: procedures and executable strings too. */
  call(value: Value): void {
    this.step()
    if (++this.#depth > DEEPEST) throw new ProgramError()
    if (value.t === 'array' && value.x) for (let i = value.from; i < value.to; i++) this.execute(value.a.items[i] ?? NULL)
    else if (value.t === 'string' && value.x) this.#runTokens(new Lexer(Buffer.from(value.s.bytes.subarray(value.from, value.to))), false)
    else if (value.t === 'file' && value.x) this.runFile(value.f.open())
    else this.execute(value)
    this.#depth--
  }

  #executeName({ v, at }: Extract<Value, { t: 'name' }>): void {
    const found = this.lookUp(`/${v}`)
    if (found) return this.call(found)
    if (at !== undefined) this.at = at
    OPERATORS.get(v)?.(this)
  }

  lookUp(key: string): Value | undefined {
    for (let i = this.dictionaries.length - 1; i >= 0; i--) {
      const found = this.dictionaries[i]!.entries.get(key)
      if (found) return found.value
    }
    return undefined
  }

  define(dictionary: Dictionary, key: Value, value: Value): void {
    this.step()
    if (dictionary.entries.size >= MOST_VALUES) throw new Spent('the program defines too much')
    dictionary.entries.set(keyOf(key), { key, value })
  }

  step(count = 1): void {
    this.#steps += count
    this.#budget.step(count)
    if (this.#steps > MOST_STEPS) throw new Spent('the program runs too long')
  }

  push(...values: readonly Value[]): void {
    if (this.stack.length + values.length > MOST_VALUES) throw new ProgramError()
    for (const value of values) this.stack.push(value)
  }

  pop(): Value {
    const value = this.stack.pop()
    if (!value) throw new ProgramError()
    return value
  }

  take<K extends Value['t']>(t: K): Extract<Value, { t: K }> {
    const value = this.pop()
    if (value.t !== t) throw new ProgramError()
    return value as Extract<Value, { t: K }>
  }

  /** A whole number between the bounds. */
  takeCount(most = MOST_VALUES): number {
    const { v } = this.take('number')
    if (!(v >= 0 && v <= most)) throw new ProgramError()
    return Math.trunc(v)
  }

  #charge(bytes: number): void {
    this.#bytes += bytes
    this.step(bytes >> 8)
    if (this.#bytes > MOST_BYTES) throw new Spent('the program takes too much memory')
  }

  text(bytes: Buffer, x = false): Value {
    this.#charge(bytes.length)
    const s: Text = { born: ++this.#born, bytes }
    return { t: 'string', s, from: 0, to: bytes.length, x }
  }

  list(items: Value[], x = false): Value {
    this.#charge(items.length * 8)
    return { t: 'array', a: { born: ++this.#born, items }, from: 0, to: items.length, x }
  }

  dictionary(): Dictionary {
    this.#charge(64)
    return { born: ++this.#born, entries: new Map() }
  }

  save(): Value {
    return { t: 'save', born: this.#born }
  }

  event(kind: PostScriptEvent['kind'], detail: string): void {
    if (this.events.length < MOST_EVENTS && !this.events.some((one) => one.kind === kind && one.offset === this.at))
      this.events.push({ kind, offset: this.at, detail })
  }

  /** The value that a `forall` walks and that shares its body with this dictionary. */
  walks(dictionary: Dictionary): boolean {
    return this.walked.some((value) => bodyOf(value) === dictionary)
  }
}
