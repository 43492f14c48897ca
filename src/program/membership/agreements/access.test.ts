import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { accessOf } from '#program/membership/agreements/access.ts'

const day = (n: number) => new Date(Date.UTC(2026, 10, n))
const TEXTS = [
  { version: 1, acceptBy: day(1) },
  { version: 2, acceptBy: day(20) },
  { version: 3, acceptBy: day(25) },
]

describe('access by the agreement', () => {
  it.each([
    ['nothing accepted', [], 10, false, null],
    ['the first, before the date of the second', [1], 19, true, day(20)],
    ['the first, at the date of the second', [1], 20, false, null],
    ['the second, before the date of the third', [1, 2], 24, true, day(25)],
    ['the second, after it', [1, 2], 26, false, null],
    ['the third alone', [3], 26, true, null],
    ['the third early', [3], 2, true, null],
    ['a version that was never issued', [9], 2, false, null],
  ] as const)('%s', (_, accepted, now, entitled, until) => {
    expect(accessOf(TEXTS, accepted, day(now))).toEqual({ entitled, until })
  })

  it('is not there without any text, and not by a text whose date is to come unless it is accepted', () => {
    expect(accessOf([], [1], day(1))).toEqual({ entitled: false, until: null })
    expect(accessOf([{ version: 1, acceptBy: day(9) }], [], day(1)).entitled).toBe(false)
    expect(accessOf([{ version: 1, acceptBy: day(9) }], [1], day(1)).entitled).toBe(true)
  })

  const texts = fc
    .array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 6 })
    .map((days) => days.map((n, index) => ({ version: index + 1, acceptBy: day(n) })))

  test.prop([texts, fc.subarray([1, 2, 3, 4, 5, 6]), fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 40 })])(
    'lasts until the instant that it names and no longer, and only gets shorter by waiting',
    (texts, accepted, now, later) => {
      const { entitled, until } = accessOf(texts, accepted, day(now))
      if (!entitled) return
      expect(until === null || until > day(now)).toBe(true)
      if (later >= now) expect(accessOf(texts, accepted, day(later)).entitled).toBe(until === null || day(later) < until)
    },
  )
})
