import type { PdfApart, PdfObject } from './pdf.ts'
import type { PdfValue } from './pdf-lexer.ts'
import type { ObjectTable } from './pdf-table.ts'

/** The file that an object belongs to, as its objects see it. */
export interface EntryFile {
  readonly table: ObjectTable
  /** The bytes that hold a row: of the file, or of an object stream. */
  bytesOf(row: number): Buffer
  /** The value of a row. Throws LimitReached. */
  read(row: number): PdfValue
}

/** An object seen through its row of the table; made anew whenever somebody looks at it. */
export class Entry implements PdfObject {
  readonly row: number
  readonly #file: EntryFile

  constructor(file: EntryFile, row: number) {
    this.#file = file
    this.row = row
  }

  get number(): number {
    return this.#file.table.number(this.row)
  }

  get offset(): number {
    return this.#file.table.offset(this.row)
  }

  get within(): number | undefined {
    const home = this.#file.table.home(this.row)
    return home < 0 ? undefined : this.#file.table.number(home)
  }

  get order(): number {
    const { table } = this.#file
    const home = table.home(this.row)
    return table.offset(home < 0 ? this.row : home)
  }

  get apart(): PdfApart | undefined {
    return this.#file.table.apart(this.row)
  }

  get value(): PdfValue {
    return this.#file.read(this.row)
  }

  get data(): Buffer | undefined {
    const { table } = this.#file
    const from = table.streamFrom(this.row)
    return from > 0 ? this.#file.bytesOf(this.row).subarray(from, table.streamEnd(this.row)) : undefined
  }
}
