import { Damaged, upToLimit, type Budget, type LimitName } from '#scanner/intake/limits.ts'
import { biffText } from './biff.ts'
import { BUILT_IN_NAMES, readBiffWorkbook } from './biff-workbook.ts'
import { u16, u32, u8, utf16 } from './bytes.ts'
import { runsByItself, type XlmWorkbook } from './xlm-workbook.ts'
import { xlsbRecords, xlsbText } from './xlsb.ts'

/** A link of a workbook to another program's data: service and topic, as `cmd` and ` /c ...`. */
export interface DdeLink {
  readonly offset: number
  readonly service: string
  readonly topic: string
}

/** A header of shared features of a sheet (MS-XLS 2.4.117, FeatHdr): what it is for, and the count of bytes it states. */
export interface FeatureHeader {
  readonly offset: number
  readonly feature: number
  readonly statedBytes: number
}

export interface ExcelBinary {
  readonly encrypted: boolean
  readonly dde: readonly DdeLink[]
  readonly featureHeaders: readonly FeatureHeader[]
  /** Where a sheet of macros of Excel 2 to 4 begins, which stands in a stream of its own. */
  readonly oldMacroSheet?: number
  /** Sheets, names and cells: only where the workbook holds a sheet of Excel 4.0 macros or a name that runs by itself. */
  readonly macros?: XlmWorkbook
  /** The limit that ended the walk. */
  readonly cut?: LimitName
}

const FILE_PASS = 0x002f
const BOUND_SHEET = 0x0085
const NAME = 0x0018
const SUP_BOOK = 0x01ae
const FEATURE_HEADER = 0x0867
const BEGINNING = 0x0809
/** Beginnings of streams of BIFF2, BIFF3 and BIFF4, and what they say of a sheet of macros. */
const OLD_BEGINNINGS = new Set([0x0009, 0x0209, 0x0409])
const MACRO_SHEET = 0x0040
const MOST_HEADERS = 64

/** Walks the records of a workbook stream (MS-XLS 2.1.4) for links, feature headers and macros. Throws LimitReached. */
export function readExcelBinary(stream: Buffer, budget: Budget): ExcelBinary {
  const dde: DdeLink[] = []
  const featureHeaders: FeatureHeader[] = []
  let encrypted = false as boolean
  let hasMacros = false as boolean
  let oldMacroSheet = undefined as number | undefined
  const biff = stream.length >= 6 && stream.readUInt16LE(4) >= 0x0600 ? 8 : 5
  const cut = upToLimit(() => {
    for (let at = 0; at + 4 <= stream.length;) {
      budget.step()
      const type = u16(stream, at)
      const size = u16(stream, at + 2)
      const offset = at
      at += 4 + size
      if (!LOOKED_AT.has(type)) continue
      if (OLD_BEGINNINGS.has(type)) {
        if (oldMacroSheet === undefined && size >= 4 && stream.length >= offset + 8 && u16(stream, offset + 6) === MACRO_SHEET) oldMacroSheet = offset
        continue
      }
      const data = stream.subarray(offset + 4, at)
      if (type === BEGINNING) hasMacros ||= data.length >= 4 && u16(data, 2) === MACRO_SHEET
      else if (type === FILE_PASS) encrypted ||= dde.length === 0
      else if (encrypted) continue
      else if (type === SUP_BOOK) quietly(() => pushIf(dde, supBook(data, offset)))
      else if (type === BOUND_SHEET) hasMacros ||= data[5] === 1
      else if (type === NAME) quietly(() => (hasMacros ||= isAutoName(data, biff)))
      else if (featureHeaders.length < MOST_HEADERS) quietly(() => featureHeaders.push({ offset, feature: u16(data, 12), statedBytes: u32(data, 15) }))
    }
  })
  return {
    encrypted,
    dde,
    featureHeaders,
    ...(oldMacroSheet !== undefined && { oldMacroSheet }),
    ...(cut !== undefined && { cut }),
    ...(hasMacros && !encrypted && !cut && { macros: readBiffWorkbook(stream, budget) }),
  }
}

const LOOKED_AT = new Set([BEGINNING, FILE_PASS, BOUND_SHEET, NAME, SUP_BOOK, FEATURE_HEADER, ...OLD_BEGINNINGS])

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
  const path = wide ? utf16(data, 5, 5 + length * 2) : data.toString('latin1', 5, 5 + length)
  // The same mark parts the folders of a file's path: that one starts with a control character or names its sheets.
  const split = path.charCodeAt(0) < 32 || u16(data, 0) !== 0 ? -1 : path.indexOf('\u0003')
  return split > 0 ? { offset, service: path.slice(0, split), topic: path.slice(split + 1) } : undefined
}

function isAutoName(data: Buffer, biff: 5 | 8): boolean {
  const { text } = biffText(data, 14, u8(data, 3), biff)
  return (u16(data, 0) & 0x20) !== 0 ? BUILT_IN_NAMES[text.charCodeAt(0)] !== undefined : runsByItself(text)
}

const BEGIN_SUP_BOOK = 360

/** DDE links of a binary workbook part (MS-XLSB 2.1.4). Throws LimitReached. */
export function readXlsbLinks(part: Buffer, budget: Budget): DdeLink[] {
  const dde: DdeLink[] = []
  for (const { type, offset, data } of xlsbRecords(part, budget)) if (type === BEGIN_SUP_BOOK) quietly(() => pushIf(dde, xlsbSupBook(data, offset)))
  return dde
}

function xlsbSupBook(data: Buffer, offset: number): DdeLink | undefined {
  if (u16(data, 0) !== 1) return undefined
  const first = xlsbText(data, 2)
  return { offset, service: first.text, topic: xlsbText(data, first.end).text }
}
