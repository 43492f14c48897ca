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

  it('holds no unfinished work', () => {
    expect(offenders(/\b(TODO|FIXME|XXX|HACK)\b/, () => false)).toEqual([])
  })

  it('names features by file: no catch-all modules', () => {
    expect(sources.filter(({ file }) => /(^|\/)(utils?|helpers?|manager|index|common|misc)\.ts$/.test(file)).map(({ file }) => file)).toEqual([])
  })
})
