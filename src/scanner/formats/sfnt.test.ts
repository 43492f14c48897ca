import { test } from '@fast-check/vitest'
import { expect, it } from 'vitest'
import { Budget } from '#scanner/intake/limits.ts'
import { singFont } from '#test/harness/documents/pdf.ts'
import { damagedOf, reads, readsEveryFlip, readsEveryPrefix } from '#test/harness/hostile-pdf.ts'
import { readSing } from './sfnt.ts'

const read = (bytes: Buffer) => readSing(bytes, new Budget())
const font = singFont(Buffer.concat([Buffer.from('name'), Buffer.alloc(24)]))

it('measures the unique name to its zero byte, or to the end where none follows', () => {
  expect(read(font)).toEqual({ nameOffset: 44, nameLength: 4, closed: true })
  expect(read(singFont(Buffer.alloc(60, 1)))).toMatchObject({ nameLength: 60, closed: true })
  expect(read(singFont(Buffer.alloc(28, 1)).subarray(0, 44 + 28))).toMatchObject({ nameLength: 28, closed: false })
  expect(read(Buffer.from('no font at all'))).toBeUndefined()
})

it('reads every prefix and every changed bit', () => {
  readsEveryPrefix(font, read)
  readsEveryFlip(font, read)
})

test.prop([damagedOf(font)], { numRuns: 200 })('reads whatever bytes are changed', (bytes) => reads(bytes, read))
