import { Damaged, type Budget } from '#scanner/intake/limits.ts'
import { u16, u32, u8 } from './bytes.ts'

/** A link of a workbook to another program's data: service and topic, as `cmd` and ` /c ...`. */
export interface DdeLink {
  readonly offset: number
  readonly service: string
  readonly topic: string
}

export interface ExcelBinary {
  readonly encrypted: boolean
  readonly dde: readonly DdeLink[]
  /** Sheets that hold Excel 4.0 macros, with how far they are hidden. */
  readonly macroSheets: readonly { readonly offset: number; readonly name: string; readonly hidden: boolean }[]
  /** Names that Excel runs by itself. */
  readonly autoNames: readonly { readonly offset: number; readonly name: string }[]
}

const FILE_PASS = 0x002f
const BOUND_SHEET = 0x0085
const NAME = 0x0018
const SUP_BOOK = 0x01ae
const BUILT_IN: Record<number, string> = { 1: 'Auto_Open', 2: 'Auto_Close', 10: 'Auto_Activate', 11: 'Auto_Deactivate' }

/** Walks the records of a workbook stream (MS-XLS 2.1.4) for links, macro sheets and names that run. Throws LimitReached. */
export function readExcelBinary(stream: Buffer, budget: Budget): ExcelBinary {
  const found = {
    encrypted: false,
    dde: [] as DdeLink[],
    macroSheets: [] as ExcelBinary['macroSheets'][number][],
    autoNames: [] as ExcelBinary['autoNames'][number][],
  }
  const wide = stream.length >= 6 && stream.readUInt16LE(4) >= 0x0600
  for (let at = 0; at + 4 <= stream.length;) {
    budget.step()
    const type = u16(stream, at)
    const size = u16(stream, at + 2)
    const data = stream.subarray(at + 4, at + 4 + size)
    if (type === FILE_PASS && found.dde.length === 0) found.encrypted = true
    else if (type === SUP_BOOK && !found.encrypted) quietly(() => pushIf(found.dde, supBook(data, at)))
    else if (type === BOUND_SHEET) quietly(() => pushIf(found.macroSheets, boundSheet(data, at, { wide, encrypted: found.encrypted })))
    else if (type === NAME && !found.encrypted) quietly(() => pushIf(found.autoNames, autoName(data, at, wide)))
    at += 4 + size
  }
  return found
}

function pushIf<T>(list: T[], value: T | undefined): void {
  if (value) list.push(value)
}

/** A record that is too short for its own fields says nothing. */
function quietly(read: () => void): void {
  try {
    read()
  } catch (error) {
    if (!(error instanceof Damaged)) throw error
  }
}

function supBook(data: Buffer, offset: number): DdeLink | undefined {
  const length = u16(data, 2)
  if (length === 0x0401 || length === 0x3a01 || length === 0) return undefined
  const wide = (u8(data, 4) & 1) === 1
  const path = data.toString(wide ? 'utf16le' : 'latin1', 5, 5 + length * (wide ? 2 : 1))
  // The same mark parts the folders of a file's path: that one starts with a control character or names its sheets.
  const split = path.charCodeAt(0) < 32 || u16(data, 0) !== 0 ? -1 : path.indexOf('\u0003')
  return split > 0 ? { offset, service: path.slice(0, split), topic: path.slice(split + 1) } : undefined
}

function boundSheet(data: Buffer, offset: number, { wide, encrypted }: { wide: boolean; encrypted: boolean }) {
  if (encrypted || u8(data, 5) !== 1) return undefined
  const length = u8(data, 6)
  const unicode = wide && (u8(data, 7) & 1) === 1
  const from = wide ? 8 : 7
  return { offset, name: data.toString(unicode ? 'utf16le' : 'latin1', from, from + length * (unicode ? 2 : 1)), hidden: (u8(data, 4) & 3) !== 0 }
}

function autoName(data: Buffer, offset: number, wide: boolean) {
  const builtIn = (u16(data, 0) & 0x20) !== 0
  const length = u8(data, 3)
  const unicode = wide && (u8(data, 14) & 1) === 1
  const from = wide ? 15 : 14
  if (builtIn) {
    const name = BUILT_IN[u8(data, from)]
    return name ? { offset, name } : undefined
  }
  const text = data.toString(unicode ? 'utf16le' : 'latin1', from, from + length * (unicode ? 2 : 1))
  return /^auto_?(open|close|activate|deactivate)/i.test(text) ? { offset, name: text } : undefined
}

const BEGIN_SUP_BOOK = 360
const XLSB_NAME = 39

export interface XlsbPart {
  readonly dde: readonly DdeLink[]
  /** Names that Excel runs by itself. */
  readonly autoNames: readonly { readonly offset: number; readonly name: string }[]
}

/** DDE links and automatic names of a binary workbook part (MS-XLSB 2.1.4): its records have sizes of up to four bytes of seven bits. Throws LimitReached. */
export function readXlsbPart(part: Buffer, budget: Budget): XlsbPart {
  const dde: DdeLink[] = []
  const autoNames: { offset: number; name: string }[] = []
  for (let at = 0; at < part.length;) {
    budget.step()
    const offset = at
    let type = part[at++]!
    if (type & 0x80) type = (type & 0x7f) | ((part[at++] ?? 0) << 7)
    let size = 0
    for (let i = 0, more = true; i < 4 && more; i++) {
      const byte = part[at++] ?? 0
      size |= (byte & 0x7f) << (7 * i)
      more = (byte & 0x80) !== 0
    }
    if (type === BEGIN_SUP_BOOK) quietly(() => pushIf(dde, xlsbSupBook(part.subarray(at, at + size), offset)))
    else if (type === XLSB_NAME) quietly(() => pushIf(autoNames, xlsbName(part.subarray(at, at + size), offset)))
    at += size
  }
  return { dde, autoNames }
}

function xlsbSupBook(data: Buffer, offset: number): DdeLink | undefined {
  if (u16(data, 0) !== 1) return undefined
  const first = wideString(data, 2)
  return { offset, service: first.text, topic: wideString(data, first.end).text }
}

function xlsbName(data: Buffer, offset: number): { offset: number; name: string } | undefined {
  const { text } = wideString(data, 9)
  return /^(_xlnm\.)?auto_?(open|close|activate|deactivate)/i.test(text) ? { offset, name: text } : undefined
}

function wideString(data: Buffer, at: number): { text: string; end: number } {
  const length = Math.min(u32(data, at), 32_767)
  const end = at + 4 + length * 2
  if (end > data.length) throw new Damaged('a string does not fit')
  return { text: data.toString('utf16le', at + 4, end), end }
}
