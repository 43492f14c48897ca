import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { csvCell } from '../ui/csv.ts'
import { readSightingLines } from './sighting-lines.ts'

const first = '2026-11-22T08:30:00.000Z'
const only = (text: string) => readSightingLines(text)[0]

describe('a list of sightings', () => {
  it('is read line by line, with what may be left out', () => {
    expect(
      readSightingLines(
        [
          'value,count,first seen,last seen',
          'evil.example,3,2026-11-22T08:30:00Z,2026-11-22T09:00:00Z',
          '',
          '# a note',
          'abc,,2026-11-22 08:30',
          'x,2,2026-11-22T08:30Z,',
        ].join('\r\n'),
      ),
    ).toMatchObject([
      { line: 2, sighting: { value: 'evil.example', count: 3, firstSeen: first, lastSeen: '2026-11-22T09:00:00.000Z' } },
      { line: 5, sighting: { value: 'abc', count: 1, firstSeen: first, lastSeen: first } },
      { line: 6, sighting: { value: 'x', count: 2, firstSeen: first, lastSeen: first } },
    ])
  })

  it('takes indicators by id, quoted values, and times with an offset', () => {
    const id = 'indicator--0193b0c8-1111-4222-8333-444455556666'
    expect(only(`${id},1,2026-11-22T09:30:00+01:00`)?.sighting).toEqual({ indicator: id, count: 1, firstSeen: first, lastSeen: first })
    expect(only('"http://a.example/?a=1,2""",7,2026-11-22T08:30:00.500Z')?.sighting).toMatchObject({ value: 'http://a.example/?a=1,2"', count: 7 })
  })

  it.each([
    [',1,2026-11-22T08:30:00Z', 'the value or indicator id is missing'],
    ['a,0,2026-11-22T08:30:00Z', 'the count is not a whole number'],
    ['a,-1,2026-11-22T08:30:00Z', 'the count is not a whole number'],
    ['a,1.5,2026-11-22T08:30:00Z', 'the count is not a whole number'],
    ['a,1', 'the time of the first sighting is missing'],
    ['a,1,yesterday', 'not a time such as'],
    ['a,1,2026-02-30T08:30:00Z', 'not a time such as'],
    ['a,1,2026-11-22T08:30:00Z,soon', 'not a time such as'],
    ['a,1,2026-11-22T08:30:00Z,2026-11-22T08:30:00Z,more', 'more than four fields'],
  ])('says why a line is refused: %s', (text, reason) => {
    expect(only(text)?.sighting).toBeUndefined()
    expect(only(text)?.reason).toContain(reason)
  })

  test.prop([
    fc
      .string({ minLength: 1 })
      .filter(
        (value) =>
          value.trim() === value &&
          !/[\r\n]/.test(value) &&
          !value.startsWith('#') &&
          !/^['=+\-@\t]|^\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20\uFEFF]/.test(value) &&
          !value.startsWith('indicator--') &&
          !/^(value|indicator)\b/i.test(value) &&
          !value.startsWith('"'),
      ),
  ])('reads back any value as a CSV file holds it', (value) => {
    expect(only(`${csvCell(value)},1,${first}`)?.sighting?.value).toBe(value)
  })

  test.prop([fc.string({ unit: 'binary' })])('never fails, whatever is pasted', (text) => {
    for (const { sighting, reason } of readSightingLines(text)) expect((sighting === undefined) !== (reason === undefined)).toBe(true)
  })
})
