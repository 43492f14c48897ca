import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readBiffWorkbook } from '#scanner/formats/biff-workbook.ts'
import { isCfb, openCfb } from '#scanner/formats/cfb.ts'
import { Budget } from '#scanner/intake/limits.ts'
import { CORPORA, haveCorpora, unlessThere } from './corpora.ts'

const FOLDER = join(CORPORA, 'maldoca/ole/testdata/ole')

/** Workbooks beside which a text tells the formulas they hold; what is encrypted is told as it stands in the file, which says nothing. */
function told(): (readonly [name: string, text: string])[] {
  if (!haveCorpora) return []
  return readdirSync(FOLDER).flatMap((name) => {
    const text = [`${name}_excel4.textproto`, `${name}.textproto`].map((one) => join(FOLDER, one)).find((one) => existsSync(one))
    return text && /\.(xls|biff8)$/.test(name) && !name.startsWith('encrypted') ? [[name, text] as const] : []
  })
}

function workbookStream(bytes: Buffer): Buffer {
  if (!isCfb(bytes)) return bytes
  const cfb = openCfb(bytes, new Budget())
  return cfb.read(cfb.find(['Workbook'])!)
}

describe.skipIf(!haveCorpora)(`the formulas of workbooks stand where others read them${unlessThere}`, () => {
  it.each(told())('%s', (name, text) => {
    const expected = [...readFileSync(text, 'utf8').matchAll(/formulas \{ cell \{ row_idx: (\d+) col_idx: (\d+) \}/g)].map(
      ([, row, column]) => `${row} ${column}`,
    )
    const workbook = readBiffWorkbook(workbookStream(readFileSync(join(FOLDER, name))), new Budget())
    const found = workbook.sheets.flatMap((sheet) => workbook.formulas(sheet.name).map(({ row, column }) => `${row} ${column}`))
    expect(found.toSorted()).toEqual(expected.toSorted())
  })
})
