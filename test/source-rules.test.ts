import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

/** Rules of the source that the linter has no words for. */
const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.endsWith('.suite.ts'))
  .map((file) => ({ file, text: readFileSync(join('src', file), 'utf8') }))

const offenders = (pattern: RegExp, allowed: (file: string) => boolean) =>
  sources.filter(({ file, text }) => pattern.test(text) && !allowed(file)).map(({ file }) => file)

describe('the source', () => {
  it('asks the clock and not the machine for the present instant', () => {
    expect(offenders(/new Date\(\s*\)|\bDate\(\)/, (file) => file.startsWith('platform/clock/'))).toEqual([])
  })

  it('builds no SQL from strings outside migrations and the job engine', () => {
    expect(offenders(/sql\.raw\(/, (file) => /(^|\/)migrations\//.test(file))).toEqual([])
  })

  it('makes text of two bytes a character with `utf16` alone: what Node does with half a character breaks its memory', () => {
    expect(offenders(/toString\([^()]*['"](utf-?16le|ucs-?2)['"]/i, (file) => file === 'scanner/formats/bytes.ts')).toEqual([])
  })

  it('holds no unfinished work', () => {
    expect(offenders(/\b(TODO|FIXME|XXX|HACK)\b/, () => false)).toEqual([])
  })

  it('names features by file: no catch-all modules', () => {
    expect(sources.filter(({ file }) => /(^|\/)(utils?|helpers?|manager|index|common|misc)\.ts$/.test(file)).map(({ file }) => file)).toEqual([])
  })

  it('computes the calendar from what it is given: no database, network, file or clock in its pure files', () => {
    const pure = ['zoned-time', 'holiday-calendar', 'programme', 'release', 'upcoming', 'rules/rule-set', 'rules/rule-faults', 'rules/in-force', 'rules/compare-rules', 'rules/working-hours', 'rules/zone-drift'] // prettier-ignore
    const allowed = /^(temporal-polyfill|zod|#platform\/errors\.ts|#program\/releases\/.*)$/
    for (const name of pure) {
      const { text } = sources.find(({ file }) => file === `program/releases/${name}.ts`)!
      expect(text, name).not.toMatch(/\bTemporal\.Now\b|Date\.now|\bfetch\(|\bprocess\.|#platform\/(?!errors)|\bkysely\b/)
      for (const [, from] of text.matchAll(/ from '([^']+)'/g)) {
        expect(from, name).toMatch(allowed)
        if (from!.startsWith('#program/'))
          expect(
            pure.map((one) => `#program/releases/${one}.ts`),
            name,
          ).toContain(from)
      }
    }
  })
})
