import { Damaged, LimitReached, type Budget } from '#scanner/intake/limits.ts'
import { NO_CACHE, OrderedReader, type PcodeProject } from './vba-names.ts'

/** What the compiled form of a module says. It runs instead of the source where the same version of Office opens the document. */
export interface Pcode {
  /** Names of the procedures that it defines. */
  readonly procedures: readonly string[]
  /** Texts between quotes. */
  readonly literals: readonly string[]
  /** Its lines, each as `Sub name` or the names, calls (`name(`) and texts in the order of the stack. */
  readonly listing: string
  /** Why reading ended before the last line. */
  readonly stopped?: string
}

const OPCODE_BITS = 0x03ff
const CODE_MARK = 0xcafe
const LINE_ENTRY_BYTES = 12
const MOST_TOKENS = 20_000
const FIRST_NAME = 0x100

/** What follows an opcode: a name, a name and its count of arguments, other words, a procedure, or bytes with their length in front. */
type Layout = 'name' | 'call' | 'procedure' | 'variable' | 'context' | 'text' | 'remark' | 'bytes' | 'array' | number

/** Layouts by opcodes of VBA 7 of 64 bits: first and last of each run. All others stand alone. */
const LAYOUTS: readonly (readonly [layout: Layout, runs: readonly (number | readonly [number, number])[]])[] = [
  ['name', [[31, 34], [39, 41], [46, 48], 53, 54, 57, 58, 61, 62, 73, 74, 153, 154, 163, 168, 204, 212, 232, 251, 261]],
  ['call', [[36, 38], [43, 45], [50, 52], 55, 56, 59, 60, [63, 68], [117, 119]]],
  ['procedure', [116, 150, 151]],
  ['variable', [245]],
  ['context', [90]],
  ['text', [185]],
  ['remark', [227]],
  ['bytes', [166, 205, 206, 230, 231]],
  ['array', [[194, 197], 228, 229]],
  [2, [35, 42, 49, 70, 85, 86, 102, 114, 138, 145, 148, 157, 158, 165, 172, 175, 179, 201, 207, 225, 235, 238]],
  [4, [92, 173, 176, 180, 182, 241, 243]],
  [8, [159, 169, 170, 174, 177, 181, 183]],
]
const LAST_OPCODE = 263
const BY_OPCODE: readonly Layout[] = layoutTable()

function layoutTable(): Layout[] {
  const table = Array.from({ length: LAST_OPCODE + 1 }, (): Layout => 0)
  for (const [layout, runs] of LAYOUTS)
    for (const run of runs) {
      const [first, last] = typeof run === 'number' ? [run, run] : run
      for (let opcode = first; opcode <= last; opcode++) table[opcode] = layout
    }
  return table
}

/** Where newer versions put opcodes between older ones: from which opcode on, how many have come in. */
const SHIFTS: Record<'vba5' | 'vba6', readonly (readonly [from: number, by: number])[]> = {
  vba5: [
    [171, 11],
    [168, 10],
    [166, 9],
    [152, 8],
    [113, 7],
    [72, 3],
    [69, 1],
  ],
  vba6: [
    [179, 3],
    [176, 2],
    [174, 1],
  ],
}

function translate(opcode: number, { version, wide }: PcodeProject): number {
  if (version >= 0x6b && wide) return opcode
  const shift = SHIFTS[version < 0x6b ? 'vba5' : 'vba6'].find(([from]) => opcode >= from)
  return opcode + (shift?.[1] ?? 0)
}

/** The name of an identifier's number; empty for a word of the language itself. */
function nameOf(code: number, { names, version, wide }: PcodeProject): string {
  let index = (code >> 1) - FIRST_NAME
  if (index < 0) return ''
  if (version >= 0x97) {
    index -= wide ? 7 : 4
    if (index > 0xbe) index--
  }
  return names[index] ?? ''
}

/**
 * Reads the p-code in the performance cache of a module's stream, the bytes before its source. The layout is that of published analyses
 * (MS-OVBA 2.3.4.3 leaves it open); undefined where the version keeps none or it is not found. Throws LimitReached.
 */
export function readPcode(cache: Buffer, project: PcodeProject, budget: Budget): Pcode | undefined {
  if (project.version === NO_CACHE || cache.length < 0x60) return undefined
  const lister = new Lister(cache, project, budget)
  try {
    if (!lister.open()) return undefined
    lister.lines()
  } catch (error) {
    if (error instanceof LimitReached || !(error instanceof Damaged)) throw error
    return lister.result(error.message)
  }
  return lister.result()
}

class Lister {
  readonly #cache: Buffer
  readonly #project: PcodeProject
  readonly #budget: Budget
  readonly #reader: OrderedReader
  readonly #procedures: string[] = []
  readonly #literals: string[] = []
  readonly #lines: string[] = []
  #tokens: string[] = []
  #count = 0
  #table: Buffer = Buffer.alloc(0)

  constructor(cache: Buffer, project: PcodeProject, budget: Budget) {
    this.#cache = cache
    this.#project = project
    this.#budget = budget
    this.#reader = new OrderedReader(cache, cache.readUInt16LE(2) > 0xff)
  }

  /** Finds the table of procedures and the table of lines; false where no code is. */
  open(): boolean {
    const at = (offset: number) => {
      this.#reader.at = offset
      return this.#reader.u32()
    }
    const reader = this.#reader
    let lines: number
    if (this.#project.version >= 0x6b) {
      const start = at(0x11) + (this.#project.wide ? 12 : 10)
      this.#table = this.#cache.subarray(start + 4, start + 4 + at(start))
      lines = at(0x19)
    } else {
      reader.at = 11
      reader.skipBytes(64)
      reader.skipTable(16)
      reader.skipBytes(6)
      reader.skipBytes(0)
      const here = reader.at
      const start = at(here + 8)
      this.#table = this.#cache.subarray(start + 14, start + 14 + at(start + 10))
      lines = at(here + 77)
    }
    reader.at = lines + 0x3c
    if (reader.u16() !== CODE_MARK) return false
    reader.at += 2
    return true
  }

  lines(): void {
    const count = this.#reader.u16()
    const table = this.#reader.at
    const code = table + count * LINE_ENTRY_BYTES + 10
    let read = 0
    for (let i = 0; i < count; i++) {
      this.#budget.step()
      this.#reader.at = table + i * LINE_ENTRY_BYTES + 4
      const length = this.#reader.u16()
      this.#reader.at += 2
      const offset = this.#reader.u32()
      if (length === 0 || length === 0xffff) continue
      // Lines lie beside each other: more of them than there are bytes means that they lie over each other.
      read += length
      if (read > this.#cache.length) throw new Damaged('lines of p-code overlap')
      this.#line(code + offset, length)
    }
  }

  result(stopped?: string): Pcode {
    return { procedures: this.#procedures, literals: this.#literals, listing: this.#lines.join('\n'), ...(stopped !== undefined && { stopped }) }
  }

  #line(from: number, length: number): void {
    const reader = this.#reader
    reader.at = from
    this.#tokens = []
    try {
      while (reader.at < from + length) this.#instruction()
    } finally {
      if (this.#tokens.length > 0) this.#lines.push(this.#tokens.join(' '))
    }
  }

  #instruction(): void {
    this.#budget.step()
    const word = this.#reader.u16()
    const layout = BY_OPCODE[translate(word & OPCODE_BITS, this.#project)]
    if (layout === undefined) throw new Damaged(`unknown p-code at ${this.#reader.at - 2}`)
    if (typeof layout === 'number') this.#reader.at += layout
    else this.#operands(layout, word >> 10)
  }

  #operands(layout: Exclude<Layout, number>, type: number): void {
    const reader = this.#reader
    if (layout === 'name') this.#token(nameOf(reader.u16(), this.#project))
    else if (layout === 'call') {
      const name = nameOf(reader.u16(), this.#project)
      reader.at += 2
      this.#token(name && `${name}(`)
    } else if (layout === 'procedure') this.#procedure(reader.u32())
    else if (layout === 'variable') reader.at += type & 0x10 ? 6 : 4
    else if (layout === 'context') reader.at += this.#project.wide ? 8 : 4
    else if (layout === 'array') reader.at += 8
    else this.#text(layout)
  }

  #procedure(offset: number): void {
    if (offset + 4 > this.#table.length) return
    const name = nameOf(new OrderedReader(this.#table, this.#project.bigEndian, offset + 2).u16(), this.#project)
    if (name === '') return
    this.#procedures.push(name)
    this.#token(`Sub ${name}`)
  }

  #text(layout: 'text' | 'remark' | 'bytes'): void {
    const reader = this.#reader
    if (layout === 'remark') reader.at += 2
    const length = reader.u16()
    const bytes = reader.take(length)
    if (length % 2 === 1) reader.at++
    if (layout !== 'text') return
    const text = this.#project.decode(bytes)
    this.#literals.push(text)
    this.#token(`"${text.replaceAll('"', '""')}"`)
  }

  #token(text: string): void {
    if (text === '') return
    if (++this.#count > MOST_TOKENS) throw new Damaged(`more than ${MOST_TOKENS} names and texts`)
    this.#tokens.push(text)
  }
}
