import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { environment, learnedBaseline } from '#test/harness/detonation/runs.ts'
import { openBaselines } from './baselines.ts'
import { ENOUGH_RUNS } from './signals/baseline.ts'

const folder = mkdtempSync(join(tmpdir(), 'vedette-baselines-'))
afterAll(() => rmSync(folder, { recursive: true }))
mkdirSync(join(folder, 'baselines'))

describe('the baseline of an environment', () => {
  const shipped = openBaselines('').of(environment('poppler'))

  it.each([
    ['is what was learned on this host', ENOUGH_RUNS, ['read /tmp/own']],
    ['is the one that comes with Vedette, as long as too little was learned on this host', ENOUGH_RUNS - 1, shipped?.ordinary['file']],
  ])('%s', (_, runs, files) => {
    const where = environment('poppler')
    const learned = { ...learnedBaseline(where), runs, ordinary: { file: ['read /tmp/own'] } }
    writeFileSync(join(folder, 'baselines', `${where.name}.json`), JSON.stringify(learned))
    expect(shipped?.runs).toBeGreaterThanOrEqual(ENOUGH_RUNS)
    expect(openBaselines(folder).of(where)?.ordinary['file']).toEqual(files)
  })
})
