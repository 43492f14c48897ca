import { buildCfb, buildZip } from '#test/harness/documents.ts'

function word(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value & 0xffff)
  return bytes
}

function long(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value >>> 0)
  return bytes
}

/** Formula tokens of BIFF8 (MS-XLS 2.5.198). */
export const token = {
  text: (value: string) => Buffer.concat([Buffer.from([0x17, value.length, 0]), Buffer.from(value, 'latin1')]),
  whole: (value: number) => Buffer.concat([Buffer.from([0x1e]), word(value)]),
  missing: Buffer.from([0x16]),
  join: Buffer.from([0x08]),
  less: Buffer.from([0x09]),
  plus: Buffer.from([0x03]),
  cell: (row: number, column: number) => Buffer.concat([Buffer.from([0x24]), word(row), word(column)]),
  cellOf: (entry: number, row: number, column: number) => Buffer.concat([Buffer.from([0x3a]), word(entry), word(row), word(column)]),
  name: (number: number) => Buffer.concat([Buffer.from([0x23]), word(number), word(0)]),
  fixed: (number: number) => Buffer.concat([Buffer.from([0x21]), word(number)]),
  call: (number: number, count: number) => Buffer.concat([Buffer.from([0x22, count]), word(number)]),
  command: (number: number, count: number) => Buffer.concat([Buffer.from([0x22, count]), word(0x8000 | number)]),
} as const

export function biffRecord(type: number, data: Buffer): Buffer {
  return Buffer.concat([word(type), word(data.length), data])
}

export interface BuiltSheet {
  readonly name: string
  readonly macro?: boolean
  /** 0 visible, 1 hidden, 2 very hidden. */
  readonly state?: number
  /** Formulas by row in the first column, as tokens. */
  readonly formulas?: readonly (readonly Buffer[] | undefined)[]
  /** Texts by row in the second column. */
  readonly texts?: readonly string[]
  /** Whole records. */
  readonly records?: readonly Buffer[]
}

const BOF = (type: number) => biffRecord(0x0809, Buffer.concat([word(0x0600), word(type), Buffer.alloc(12)]))
const EOF = biffRecord(0x000a, Buffer.alloc(0))

function formulaRecord(row: number, tokens: readonly Buffer[]): Buffer {
  const whole = Buffer.concat(tokens)
  return biffRecord(0x0006, Buffer.concat([word(row), word(0), Buffer.alloc(16), word(whole.length), whole]))
}

function labelRecord(row: number, text: string): Buffer {
  return biffRecord(0x0204, Buffer.concat([word(row), word(1), word(0), word(text.length), Buffer.from([0]), Buffer.from(text, 'latin1')]))
}

/** A workbook stream of BIFF8: its sheets, and names that lead to a cell of one (`builtIn` 1 is Auto_Open). */
export function buildWorkbookStream(
  sheets: readonly BuiltSheet[],
  names: readonly { readonly name?: string; readonly builtIn?: number; readonly hidden?: boolean; readonly tokens: readonly Buffer[] }[] = [],
): Buffer {
  const nameRecords = names.map(({ name = '', builtIn, hidden = false, tokens }) => {
    const text = builtIn === undefined ? Buffer.from(name, 'latin1') : Buffer.from([builtIn])
    const whole = Buffer.concat(tokens)
    const head = Buffer.concat([
      word((builtIn === undefined ? 0 : 0x20) | (hidden ? 1 : 0)),
      Buffer.from([0, text.length]),
      word(whole.length),
      Buffer.alloc(8),
    ])
    return biffRecord(0x0018, Buffer.concat([head, Buffer.from([0]), text, whole]))
  })
  const external = Buffer.concat([word(sheets.length), ...sheets.map((_, i) => Buffer.concat([word(0), word(i), word(i)]))])
  const links = [biffRecord(0x01ae, Buffer.concat([word(sheets.length), word(0x0401)])), biffRecord(0x0017, external)]
  const streams = sheets.map(({ macro = false, formulas = [], texts = [], records = [] }) =>
    Buffer.concat([
      BOF(macro ? 0x0040 : 0x0010),
      ...formulas.flatMap((tokens, row) => (tokens ? [formulaRecord(row, tokens)] : [])),
      ...texts.map((text, row) => labelRecord(row, text)),
      ...records,
      EOF,
    ]),
  )
  const globals = (starts: readonly number[]) =>
    Buffer.concat([
      BOF(0x0005),
      ...sheets.map(({ name, macro = false, state = 0 }, i) =>
        biffRecord(0x0085, Buffer.concat([long(starts[i] ?? 0), Buffer.from([state, macro ? 1 : 0, name.length, 0]), Buffer.from(name, 'latin1')])),
      ),
      ...links,
      ...nameRecords,
      EOF,
    ])
  let at = globals([]).length
  const starts = streams.map((stream) => {
    const start = at
    at += stream.length
    return start
  })
  return Buffer.concat([globals(starts), ...streams])
}

/** The same as a compound file. */
export function buildXls(...of: Parameters<typeof buildWorkbookStream>): Buffer {
  return buildCfb([{ path: ['Workbook'], bytes: buildWorkbookStream(...of) }])
}

/** A workbook in XML with one very hidden macro sheet, whose formulas stand in the first column. */
export function buildXlsm(formulas: readonly string[], autoName = '_xlnm.Auto_Open'): Buffer {
  const escape = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
  const parts = {
    '[Content_Types].xml':
      '<Types><Override PartName="/xl/workbook.xml" ContentType="application/vnd.ms-excel.sheet.macroEnabled.main+xml"/><Override PartName="/xl/macrosheets/sheet1.xml" ContentType="application/vnd.ms-excel.macrosheet+xml"/></Types>',
    'xl/workbook.xml': `<workbook><sheets><sheet name="Macro1" sheetId="1" state="veryHidden" r:id="rId1"/></sheets><definedNames><definedName name="${autoName}" hidden="1">Macro1!$A$1</definedName></definedNames></workbook>`,
    'xl/_rels/workbook.xml.rels':
      '<Relationships><Relationship Id="rId1" Type="http://schemas.microsoft.com/office/2006/relationships/xlMacrosheet" Target="macrosheets/sheet1.xml"/></Relationships>',
    'xl/macrosheets/sheet1.xml': `<xm:macrosheet><sheetData>${formulas.map((text, i) => `<row r="${i + 1}"><c r="A${i + 1}"><f>${escape(text)}</f></c></row>`).join('')}</sheetData></xm:macrosheet>`,
  }
  return buildZip(Object.entries(parts).map(([name, text]) => ({ name, bytes: Buffer.from(text) })))
}

function xlsbRecord(type: number, data: Buffer): Buffer {
  const size: number[] = []
  for (let left = data.length; ; left >>= 7) {
    size.push((left & 0x7f) | (left > 0x7f ? 0x80 : 0))
    if (left <= 0x7f) break
  }
  return Buffer.concat([Buffer.from(type < 0x80 ? [type] : [(type & 0x7f) | 0x80, type >> 7]), Buffer.from(size), data])
}

function wideText(value: string): Buffer {
  return Buffer.concat([long(value.length), Buffer.from(value, 'utf16le')])
}

/** A binary workbook with one hidden macro sheet whose first cell holds a formula of these tokens of BIFF12, and a name that starts it. */
export function buildXlsb(tokens: Buffer): Buffer {
  const start = Buffer.concat([Buffer.from([0x3a]), word(0), long(0), word(0)])
  const book = Buffer.concat([
    xlsbRecord(131, Buffer.alloc(0)),
    xlsbRecord(156, Buffer.concat([long(1), long(1), wideText('rId1'), wideText('Macro1')])),
    xlsbRecord(357, Buffer.alloc(0)),
    xlsbRecord(362, Buffer.concat([long(1), long(0), long(0), long(0)])),
    xlsbRecord(39, Buffer.concat([long(0), Buffer.from([0]), long(0xffffffff), wideText('_xlnm.Auto_Open'), long(start.length), start])),
  ])
  const sheet = Buffer.concat([
    xlsbRecord(129, Buffer.alloc(0)),
    xlsbRecord(0, long(0)),
    xlsbRecord(9, Buffer.concat([long(0), long(0), Buffer.alloc(8), word(0), long(tokens.length), tokens])),
  ])
  const parts: Record<string, Buffer> = {
    '[Content_Types].xml': Buffer.from(
      '<Types><Override PartName="/xl/workbook.bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/><Override PartName="/xl/macrosheets/sheet1.bin" ContentType="application/vnd.ms-excel.macrosheet"/></Types>',
    ),
    'xl/workbook.bin': book,
    'xl/_rels/workbook.bin.rels': Buffer.from(
      '<Relationships><Relationship Id="rId1" Type="http://schemas.microsoft.com/office/2006/relationships/xlMacrosheet" Target="macrosheets/sheet1.bin"/></Relationships>',
    ),
    'xl/macrosheets/sheet1.bin': sheet,
  }
  return buildZip(Object.entries(parts).map(([name, bytes]) => ({ name, bytes })))
}

/** A FEATHEADER record for a feature, with the count of bytes it states. */
export function featureHeader(feature: number, statedBytes: number): Buffer {
  return biffRecord(0x0867, Buffer.concat([word(0x0867), Buffer.alloc(10), word(feature), Buffer.from([1]), long(statedBytes), Buffer.alloc(4)]))
}
