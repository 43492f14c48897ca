import type { PdfApart } from './pdf.ts'

/** How an object begins, as the table is told. */
export interface Place {
  readonly number: number
  readonly generation: number
  readonly offset: number
  /** Behind the keyword `obj`, at most 255 bytes further on. */
  readonly body: number
  /** The row of the object stream that holds it; -1 for one that stands in the file itself. */
  readonly home: number
  readonly apart?: PdfApart
}

const APART: readonly (PdfApart | undefined)[] = [undefined, 'replaced', 'inside-stream', 'after-end']
const FIRST_ROWS = 64

/**
 * What is known of each object of a PDF besides its value: a row of numbers in typed arrays, about 36 bytes, for a file may hold a million objects and
 * each of them is looked at but a few times.
 */
export class ObjectTable {
  #rows = 0
  #numbers = new Float64Array(FIRST_ROWS)
  #offsets = new Int32Array(FIRST_ROWS)
  #homes = new Int32Array(FIRST_ROWS)
  #olders = new Int32Array(FIRST_ROWS)
  #streams = new Int32Array(FIRST_ROWS)
  #ends = new Int32Array(FIRST_ROWS)
  #generations = new Uint16Array(FIRST_ROWS)
  #heads = new Uint8Array(FIRST_ROWS)
  #aparts = new Uint8Array(FIRST_ROWS)

  get rows(): number {
    return this.#rows
  }

  /** Adds an object; gives its row. */
  add({ number, generation, offset, body, home, apart }: Place): number {
    const row = this.#rows++
    if (row >= this.#numbers.length) this.#grow()
    this.#numbers[row] = number
    this.#generations[row] = generation
    this.#offsets[row] = offset
    this.#heads[row] = body - offset
    this.#homes[row] = home
    this.#olders[row] = -1
    this.#aparts[row] = APART.indexOf(apart)
    return row
  }

  number(row: number): number {
    return this.#numbers[row]!
  }

  generation(row: number): number {
    return this.#generations[row]!
  }

  offset(row: number): number {
    return this.#offsets[row]!
  }

  body(row: number): number {
    return this.#offsets[row]! + this.#heads[row]!
  }

  home(row: number): number {
    return this.#homes[row]!
  }

  apart(row: number): PdfApart | undefined {
    return APART[this.#aparts[row]!]
  }

  setApart(row: number, apart: PdfApart): void {
    this.#aparts[row] = APART.indexOf(apart)
  }

  /** The version of the same number before this one; -1 for the oldest. */
  older(row: number): number {
    return this.#olders[row]!
  }

  setOlder(row: number, older: number): void {
    this.#olders[row] = older
  }

  /** Where the stream of an object begins and ends; no stream begins at 0. */
  streamFrom(row: number): number {
    return this.#streams[row]!
  }

  streamEnd(row: number): number {
    return this.#ends[row]!
  }

  setStream(row: number, from: number, end: number): void {
    this.#streams[row] = from
    this.#ends[row] = end
  }

  /** Twice as many rows; the old memory is given back at once. */
  #grow(): void {
    const rows = this.#numbers.length * 2
    this.#numbers = new Float64Array(this.#numbers.buffer.transfer(rows * 8))
    this.#offsets = new Int32Array(this.#offsets.buffer.transfer(rows * 4))
    this.#homes = new Int32Array(this.#homes.buffer.transfer(rows * 4))
    this.#olders = new Int32Array(this.#olders.buffer.transfer(rows * 4))
    this.#streams = new Int32Array(this.#streams.buffer.transfer(rows * 4))
    this.#ends = new Int32Array(this.#ends.buffer.transfer(rows * 4))
    this.#generations = new Uint16Array(this.#generations.buffer.transfer(rows * 2))
    this.#heads = new Uint8Array(this.#heads.buffer.transfer(rows))
    this.#aparts = new Uint8Array(this.#aparts.buffer.transfer(rows))
  }
}

const DENSE = 65_536

/** Finds the row of an object by its number: small numbers, which files use, by a plain array. */
export class NumberIndex {
  readonly #table: ObjectTable
  readonly #small: Int32Array
  readonly #large = new Map<number, number>()

  constructor(table: ObjectTable) {
    this.#table = table
    this.#small = new Int32Array(Math.min(DENSE, 8 * table.rows + 64) + 2 * table.rows).fill(-1)
  }

  /** The row that was set for a number, or -1. */
  get(number: number): number {
    return (number >= 0 ? this.#small[number] : undefined) ?? this.#large.get(number) ?? -1
  }

  /** Sets the row of its number; gives the one that was set before, or -1. */
  set(row: number): number {
    const number = this.#table.number(row)
    const before = this.get(number)
    if (number >= 0 && number < this.#small.length && Number.isInteger(number)) this.#small[number] = row
    else this.#large.set(number, row)
    return before
  }
}
