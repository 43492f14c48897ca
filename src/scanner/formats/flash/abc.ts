import { Damaged, type Budget } from '#scanner/intake/limits.ts'
import { AbcReader } from './reader.ts'

/** A class of the bytecode: its name, and the interfaces that it implements. */
export interface AbcClass {
  readonly name: string
  readonly interfaces: readonly string[]
}

/** The code of one method; `offset` counts in the bytecode. */
export interface AbcMethod {
  readonly offset: number
  readonly code: Buffer
}

/** What is read of ActionScript bytecode (AVM2 Overview, chapter 4). */
export interface Abc {
  readonly strings: readonly string[]
  /** Names by their index; empty where they are made at run time. */
  readonly names: readonly string[]
  readonly classes: readonly AbcClass[]
  readonly methods: readonly AbcMethod[]
  readonly damage?: string
}

const LONGEST_STRING = 64 * 1024
const HAS_OPTIONAL = 0x08
const HAS_NAMES = 0x80
const PROTECTED = 0x08
const HAS_METADATA = 0x40

/** Reads bytecode as far as it goes; what is broken ends it and is named in `damage`. Throws LimitReached. */
export function readAbc(bytes: Buffer, budget: Budget): Abc {
  const reader = new Reading(bytes, budget)
  try {
    reader.run()
  } catch (error) {
    if (!(error instanceof Damaged)) throw error
    return { ...reader.result, damage: error.message }
  }
  return reader.result
}

class Reading {
  readonly result = { strings: [''], names: [''], classes: new Array<AbcClass>(), methods: new Array<AbcMethod>() }
  readonly #in: AbcReader
  readonly #budget: Budget

  constructor(bytes: Buffer, budget: Budget) {
    this.#in = new AbcReader(bytes, 4)
    this.#budget = budget
  }

  run(): void {
    this.#constants()
    this.#times(() => this.#methodInfo())
    this.#times(() => this.#metadata())
    const classes = this.#times(() => this.#instance())
    for (let i = 0; i < classes; i++) {
      this.#u32()
      this.#traits()
    }
    this.#times(() => {
      this.#u32()
      this.#traits()
    })
    this.#times(() => this.#body())
  }

  #u32(): number {
    this.#budget.step()
    return this.#in.u32()
  }

  /** Reads a count, and that many of something. Each of them takes a byte at least, so that a false count ends at the end. */
  #times(read: () => void): number {
    const count = this.#u32()
    for (let i = 0; i < count; i++) read()
    return count
  }

  /** The tables of constants count from 1, except that a table of one and one of none are the same. */
  #table(read: () => void): void {
    const count = this.#u32()
    for (let i = 1; i < count; i++) read()
  }

  #constants(): void {
    const number = () => void this.#u32()
    this.#table(number)
    this.#table(number)
    this.#table(() => this.#in.skip(8))
    this.#table(() => {
      const text = this.#in.slice(this.#u32())
      this.#budget.step(text.length >> 6)
      this.result.strings.push(text.toString('utf8', 0, LONGEST_STRING))
    })
    this.#table(() => {
      this.#in.u8()
      this.#u32()
    })
    this.#table(() => this.#times(number))
    this.#table(() => this.result.names.push(this.#name()))
  }

  /** A multiname (4.4.3): only the word in it counts here. */
  #name(): string {
    const kind = this.#in.u8()
    switch (kind) {
      case 0x07:
      case 0x0d:
        this.#u32()
        return this.#string()
      case 0x0f:
      case 0x10:
        return this.#string()
      case 0x11:
      case 0x12:
        return ''
      case 0x09:
      case 0x0e: {
        const name = this.#string()
        this.#u32()
        return name
      }
      case 0x1b:
      case 0x1c:
        this.#u32()
        return ''
      case 0x1d: {
        const name = this.result.names[this.#u32()] ?? ''
        this.#times(() => void this.#u32())
        return name
      }
      default:
        throw new Damaged(`a name of the unknown kind ${kind}`)
    }
  }

  #string(): string {
    return this.result.strings[this.#u32()] ?? ''
  }

  #methodInfo(): void {
    const parameters = this.#u32()
    this.#u32()
    for (let i = 0; i < parameters; i++) this.#u32()
    this.#u32()
    const flags = this.#in.u8()
    if (flags & HAS_OPTIONAL)
      this.#times(() => {
        this.#u32()
        this.#in.u8()
      })
    if (flags & HAS_NAMES) for (let i = 0; i < parameters; i++) this.#u32()
  }

  #metadata(): void {
    this.#u32()
    this.#times(() => {
      this.#u32()
      this.#u32()
    })
  }

  #instance(): void {
    const { names, classes } = this.result
    const name = names[this.#u32()] ?? ''
    this.#u32()
    if (this.#in.u8() & PROTECTED) this.#u32()
    const interfaces: string[] = []
    this.#times(() => interfaces.push(names[this.#u32()] ?? ''))
    this.#u32()
    classes.push({ name, interfaces })
    this.#traits()
  }

  #traits(): void {
    this.#times(() => {
      this.#u32()
      const kind = this.#in.u8()
      this.#u32()
      this.#u32()
      // A slot or a constant has the index of its value, and a byte for its kind where there is one.
      if (((kind & 0xf) === 0 || (kind & 0xf) === 6) && this.#u32() !== 0) this.#in.u8()
      if (kind & HAS_METADATA) this.#times(() => void this.#u32())
    })
  }

  #body(): void {
    for (let i = 0; i < 5; i++) this.#u32()
    const length = this.#u32()
    const offset = this.#in.at
    this.result.methods.push({ offset, code: this.#in.slice(length) })
    this.#times(() => {
      for (let i = 0; i < 5; i++) this.#u32()
    })
    this.#traits()
  }
}
