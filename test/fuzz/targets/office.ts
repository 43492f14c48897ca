import { readBiffWorkbook } from '#scanner/formats/biff-workbook.ts'
import { readExcelBinary, readXlsbLinks } from '#scanner/formats/excel-binary.ts'
import { parseFormula } from '#scanner/formats/formula-parser.ts'
import { readTokens } from '#scanner/formats/formula-tokens.ts'
import { formulaText } from '#scanner/formats/formula.ts'
import { readOneNote } from '#scanner/formats/onenote.ts'
import { readPowerPoint } from '#scanner/formats/powerpoint.ts'
import { readWordBinary } from '#scanner/formats/word-fields.ts'
import { readSmartTags } from '#scanner/formats/word-smart-tags.ts'
import { XlmWorkbook } from '#scanner/formats/xlm-workbook.ts'
import { runXlm } from '#scanner/formats/xlm.ts'
import { readXlsbBook, readXlsbSheet, readXlsbStrings } from '#scanner/formats/xlsb.ts'
import { readXlsxBook, readXlsxSheet, readXlsxStrings } from '#scanner/formats/xlsx-workbook.ts'
import { openZip } from '#scanner/formats/zip.ts'
import { Budget } from '#scanner/intake/limits.ts'
import { biffRecord, buildWorkbookStream, buildXlsb, buildXlsm, featureHeader, token } from '#test/harness/documents/excel.ts'
import { buildOneNote } from '#test/harness/documents/mail.ts'
import { joined, latin, parted, type Target } from '../target.ts'

const TOKENS = Buffer.concat([token.text('cal'), token.whole(99), token.fixed(111), token.join, token.call(110, 1)])
const FORMULAS = ['FORMULA("=EXEC(""calc"")",A3)', 'IF(GET.WORKSPACE(1)>2,GOTO(A4),HALT())', 'EXEC("c"&CHAR(97)&MID("xlc",2,2))', 'SET.NAME("a",A1:B2+3%)']

/** A part of a workbook in a ZIP. */
function partOf(file: Buffer, name: string): Buffer {
  const zip = openZip(file, new Budget())
  return zip.read(zip.entries.find((entry) => entry.name === name)!)
}

function macroWorkbook(texts: readonly string[], budget: Budget): XlmWorkbook {
  const workbook = new XlmWorkbook()
  workbook.sheets.push({ name: 'M', macro: true, state: 'visible', offset: 0 })
  workbook.names.push({ name: 'Auto_Open', hidden: false, formula: parseFormula('M!A1', budget), offset: 0 })
  for (const [row, text] of texts.entries()) {
    const cell = workbook.at('M', row, 0)
    if (cell) cell.formula = parseFormula(text, budget)
  }
  return workbook
}

function wordDocument(): Buffer {
  const [document, table] = [Buffer.alloc(0x9a + 115 * 8 + 40), Buffer.concat([Buffer.from([2, 16, 0, 0, 0]), Buffer.alloc(40)])]
  document.writeUInt16LE(0xa5ec, 0)
  document.writeUInt16LE(0xd9, 2)
  document.writeUInt16LE(136, 0x98)
  document.writeUInt32LE(5 + 16, 0x1a6)
  table.writeUInt32LE(20, 9)
  table.writeUInt32LE(0x40000000 | ((document.length - 40) << 1), 5 + 8 + 2)
  document.write('\u0013DDEAUTO cmd "/c calc"\u0014x\u0015', document.length - 40, 'latin1')
  document.writeUInt32LE(25, 0x9a + 114 * 8)
  document.writeUInt32LE(20, 0x9a + 114 * 8 + 4)
  Buffer.from('ffff010000000600', 'hex').copy(table, 25)
  return joined(document, table)
}

export const OFFICE: readonly Target[] = [
  {
    name: 'formats/biff-workbook.ts',
    read: (bytes, budget) => {
      const workbook = readBiffWorkbook(bytes, budget)
      return [workbook.sheets, workbook.names, runXlm(workbook, budget)]
    },
    seeds: () => [
      buildWorkbookStream(
        [{ name: 'M', macro: true, state: 2, formulas: [[TOKENS], [token.call(54, 0)]], texts: ['a'] }],
        [{ builtIn: 1, tokens: [token.cellOf(0, 0, 0)] }],
      ),
    ],
  },
  {
    name: 'formats/excel-binary.ts',
    read: (bytes, budget) => ({ ...readExcelBinary(bytes, budget), workbook: undefined }),
    seeds: (documents) => [
      ...documents.streams('Workbook'),
      buildWorkbookStream([{ name: 'a', records: [featureHeader(2, 0xffffffff), biffRecord(0x01ae, Buffer.from('0000030000636d64032f63', 'hex'))] }]),
    ],
  },
  {
    name: 'formats/excel-binary.ts (links)',
    read: (bytes, budget) => readXlsbLinks(bytes, budget),
    seeds: () => [partOf(buildXlsb(TOKENS), 'xl/workbook.bin'), Buffer.from('e30202000100000063e4020100000064', 'hex')],
  },
  {
    name: 'formats/formula-tokens.ts',
    read: (bytes, budget) => {
      const context = { sheetOf: (entry: number) => (entry === 0 ? 'M' : undefined), nameOf: (number: number) => `name${number}` }
      return ([5, 8, 12] as const).map((biff) => formulaText(readTokens(bytes, { ...context, biff }, budget)))
    },
    seeds: () => [TOKENS, Buffer.concat([token.cellOf(0, 1, 2), token.whole(3), Buffer.from([3, 0x15]), token.call(54, 0)])],
  },
  {
    name: 'formats/formula-parser.ts',
    read: (bytes, budget) => formulaText(parseFormula(latin(bytes), budget)),
    seeds: () => FORMULAS.map((text) => Buffer.from(text)),
  },
  {
    name: 'formats/xlm.ts',
    read: (bytes, budget) => runXlm(macroWorkbook(latin(bytes).split('\n', 50), budget), budget),
    seeds: () => [
      Buffer.from(FORMULAS.join('\n')),
      Buffer.from('SET.VALUE(A9,"a"&A9)\nWHILE(A9<>5)\nNEXT()\nGOTO(A1)\nRETURN()'),
      Buffer.from('REGISTER("a","b","c","d")\nFOPEN("x",3)\nFWRITE(A2,"y")\nd()'),
    ],
  },
  {
    name: 'formats/xlsb.ts',
    read: (bytes, budget) => {
      const [book, sheet, texts] = parted(bytes, 3)
      const { context, names, sheets } = readXlsbBook(book, budget)
      const strings = readXlsbStrings(texts, budget)
      const workbook = new XlmWorkbook()
      workbook.sheets.push({ name: 'Macro1', macro: true, state: 'visible', offset: 0 })
      workbook.names.push(...names)
      readXlsbSheet(sheet, { workbook, sheet: 'Macro1', strings, context }, budget)
      return [names, sheets, strings, runXlm(workbook, budget)]
    },
    seeds: () => {
      const file = buildXlsb(TOKENS)
      return [joined(partOf(file, 'xl/workbook.bin'), partOf(file, 'xl/macrosheets/sheet1.bin'), Buffer.from('130700010000006100', 'hex'))]
    },
  },
  {
    name: 'formats/xlsx-workbook.ts',
    read: (bytes, budget) => {
      const [book, sheet, texts] = parted(bytes, 3).map(latin)
      const strings = readXlsxStrings(texts!, budget)
      const { names, sheets } = readXlsxBook(book!, budget)
      const workbook = new XlmWorkbook()
      workbook.sheets.push({ name: 'Macro1', macro: true, state: 'visible', offset: 0 })
      workbook.names.push(...names)
      readXlsxSheet(sheet!, { workbook, sheet: 'Macro1', strings }, budget)
      return [names, sheets, strings, runXlm(workbook, budget)]
    },
    seeds: () => {
      const file = buildXlsm(FORMULAS)
      return [
        joined(partOf(file, 'xl/workbook.xml'), partOf(file, 'xl/macrosheets/sheet1.xml'), Buffer.from('<sst><si><t>a</t></si><si><r><t>b</t></r></si></sst>')),
      ]
    },
  },
  {
    name: 'formats/word-fields.ts',
    read: (bytes, budget) => {
      const [document, table] = parted(bytes, 2)
      return readWordBinary(document, () => table, budget)
    },
    seeds: () => [wordDocument()],
  },
  {
    name: 'formats/word-smart-tags.ts',
    read: (bytes, budget) => {
      const [document, table] = parted(bytes, 2)
      return readSmartTags(document, table, budget)
    },
    seeds: () => [wordDocument()],
  },
  {
    name: 'formats/powerpoint.ts',
    read: (bytes, budget) => readPowerPoint(bytes, budget),
    seeds: (documents) => [...documents.streams('PowerPoint Document'), Buffer.from('1000111008000000000100000102030400001110040000000900aabb', 'hex')],
  },
  {
    name: 'formats/onenote.ts',
    read: (bytes, budget) => readOneNote(bytes, budget),
    seeds: () => [buildOneNote([{ name: 'a.hta', bytes: Buffer.from('<script>') }])],
  },
]
