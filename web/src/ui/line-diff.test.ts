import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { lineDiff, withContext } from './line-diff.ts'

const text = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 }).map((lines) => lines.join('\n'))
const of = (lines: ReturnType<typeof lineDiff>, without: 'added' | 'removed') =>
  lines
    .filter(({ kind }) => kind !== without)
    .map((line) => line.text)
    .join('\n')

describe('the changes between two texts', () => {
  test.prop([text, text])('give back both texts', (before, after) => {
    const lines = lineDiff(before, after)
    expect(of(lines, 'added')).toBe(before)
    expect(of(lines, 'removed')).toBe(after)
  })

  test.prop([text])('are none where nothing changed', (same) => {
    expect(lineDiff(same, same).every(({ kind }) => kind === 'same')).toBe(true)
  })

  it('are as few as can be', () => {
    const changed = lineDiff('a\nb\nc\nd', 'a\nc\nx\nd').filter(({ kind }) => kind !== 'same')
    expect(changed).toEqual([
      { kind: 'removed', text: 'b' },
      { kind: 'added', text: 'x' },
    ])
  })

  it('are found in a long text within a second, and shown with their surroundings', () => {
    const lines = Array.from({ length: 3000 }, (_, n) => `line ${n}`)
    const began = performance.now()
    const shown = withContext(lineDiff(lines.join('\n'), lines.with(1500, 'another').join('\n')), 2)
    expect(performance.now() - began).toBeLessThan(1000)
    expect(shown.map(({ kind }) => kind)).toEqual(['skipped', 'same', 'same', 'removed', 'added', 'same', 'same', 'skipped'])
    const reversed = lineDiff(lines.join('\n'), lines.toReversed().join('\n'))
    expect(reversed.filter(({ kind }) => kind === 'added').length).toBeGreaterThan(0)
  })
})
