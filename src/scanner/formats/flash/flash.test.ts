import { test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { Budget, LIMITS, LimitReached } from '#scanner/intake/limits.ts'
import { buildSwf, drmScript, flashState, movieData, movieFont, sceneList, script } from '#test/harness/documents/flash.ts'
import { damagedOf, reads, readsEveryFlip, readsEveryPrefix } from '#test/harness/hostile-pdf.ts'
import { readInstructions } from './instructions.ts'
import { findMovies } from './movie-state.ts'
import { readMovie } from './movie.ts'
import { readTurnedOption } from './regexp.ts'

const read = (bytes: Buffer) => readMovie(bytes, new Budget())
/** A movie of one list of 2^32 - 1 scenes, packed with LZMA by xz. */
const LZMA = Buffer.from('5a5753201d000000190000005d000080000000605e810f7da3c94dab2b4167c493b9c3e8fffffac6a000', 'hex')

describe('a movie', () => {
  it('is unpacked, whichever way it is packed', () => {
    expect(read(LZMA)).toMatchObject({ packing: 'lzma', scenes: { count: 2 ** 32 - 1 } })
    expect(read(buildSwf([sceneList(300)]))).toMatchObject({ packing: 'zlib', version: 32, scenes: { count: 300 } })
    expect(read(buildSwf([sceneList(300)], false))).toMatchObject({ packing: 'none', scenes: { count: 300 } })
  })

  it('gives its fonts, its data, and what its scripts name', () => {
    const movie = read(buildSwf([movieFont(7), movieData(Buffer.from('inert')), script({ names: ['loadBytes'] })], false))
    expect(movie).toMatchObject({ kerns: [{ tables: 7 }], files: [{ bytes: Buffer.from('inert') }], scripts: 1, loads: true, listens: false })
    expect(movie.damage).toBeUndefined()
  })

  it('shows a listener that is dropped, and where', () => {
    const whole = buildSwf([drmScript({ drops: true, connects: 3 })], false)
    const { listeners } = read(whole)
    expect(listeners).toMatchObject([{ holder: 'listener', connects: 3 }])
    const { offset, takenAt, droppedAt } = listeners[0]!
    expect([whole[offset + takenAt], whole[offset + droppedAt]]).toEqual([0x4f, 0x61])
    expect(read(buildSwf([drmScript({ drops: false, connects: 3 })]))).toMatchObject({ listens: true, listeners: [] })
  })

  it('that is cut off shows what came before', () => {
    const whole = buildSwf([sceneList(5), movieFont(7)], false)
    expect(read(whole.subarray(0, -20))).toMatchObject({ scenes: { count: 5 }, damage: 'a tag is cut off' })
    expect(read(buildSwf([sceneList(5), movieFont(7)]).subarray(0, -12))).toMatchObject({ scenes: { count: 5 } })
  })

  it('cannot unpack without bound, or count what is not there', () => {
    const limits = { ...LIMITS, ratio: 4, ratioFloor: 1000 }
    expect(() => readMovie(buildSwf([movieData(Buffer.alloc(100_000))]), new Budget(limits))).toThrow(LimitReached)
    const lying = LZMA.subarray()
    lying.writeUInt32LE(0xffffffff, 4)
    reads(Buffer.from(lying), read)
    expect(() => readMovie(buildSwf([script({ names: Array.from({ length: 500 }, (_, i) => `n${i}`) })]), new Budget({ ...LIMITS, steps: 200 }))).toThrow(
      LimitReached,
    )
  })
})

describe('bytecode', () => {
  it('is taken apart instruction by instruction', () => {
    const code = Buffer.from('d0108000006681014f0402ef010203041b0000000000000047', 'hex')
    expect(readInstructions(code, new Budget()).map(({ code, a, b }) => [code, a, b])).toEqual([
      [0xd0, 0, 0],
      [0x10, 0, 0],
      [0x66, 129, 0],
      [0x4f, 4, 2],
      [0xef, 0, 0],
      [0x1b, 0, 0],
      [0x47, 0, 0],
    ])
  })
})

describe('an expression', () => {
  it.each(['(?i)(?-i)||', '(?xi)a(?m)b(?s-i)|||', '(?i)x(y(?-i)z)||'])('%s turns its option', (text) => {
    expect(readTurnedOption(text)).toBeDefined()
  })
  it.each(['(?i)||', '(?-i)(?i)||', '(?i)(?-i)|a', '||(?i)(?-i)', '(?i)(?-ii', '(?:i)(?-i)||', '(?i'])('%s does not', (text) => {
    expect(readTurnedOption(text)).toBeUndefined()
  })
})

it('finds the movies that a control keeps, of which the last may be cut off', () => {
  const movie = buildSwf([])
  expect(findMovies(Buffer.concat([flashState(movie), Buffer.alloc(20)]))).toEqual([{ offset: 20, bytes: movie }])
  expect(findMovies(flashState(movie).subarray(0, 40))).toEqual([{ offset: 20, bytes: movie.subarray(0, 20) }])
  expect(findMovies(Buffer.from('fUfU0000no movie here'))).toEqual([])
})

const whole = buildSwf([sceneList(5), movieFont(7), movieData(Buffer.from('inert')), drmScript({ drops: true, connects: 2 })], false)
const packed = buildSwf([sceneList(5), drmScript({ drops: true, connects: 2 })])

describe.each([
  ['plain', whole],
  ['packed', packed],
  ['LZMA', LZMA],
])('a hostile movie (%s)', (_, movie) => {
  it('is read at every length and with every bit changed', () => {
    readsEveryPrefix(movie, read)
    readsEveryFlip(movie, read)
  })
  test.prop([damagedOf(movie)], { numRuns: 200 })('is read whatever is changed', (bytes) => reads(bytes, read))
})
