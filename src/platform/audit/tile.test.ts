import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { parseTile, placesInTile, type Tile } from '#platform/audit/tile.ts'

/** The path of a tile's number, as the specification says it in words. */
function formatTile({ index, width }: Tile): string {
  const digits = String(index)
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.{3}/g)!
  const number = groups.map((group, at) => (at === groups.length - 1 ? group : `x${group}`)).join('/')
  return width === 256 ? number : `${number}.p/${width}`
}

describe('the path of a tile', () => {
  it.each([
    ['000', { index: 0, width: 256 }],
    ['x001/x234/067', { index: 1234067, width: 256 }],
    ['x001/234.p/7', { index: 1234, width: 7 }],
  ])('%s is read as C2SP tlog-tiles writes it', (path, tile) => {
    expect(parseTile(2, path)).toEqual({ level: 2, ...tile })
  })

  it.each([
    '',
    '0',
    '00',
    '0000',
    'x000/001',
    'x001',
    'x001/',
    '001/234',
    '000.p/0',
    '000.p/256',
    '000.p/01',
    '000.p/',
    '../000',
    'x1/000',
    '000/',
    `${'x999/'.repeat(6)}999`,
  ])('%j is refused', (path) => expect(parseTile(0, path)).toBeUndefined())

  test.prop([fc.nat(Number.MAX_SAFE_INTEGER), fc.integer({ min: 1, max: 256 }), fc.nat(6)])('reads back as it was written', (index, width, level) => {
    const tile = { level, index, width }
    expect(parseTile(level, formatTile(tile))).toEqual(tile)
  })
})

describe('a tile', () => {
  it('is offered in full once the tree has all of its hashes, and in part before', () => {
    expect(placesInTile({ level: 0, index: 0, width: 256 }, 255)).toBeUndefined()
    expect(placesInTile({ level: 0, index: 0, width: 255 }, 255)).toHaveLength(255)
    expect(placesInTile({ level: 0, index: 1, width: 256 }, 512)![0]).toEqual({ level: 0, index: 256 })
    expect(placesInTile({ level: 1, index: 0, width: 2 }, 767)).toEqual([
      { level: 8, index: 0 },
      { level: 8, index: 1 },
    ])
    expect(placesInTile({ level: 1, index: 0, width: 3 }, 767)).toBeUndefined()
  })
})
