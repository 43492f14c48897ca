import { test } from '@fast-check/vitest'
import { expect, it } from 'vitest'
import { Budget } from '#scanner/intake/limits.ts'
import { box, jpxFile } from '#test/harness/documents/pdf.ts'
import { damagedOf, reads, readsEveryFlip, readsEveryPrefix } from '#test/harness/hostile-pdf.ts'
import { isJpxFile, readJpx } from './jpx.ts'

const read = (bytes: Buffer) => readJpx(bytes, new Budget())
const file = jpxFile(3, 2)

it('reads palette and mapping', () => {
  expect(isJpxFile(file)).toBe(true)
  expect(read(file)).toMatchObject({ components: 1, palette: { entries: 1, columns: 3 }, mapping: { channels: [{ column: 0 }, { column: 1 }] }, damage: [] })
})

it('says which boxes end past their container, and does not read a palette outside the header', () => {
  const long = Buffer.from(file)
  long.writeUInt32BE(5000, file.indexOf('jp2h') - 4)
  expect(read(long)).toMatchObject({ palette: { columns: 3 }, damage: [expect.stringContaining('"jp2h"')] })
  expect(read(box('pclr', Buffer.from([0, 1, 9]))).palette).toBeUndefined()
  expect(read(Buffer.from('0000000761626364', 'hex')).damage).toHaveLength(1)
})

it('reads every prefix and every changed bit', () => {
  readsEveryPrefix(file, read)
  readsEveryFlip(file, read)
})

test.prop([damagedOf(file)], { numRuns: 200 })('reads whatever bytes are changed', (bytes) => reads(bytes, read))
