import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { Budget, Damaged, LIMITS } from '#scanner/intake/limits.ts'
import { buildEquation, fontRecord, matrixRecord } from '#test/harness/documents.ts'
import { readEquation, type EquationRecord } from './equation.ts'

const bytes = (...values: number[]) => Buffer.from(values)
const END = bytes(0)
const FONT = fontRecord(Buffer.alloc(0x30, 0x41))
const read = (stream: Buffer) => readEquation(stream, new Budget())
const shown = (records: readonly EquationRecord[]) => records.map((one) => (one.kind === 'font' ? one.nameBytes : `${one.rows}x${one.columns}`))

/** Every kind of record of MTEF 3, with a font and a matrix behind them that only a right walk reaches. */
const everything = (version: number) =>
  Buffer.concat([
    bytes(1 | 0x40, 12), // LINE with line spacing
    version === 3 ? bytes(2 | 0x20, 0x83, 0x41, 0) : bytes(2 | 0x20, 0x83, 0x41), // CHAR with embellishments
    bytes(6, 5, 0), // EMBELL, END of their list
    bytes(2 | 0x80, 3, 0xfd, ...(version === 3 ? [0x83, 0x42, 0] : [0x83, 0x42])), // CHAR, nudged a little
    bytes(2 | 0x80, 0x80, 0x80, 1, 2, 3, 4, ...(version === 3 ? [0x83, 0x42, 0] : [0x83, 0x42])), // CHAR, nudged far
    bytes(3, 14, 0, 0, 1, 0, 1 | 0x10, 0), // TMPL with a line, a null line, END
    bytes(4 | 0x20, 1, 1, 7, 2, 0, 1, 0, 1, 2, 0, 1, 0, 0), // PILE with a ruler and one line
    bytes(7, 1, 0, 9, 9), // RULER
    bytes(9, 101, 12, 0, 9, 100, 3, 12, 0, 9, 2, 200), // SIZE in its three forms
    bytes(10, 11, 12, 13, 14),
    matrixRecord(2, 3),
    FONT,
    END,
  ])

describe('an equation', () => {
  it.each([3, 2])('of MTEF %i is walked through all of its records', (version) => {
    const stream = buildEquation(everything(version))
    stream[28] = version
    const { records, stopped } = read(stream)
    expect(stopped).toBeUndefined()
    expect(shown(records)).toEqual(['2x3', 0x30])
  })

  it('is walked without its header, and with one that is damaged', () => {
    const body = buildEquation(FONT).subarray(28)
    expect(shown(read(body).records)).toEqual([0x30])
    expect(shown(read(Buffer.concat([Buffer.alloc(28, 0xff), body])).records)).toEqual([0x30])
    // The room of the header holds what might be a version too, and no records.
    expect(shown(read(Buffer.concat([bytes(2), Buffer.alloc(27), body])).records)).toEqual([0x30])
  })

  it('ends where its outermost list ends: what lies behind it is none of it', () => {
    expect(shown(read(Buffer.concat([buildEquation(END), FONT])).records)).toEqual([])
    expect(shown(read(Buffer.concat([buildEquation(Buffer.alloc(0)), FONT])).records)).toEqual([])
  })

  it('may nest lists by the hundred, and says when they are too many', () => {
    expect(shown(read(buildEquation(Buffer.concat([Buffer.alloc(2000, 1), FONT]))).records)).toEqual([0x30])
    expect(read(buildEquation(Buffer.concat([Buffer.alloc(9000, 1), FONT])))).toMatchObject({ records: [], stopped: 'the records are nested too deeply' })
  })

  it('keeps what came before a record that cannot be read', () => {
    const whole = buildEquation(Buffer.concat([matrixRecord(4, 4), FONT]))
    const name = whole.indexOf('AAAA')
    expect(read(whole.subarray(0, name - 1))).toMatchObject({ records: [{ kind: 'matrix' }], stopped: expect.any(String) })
    expect(read(whole.subarray(0, name + 8)).records).toMatchObject([{ kind: 'matrix' }, { kind: 'font', nameBytes: 8, closed: false }])
    expect(() => read(bytes(28, 0, 9, 9))).toThrow(Damaged)
  })

  it('of fonts without end stops at a number that no equation needs', () => {
    const { records, stopped } = read(buildEquation(Buffer.concat(Array.from({ length: 1500 }, () => FONT))))
    expect(records).toHaveLength(1000)
    expect(stopped).toContain('more than')
  })

  const whole = buildEquation(everything(3))
  const safely = (stream: Buffer) => {
    const budget = new Budget({ ...LIMITS, steps: 100_000 })
    try {
      readEquation(stream, budget)
    } catch (error) {
      expect(error).toBeInstanceOf(Damaged)
    }
  }
  it('is read cut off at every byte and with every bit turned', () => {
    for (let i = 0; i <= whole.length; i++) safely(whole.subarray(0, i))
    for (let i = 0; i < whole.length * 8; i++) {
      const copy = Buffer.from(whole)
      copy[i >> 3]! ^= 1 << (i & 7)
      safely(copy)
    }
  })
  test.prop([fc.uint8Array({ maxLength: 400 })], { numRuns: 300 })('of any bytes is read', (some) => safely(Buffer.concat([bytes(3, 1, 1, 3, 0), some])))
})
