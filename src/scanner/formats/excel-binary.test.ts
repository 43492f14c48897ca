import { describe, expect, it } from 'vitest'
import { Budget } from '#scanner/intake/limits.ts'
import { readExcelBinary, readXlsbLinks } from './excel-binary.ts'

const record = (type: number, data: Buffer) => {
  const header = Buffer.alloc(4)
  header.writeUInt16LE(type, 0)
  header.writeUInt16LE(data.length, 2)
  return Buffer.concat([header, data])
}
const start = record(0x0809, Buffer.from([0, 6, 5, 0]))
const supBook = (sheets: number, path: string) => record(0x01ae, Buffer.concat([Buffer.from([sheets, 0, path.length, 0, 0]), Buffer.from(path, 'latin1')]))
const read = (...records: Buffer[]) => readExcelBinary(Buffer.concat([start, ...records]), new Budget())

describe('a workbook', () => {
  it('shows a link to a service and its topic', () => {
    expect(read(supBook(0, 'cmd\u0003/k calc')).dde).toMatchObject([{ service: 'cmd', topic: '/k calc' }])
  })

  it('does not take the folders of another workbook for a service', () => {
    expect(read(supBook(1, 'folder\u0003other.xls'), supBook(0, '\u0001\u0001Cfolder\u0003other.xls')).dde).toEqual([])
  })

  it('shows macro sheets and the names that run, built in or written', () => {
    const sheet = record(0x0085, Buffer.concat([Buffer.from([0, 0, 0, 0, 2, 1, 6, 0]), Buffer.from('Macro1')]))
    const builtIn = record(0x0018, Buffer.concat([Buffer.from([0x20, 0, 0, 1]), Buffer.alloc(11), Buffer.from([1])]))
    const written = record(0x0018, Buffer.concat([Buffer.from([0, 0, 0, 11]), Buffer.alloc(11), Buffer.from('Auto_Open77')]))
    expect(read(sheet, builtIn, written).macros).toMatchObject({
      sheets: [{ name: 'Macro1', state: 'very-hidden' }],
      names: [{ name: 'Auto_Open' }, { name: 'Auto_Open77' }],
    })
    expect(read(record(0x0085, Buffer.concat([Buffer.from([0, 0, 0, 0, 0, 0, 1, 0]), Buffer.from('S')]))).macros).toBeUndefined()
  })

  it('that is encrypted says so', () => {
    expect(read(record(0x002f, Buffer.alloc(6))).encrypted).toBe(true)
  })
})

it('shows the links of a binary workbook part', () => {
  const text = (value: string) => Buffer.concat([Buffer.from([value.length, 0, 0, 0]), Buffer.from(value, 'utf16le')])
  const data = Buffer.concat([Buffer.from([1, 0]), text('cmd'), text('/k calc')])
  expect(readXlsbLinks(Buffer.concat([Buffer.from([0xe8, 0x02, data.length]), data]), new Budget())).toMatchObject([{ service: 'cmd', topic: '/k calc' }])
})
