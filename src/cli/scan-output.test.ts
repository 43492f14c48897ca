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

/** What is written of a document that crashes in these environments, twice in each. */
function written(form: Form, ages: readonly string[]): string {
  const detonations = POPPLER.flatMap((environment) => {
    const run = () =>
      seen(report.sha256, environment, options, ages.includes(environment.age) ? { ...crashed, signals: [...crashed.signals], happenings: [FAULT] } : {})
    return [run(), run()]
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

it('what was fixed since is told by every form', () => {
  for (const form of ['text', 'json', 'stix'] as const) expect(written(form, ['older'])).toMatch(/Poppler 20\.09\.0/)
})
