import type { PdfApart, PdfObject } from './pdf.ts'
import type { PdfValue } from './pdf-lexer.ts'

/** Where an object stands, as the file that reads it knows it. */
export interface EntryPlace {
  readonly number: number
  readonly generation: number
  readonly offset: number
  readonly bytes: Buffer
  readonly body: number
  /** Of the object in the file that holds it, or its own. */
  readonly order: number
  readonly within?: number
  readonly apart?: PdfApart
}

/** What reads the value of an object. Throws LimitReached. */
interface EntryReader {
  read(entry: Entry): PdfValue
}

/** An object by its place; its file reads it. */
export class Entry implements PdfObject {
  readonly file: EntryReader
  readonly number: number
  readonly generation: number
  readonly offset: number
  readonly bytes: Buffer
  readonly body: number
  readonly order: number
  readonly within?: number
  apart?: PdfApart
  kept: PdfValue | undefined
  stream?: { readonly from: number; readonly end: number }
  older: Entry | undefined

  constructor(file: EntryReader, { number, generation, offset, bytes, body, order, within, apart }: EntryPlace) {
    this.file = file
    this.number = number
    this.generation = generation
    this.offset = offset
    this.bytes = bytes
    this.body = body
    this.order = order
    if (within !== undefined) this.within = within
    if (apart) this.apart = apart
  }

  get value(): PdfValue {
    return this.file.read(this)
  }

  get data(): Buffer | undefined {
    return this.stream && this.bytes.subarray(this.stream.from, this.stream.end)
  }
}
