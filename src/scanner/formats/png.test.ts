import { describe, expect, it } from 'vitest'
import { Budget, Damaged, LimitReached } from '#scanner/intake/limits.ts'
import { pngOf } from '#test/harness/documents/pictures.ts'
import { writePng } from '#scanner/detonation/pictures/write-png.ts'
import { readPng } from './png.ts'

const pixelsOf = (bytes: Buffer) => [...readPng(bytes, new Budget()).rgb]
const read = (bytes: Buffer) => () => readPng(bytes, new Budget())

describe('a PNG', () => {
  it.each([
    ['grey of one bit', pngOf(0, 1, 1, [0b1010_0000]), [255, 255, 255, 0, 0, 0, 255, 255, 255, ...Array<number>(15).fill(0)]],
    ['grey of four bits', pngOf(0, 4, 1, [0x1f]), [17, 17, 17, 255, 255, 255]],
    ['grey of sixteen bits', pngOf(0, 16, 1, [0x80, 0xff]), [0x80, 0x80, 0x80]],
    ['colours', pngOf(2, 8, 1, [1, 2, 3, 4, 5, 6]), [1, 2, 3, 4, 5, 6]],
    ['a palette, and what is not in it', pngOf(3, 8, 1, [1, 0, 9], { palette: [1, 2, 3, 4, 5, 6] }), [4, 5, 6, 1, 2, 3, 0, 0, 0]],
    ['grey that is half transparent', pngOf(4, 8, 1, [0, 128]), [127, 127, 127]],
    ['colours that are not there', pngOf(6, 8, 1, [1, 2, 3, 0, 1, 2, 3, 255]), [255, 255, 255, 1, 2, 3]],
    ['a line that adds to its left', pngOf(2, 8, 1, [1, 2, 3, 4, 5, 6], { filter: 1 }), [1, 2, 3, 5, 7, 9]],
    ['lines that add to those above', pngOf(2, 8, 2, [1, 2, 3], { filter: 2 }), [1, 2, 3, 2, 4, 6]],
    ['lines that add to both halves', pngOf(2, 8, 2, [10, 10, 10, 20, 20, 20], { filter: 3 }), [10, 10, 10, 25, 25, 25, 15, 15, 15, 40, 40, 40]],
    ['lines by Paeth', pngOf(2, 8, 2, [10, 10, 10, 20, 20, 20], { filter: 4 }), [10, 10, 10, 30, 30, 30, 20, 20, 20, 50, 50, 50]],
  ])('of %s is read', (_, bytes, expected) => {
    expect(pixelsOf(bytes)).toEqual(expected)
  })

  it('that our own writer wrote is read as what was written', () => {
    const rgb = Buffer.from(Array.from({ length: 3 * 5 * 7 }, (_, n) => (n * 37) % 256))
    expect(readPng(writePng(5, 7, rgb), new Budget())).toEqual({ width: 5, height: 7, rgb })
    expect(() => writePng(5, 8, rgb)).toThrow(RangeError)
  })

  it.each([
    ['no picture', Buffer.from('GIF89a')],
    ['one without a header', pngOf(2, 8, 1, [1, 2, 3]).subarray(0, 8)],
    ['one that breaks off', pngOf(2, 8, 1, [1, 2, 3]).subarray(0, 50)],
    ['one that is interlaced', pngOf(2, 8, 1, [1, 2, 3], { interlaced: true })],
    ['one of a depth that does not exist', pngOf(2, 4, 1, [1, 2, 3])],
    ['one with a filter that does not exist', pngOf(2, 8, 1, [1, 2, 3], { filter: 5 })],
    ['one with fewer lines than it states', withHeight(pngOf(2, 8, 1, [1, 2, 3]), 2)],
  ])('is damaged where it is %s', (_, bytes) => {
    expect(read(bytes)).toThrow(Damaged)
  })

  it('that states more pixels than any screen has is not read', () => {
    expect(read(withHeight(pngOf(2, 8, 1, [1, 2, 3]), 9_000_000))).toThrow(LimitReached)
  })
})

function withHeight(bytes: Buffer, height: number): Buffer {
  const changed = Buffer.from(bytes)
  changed.writeUInt32BE(height, 20)
  return changed
}
