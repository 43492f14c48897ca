import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command, CommanderError } from 'commander'
import { afterAll, describe, expect, it } from 'vitest'
import { command } from '#cli/calendar.ts'

interface Printed {
  readonly release: string
  readonly window: Record<'validate' | 'advance' | 'entry', string>
}
const RANGE = ['--from', '2026-01', '--to', '2040-12', '--json']
const run = (args: readonly string[], env: Record<string, string> = {}) =>
  spawnSync('bin/vedette', ['calendar', ...args], { encoding: 'utf8', env: { PATH: process.env.PATH, ...env } })
const print = (args: readonly string[], env: Record<string, string> = {}) => JSON.parse(run(args, env).stdout) as Printed[]

/** The same in this process, for what is refused: whether it was, and what is on standard error. */
const refusal = (args: readonly string[]) => {
  let stderr = ''
  const program = new Command('vedette').exitOverride().configureOutput({ writeErr: (text) => (stderr += text), writeOut: () => undefined })
  command(program)
  program.commands.forEach((each) => each.copyInheritedSettings(program))
  try {
    program.parse(['calendar', ...args], { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) return stderr
    throw error
  }
  throw new Error(`not refused: ${args.join(' ')}`)
}

describe('vedette calendar', () => {
  const printed = print(RANGE)

  it('prints the 180 cycles and nothing else, the first 36 as the reference has them', () => {
    const { cycles } = JSON.parse(readFileSync('test/vectors/calendar-2026-2028.json', 'utf8')) as { cycles: Array<Printed['window'] & { release: string }> }
    expect(printed).toHaveLength(180)
    expect(printed.slice(0, 36)).toEqual(cycles.map(({ release, validate, advance, entry }) => ({ release, window: { validate, advance, entry } })))
  })

  it('skips weekends only under mapp-observed', () => {
    const [july] = print(['--from', '2025-07', '--to', '2025-07', '--preset', 'mapp-observed', '--json'])
    expect(july).toEqual({
      release: '2025-07-08T17:00:00Z',
      window: { validate: '2025-06-24T17:00:00Z', advance: '2025-07-03T17:00:00Z', entry: '2025-07-07T17:00:00Z' },
    })
    expect(print(['--from', '2025-07', '--to', '2025-07', '--preset', 'federal', '--json'])[0]!.window.advance).toBe('2025-07-02T17:00:00Z')
  })

  it.each(['Pacific/Kiritimati', 'America/St_Johns'])('prints the same on a machine in %s', (TZ) => {
    // The control: the machine's zone does reach the program.
    const shown = execFileSync(process.execPath, ['-p', 'new Date(0).getTimezoneOffset()'], { encoding: 'utf8', env: { TZ } })
    expect(Number(shown)).not.toBe(0)
    expect(print(RANGE, { TZ })).toEqual(printed)
  })

  it('refuses with exit code 2 what it cannot answer, on standard error', () => {
    for (const args of [
      ['--from', '2026-13', '--to', '2026-12'],
      ['--from', '2026-02', '--to', '2026-01'],
      ['--from', '2026-01', '--to', '2041-01'],
      ['--from', '2026-01', '--to', '2026-02', '--preset', 'lunar'],
      ['--from', '2026-01'],
      ['--from', '2026-02-30', '--to', '2026-12'],
      ['--from', '2026-1', '--to', '2026-12'],
      ['--from', '2026-00', '--to', '2026-12'],
      ['--from', '0000-01', '--to', '2026-12'],
    ]) {
      expect(refusal([...args, '--json']), args.join(' ')).toMatch(/^error: /)
    }
    const { status, stdout, stderr } = run(['--from', '2026-02', '--to', '2026-01', '--json'])
    expect([status, stdout, stderr.length > 0]).toEqual([2, '', true])
  })

  describe('with rules of a file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'vedette-calendar-'))
    afterAll(() => rmSync(folder, { recursive: true }))
    const RULES = {
      name: 'quarterly',
      zone: 'Europe/Berlin',
      hour: 15,
      minute: 30,
      months: [1, 4, 7, 10],
      weekday: 'tuesday',
      nth: 3,
      onHoliday: 'still-releases',
      windows: {
        validate: { days: 14, unit: 'calendar-days' },
        advance: { days: 3, unit: 'business-days' },
        entry: { days: 1, unit: 'business-days' },
      },
      calendar: { id: 'example-holidays@1', from: '2025-12-01', to: '2027-12-31', dates: ['2026-04-20'] },
    }
    const file = (content: unknown) => {
      const path = join(folder, 'rules.json')
      writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
      return path
    }
    const YEAR = ['--from', '2026-01', '--to', '2026-12', '--json']

    it('prints their releases: a third Tuesday of January, April, July and October', () => {
      const shown = print([...YEAR, '--rules', file(RULES)])
      expect(shown.map(({ release }) => release)).toEqual(['2026-01-20T14:30:00Z', '2026-04-21T13:30:00Z', '2026-07-21T13:30:00Z', '2026-10-20T13:30:00Z'])
      expect(shown[1]!.window).toEqual({ validate: '2026-04-07T13:30:00Z', advance: '2026-04-15T13:30:00Z', entry: '2026-04-17T13:30:00Z' })
    })

    it('names the field that is wrong, with exit code 2 and nothing on standard output', () => {
      for (const [field, content] of [
        ['/zone', { ...RULES, zone: 'Mars/Olympus' }],
        ['/months', { ...RULES, months: [] }],
        ['/weekday', { ...RULES, weekday: 'Dienstag' }],
        ['/windows/advance/days', { ...RULES, windows: { ...RULES.windows, advance: { days: -1, unit: 'business-days' } } }],
        ['/windows/entry', { ...RULES, windows: { ...RULES.windows, entry: { days: 9, unit: 'business-days' } } }],
        ['/calendar', { ...RULES, calendar: { ...RULES.calendar, to: '2026-06-30' } }],
        ['/calendar/dates/0', { ...RULES, calendar: { ...RULES.calendar, dates: ['2028-01-01'] } }],
        ['/name', '{"name":"a","name":"b"}'],
        ['JSON', '{'],
      ] as const) {
        expect(refusal([...YEAR, '--rules', file(content)])).toContain(field)
      }
      expect(refusal([...YEAR, '--rules', join(folder, 'missing.json')])).toContain('cannot be read')
      expect(refusal([...YEAR, '--rules', file(RULES), '--preset', 'federal'])).toContain('--preset')
      expect(run([...YEAR, '--rules', file({ ...RULES, months: [] })])).toMatchObject({ status: 2, stdout: '' })
    })
  })
})
