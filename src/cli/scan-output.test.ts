import { expect, it } from 'vitest'
import { openOutput, type Form } from '#cli/scan-output.ts'
import { joinOpened } from '#cli/scan-vm.ts'
import { scanLine } from '#scanner/reports/scan-line.ts'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import { onePage } from '#test/harness/one-page.ts'
import { FAULT, POPPLER, seen, signal } from '#test/harness/replay-sandbox.ts'

const bytes = onePage('one')
const report = scanBytes(bytes)
const options = { macros: false, egress: 'none', checkHeap: false } as const
const crashed = { end: 'crashed', signals: [signal('crash')], happenings: [FAULT] } as const

/** What is written of a document that crashes in these environments, in so many of two runs in each. */
function written(form: Form, ages: readonly string[], times = 2): string {
  const detonations = POPPLER.flatMap((environment) => {
    const run = (crashes: boolean) =>
      seen(report.sha256, environment, options, crashes ? { ...crashed, signals: [...crashed.signals], happenings: [FAULT] } : {})
    return [1, 2].map((n) => run(ages.includes(environment.age) && n <= times))
  })
  const answer = joinOpened(report, bytes, { detonations, notTried: [] })
  const output = openOutput(form, false)
  return output.line({ ...answer, line: scanLine('one.pdf', undefined, answer.report) }) + output.end()
}

it('what may be a zero-day is told to who scans, and by no form that is made to be passed on', () => {
  expect(written('text', ['current', 'older'])).toContain('keep secret')
  expect(JSON.parse(written('json', ['current', 'older']))).toMatchObject({ zero_day: [{ line: 'poppler' }] })
  for (const form of ['sarif', 'stix'] as const) {
    const told = written(form, ['current', 'older'])
    expect(told).toContain('It was not opened in every environment that it should have been.')
    expect(told).not.toMatch(/Poppler|crash/i)
  }
})

it('what reacted in the current version in one run alone is not decided, and goes as little into them', () => {
  expect(written('text', ['current'], 1)).toContain('keep secret')
  expect(JSON.parse(written('json', ['current'], 1))).toMatchObject({ zero_day: [], environments: [{ showed: 'crash' }, { showed: 'not-seen' }] })
  for (const form of ['sarif', 'stix'] as const) {
    const told = written(form, ['current'], 1)
    expect(told).toContain('It was not opened in every environment that it should have been.')
    expect(told).not.toMatch(/Poppler|crash/i)
  }
  // Control: in the older version alone it is no secret.
  expect(written('text', ['older'], 1)).not.toContain('keep secret')
  expect(written('stix', ['older'], 1)).toMatch(/Poppler 20\.09\.0/)
})

it('what was fixed since is told by every form', () => {
  for (const form of ['text', 'json', 'stix'] as const) expect(written(form, ['older'])).toMatch(/Poppler 20\.09\.0/)
})
