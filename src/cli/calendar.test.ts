import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

interface Printed {
  readonly release: string
  readonly window: Record<'validate' | 'advance' | 'entry', string>
}
const RANGE = ['--from', '2026-01', '--to', '2040-12', '--json']
const run = (args: readonly string[], env: Record<string, string> = {}) =>
  spawnSync('bin/vedette', ['calendar', ...args], { encoding: 'utf8', env: { PATH: process.env.PATH, ...env } })
const print = (args: readonly string[], env: Record<string, string> = {}) => JSON.parse(run(args, env).stdout) as Printed[]

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
    ]) {
      const { status, stdout, stderr } = run([...args, '--json'])
      expect([status, stdout, stderr.length > 0], args.join(' ')).toEqual([2, '', true])
    }
  })
})
