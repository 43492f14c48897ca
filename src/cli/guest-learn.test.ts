import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { Baseline } from '#scanner/detonation/signals/baseline.ts'
import { CAPE_TOKEN } from '#test/harness/cape-server.ts'
import { file } from '#test/harness/detonation/happenings.ts'
import { detonation, environment, happening } from '#test/harness/detonation/runs.ts'

const folder = mkdtempSync(join(tmpdir(), 'vedette-learn-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** An environment of an operator's own; what it is asked to open is not answered here. */
const own = { name: 'reader', viewer: 'other', version: 'Reader 11', os: 'Windows 10', line: 'reader', age: 'current' } as const
const settings = { url: 'http://127.0.0.1:9', token: CAPE_TOKEN, private_hosts: ['127.0.0.1'], environments: [{ ...own, macros: false }] }
writeFileSync(join(folder, 'cape.json'), JSON.stringify(settings), { mode: 0o600 })

function report(name: string, run: ReturnType<typeof detonation>): string {
  const path = join(folder, name)
  writeFileSync(path, JSON.stringify(run))
  return path
}

function learn(...args: string[]) {
  return spawnSync('bin/vedette', ['guest', 'learn', ...args], { encoding: 'utf8', env: { PATH: process.env['PATH'], VEDETTE_DATA: folder } })
}

const learned = () => Baseline.parse(JSON.parse(readFileSync(join(folder, 'baselines', 'reader.json'), 'utf8')))

describe('vedette guest learn', { timeout: 60_000 }, () => {
  const where = { ...environment('other'), ...own, driver: 'cape' } as const
  const ordinary = report('ordinary.json', detonation([file('C:/ProgramData/a.log')], { environment: where }))
  const other = report('other.json', detonation([file('C:/ProgramData/b.tmp')], { environment: where }))
  const crash = report(
    'crash.json',
    detonation([happening('fault', { pid: 7, image: 'C:/reader.exe', signal: 'SIGSEGV' })], { environment: where, end: 'crashed' }),
  )

  it('takes reports of harmless runs, says which taught nothing, and that a few are not enough', () => {
    const { status, stderr, stdout } = learn('--env', 'reader', ordinary, crash)
    expect({ status, stderr }).toMatchObject({ status: 1, stderr: expect.stringContaining('crash.json teaches nothing: it ended as crashed') as unknown })
    expect(stderr).toContain('From fewer than 20 runs nothing is taken to be out of the ordinary.')
    expect(stdout).toContain('1 runs of reader Reader 11; ordinary: 1 of file.')
    expect(learned()).toMatchObject({ runs: 1, ordinary: { file: ['create C:/ProgramData/a.log'] } })
  })

  it('counts a report once, however often it is given, and keeps what was learned where nothing is', () => {
    expect(learn('--env', 'reader', ordinary, ordinary).stderr).toContain('ordinary.json teaches nothing: it is a report that was given before')
    const before = learned()
    expect(before.runs).toBe(1)
    expect(learn('--env', 'reader', crash)).toMatchObject({ status: 1, stderr: expect.stringContaining('Nothing was learned') as unknown })
    expect(learned()).toEqual(before)
  })

  it('learns nothing of a viewer that did not open the file', () => {
    const refused = report(
      'refused.json',
      detonation([happening('viewer', { state: 'refused', detail: 'a password is needed' })], { environment: where, end: 'idle' }),
    )
    expect(learn('--env', 'reader', '--add', refused).stderr).toContain('refused.json teaches nothing: the viewer did not open it: a password is needed')
  })

  it('begins anew, or goes on from what is known', () => {
    learn('--env', 'reader', other)
    expect(learned()).toMatchObject({ runs: 1, ordinary: { file: ['create C:/ProgramData/b.tmp'] } })
    learn('--env', 'reader', '--add', ordinary)
    expect(learned()).toMatchObject({ runs: 2, ordinary: { file: ['create C:/ProgramData/a.log', 'create C:/ProgramData/b.tmp'] } })
  })

  it('names an environment that is not there, and what is no address of a page', () => {
    expect(learn('--env', 'nonesuch', ordinary)).toMatchObject({ status: 1, stderr: expect.stringContaining('There is no environment nonesuch') as unknown })
    expect(learn('--env', 'reader', '--add', 'https://').stderr).toContain('https:// teaches nothing: it is no address of a page')
    expect(learn('--env', 'reader', '--add', '--egress', 'simulated', 'https://www.example.com/').stderr).toContain(
      'https://www.example.com/ teaches nothing: ',
    )
  })
})
