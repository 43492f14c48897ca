import { Damaged, upToLimit, type Budget, type LimitName } from '#scanner/intake/limits.ts'
import { u16, u32, utf16 } from './bytes.ts'
import { readSmartTags, type SmartTagEntry } from './word-smart-tags.ts'
import type { XmlEvent } from './xml.ts'

export interface Field {
  readonly offset: number
  readonly instruction: string
}

const LONGEST = 16_384
const DEEPEST = 64

interface OpenField {
  readonly offset: number
  text: string
  result: boolean
}

/** Puts field instructions together from their pieces; a QUOTE of character numbers inside a field becomes its characters. */
export class FieldCollector {
  readonly fields: Field[] = []
  readonly #open: OpenField[] = []

  begin(offset: number): void {
    if (this.#open.length < DEEPEST) this.#open.push({ offset, text: '', result: false })
  }

  text(text: string, offset: number): void {
    const field = this.#open.at(-1)
    if (!field) this.#keep({ offset, text, result: false })
    else if (!field.result && field.text.length < LONGEST) field.text += text
  }

  separate(): void {
    const field = this.#open.at(-1)
    if (field) field.result = true
  }

  end(): void {
    const field = this.#open.pop()
    if (!field) return
    const spelled = unquote(field.text)
    const above = this.#open.at(-1)
    if (above && !above.result && spelled !== undefined) above.text += spelled
    else this.#keep(field)
  }

  finish(): readonly Field[] {
    while (this.#open.length > 0) this.end()
    return this.fields
  }

  #keep({ offset, text }: OpenField): void {
    if (text.trim() !== '') this.fields.push({ offset, instruction: text.trim() })
  }
}

/** The characters of `QUOTE 68 68 69`; undefined for any other instruction. */
function unquote(instruction: string): string | undefined {
  const [word, ...numbers] = instruction.trim().split(/\s+/, 4096)
  if (word?.toUpperCase() !== 'QUOTE' || numbers.length === 0) return undefined
  return numbers.every((number) => /^\d{1,5}$/.test(number)) ? String.fromCharCode(...numbers.map(Number)) : undefined
}

/** Fields of WordprocessingML, old and new: `fldSimple`, and `fldChar` with `instrText` between begin and separate. */
export class XmlFields {
  readonly #collector = new FieldCollector()
  #inText = false

  take(event: XmlEvent): void {
    if (event.kind === 'text') {
      if (this.#inText) this.#collector.text(event.text, event.offset)
    } else if (event.kind === 'close') {
      if (event.name === 'instrText') this.#inText = false
    } else if (event.name === 'instrText') this.#inText = !event.closed
    else if (event.name === 'fldSimple') {
      this.#collector.begin(event.offset)
      this.#collector.text(event.attributes.get('instr') ?? '', event.offset)
      this.#collector.end()
    } else if (event.name === 'fldChar') {
      const type = event.attributes.get('fldCharType')
      if (type === 'begin') this.#collector.begin(event.offset)
      else if (type === 'separate') this.#collector.separate()
      else if (type === 'end') this.#collector.end()
    }
  }

  finish(): readonly Field[] {
    return this.#collector.finish()
  }
}

const BEGIN = 0x13
const SEPARATE = 0x14
const END = 0x15

export interface WordBinary {
  readonly encrypted: boolean
  readonly fields: readonly Field[]
  readonly smartTags: readonly SmartTagEntry[]
  /** The limit that ended the reading of its text. */
  readonly cut?: LimitName
}

/** Fields of a binary Word document: its text by the piece table (MS-DOC 2.4.1), older ones by the text range. Throws Damaged. */
export function readWordBinary(document: Buffer, table: (name: '0Table' | '1Table') => Buffer | undefined, budget: Budget): WordBinary {
  const version = u16(document, 2)
  const flags = u16(document, 10)
  if (flags & 0x0100) return { encrypted: true, fields: [], smartTags: [] }
  const collector = new FieldCollector()
  const tables = version >= 0x00c1 ? table(flags & 0x0200 ? '1Table' : '0Table') : undefined
  const cut = upToLimit(() => {
    for (const { text, offset } of version >= 0x00c1 ? pieces(document, tables, budget) : oldText(document)) collectText(text, offset, collector, budget)
  })
  return { encrypted: false, fields: collector.finish(), smartTags: tables ? readSmartTags(document, tables, budget) : [], ...(cut && { cut }) }
}

function collectText(text: string, offset: number, collector: FieldCollector, budget: Budget): void {
  budget.step(1 + (text.length >> 4))
  let inside = 0
  let from = 0
  for (let at = 0; at < text.length; at++) {
    const c = text.charCodeAt(at)
    if (c !== BEGIN && c !== SEPARATE && c !== END) continue
    if (inside > 0 && at > from) collector.text(text.slice(from, at), offset + from)
    from = at + 1
    if (c === BEGIN) {
      inside++
      collector.begin(offset + at)
    } else if (c === SEPARATE) collector.separate()
    else if (inside > 0) {
      inside--
      collector.end()
    }
  }
  if (inside > 0 && from < text.length) collector.text(text.slice(from), offset + from)
}

function oldText(document: Buffer): { text: string; offset: number }[] {
  const from = u32(document, 0x18)
  return [{ text: document.toString('latin1', from, Math.min(u32(document, 0x1c), document.length)), offset: from }]
}

/** The text of all pieces, joined piece by piece into one, because a field may span several. */
function pieces(document: Buffer, table: Buffer | undefined, budget: Budget): { text: string; offset: number }[] {
  if (!table) throw new Damaged('the table stream is missing')
  const start = u32(document, 0x01a2)
  const clx = table.subarray(start, start + u32(document, 0x01a6))
  let at = 0
  while (clx[at] === 1) at += 3 + u16(clx, at + 1)
  if (clx[at] !== 2) throw new Damaged('the piece table is missing')
  const plc = clx.subarray(at + 5, at + 5 + u32(clx, at + 1))
  const count = Math.max(0, Math.floor((plc.length - 4) / 12))
  const texts: string[] = []
  for (let i = 0; i < count; i++) {
    budget.step()
    const characters = u32(plc, (i + 1) * 4) - u32(plc, i * 4)
    const position = u32(plc, (count + 1) * 4 + i * 8 + 2)
    if (characters <= 0) continue
    const narrow = (position & 0x40000000) !== 0
    const from = narrow ? (position & 0x3fffffff) >> 1 : position & 0x3fffffff
    const piece = document.subarray(from, from + (narrow ? characters : characters * 2))
    budget.takeBytes(piece.length)
    texts.push(narrow ? piece.toString('latin1') : utf16(piece))
  }
  return [{ text: texts.join(''), offset: 0 }]
}
