import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { seedPeople, type SeededOperator } from '#test/harness/people.ts'

const HEADER = 'name,kind,tier,jurisdiction,contact_name,contact_email'

describe('vedette member', () => {
  let test: TestApp
  let a: SeededOperator
  let url: string
  const dir = mkdtempSync(join(tmpdir(), 'vedette-member-'))
  const file = (name: string, ...lines: string[]) => {
    writeFileSync(join(dir, name), [HEADER, ...lines].join('\n'))
    return join(dir, name)
  }

  /** The command as a person runs it, beside the server of this process. */
  function run(args: readonly string[], env: Record<string, string> = {}): Promise<{ status: number | null; stdout: string; stderr: string }> {
    const token = a.people['membership-officer'].token.authorization.replace('Bearer ', '')
    const child = spawn('bin/vedette', ['member', ...args], { env: { PATH: process.env['PATH'], VEDETTE_URL: url, VEDETTE_TOKEN: token, ...env } })
    const out = { stdout: '', stderr: '' }
    for (const stream of ['stdout', 'stderr'] as const) child[stream].on('data', (chunk) => (out[stream] += String(chunk)))
    return new Promise((resolve) => child.on('close', (status) => resolve({ status, ...out })))
  }

  beforeAll(async () => {
    test = await testApp()
    ;[a] = await seedPeople(test.app)
    url = await test.listen()
  })
  afterAll(async () => {
    await test.close()
    rmSync(dir, { recursive: true })
  })

  it('lists and shows the members of the own operator', async () => {
    const list = await run(['list', '--json'])
    expect([list.status, list.stderr]).toEqual([0, ''])
    expect((JSON.parse(list.stdout) as { name: string }[]).map(({ name }) => name)).toEqual(['Responder A', 'Vendor A'])
    const vendors = await run(['list', '--tier', 'advance', '--state', 'active'])
    expect(vendors.stdout).toMatch(/^ID +NAME +KIND +TIER +STATE\n\S+ +Vendor A +vendor +advance +active\n$/)
    expect((await run(['show', 'vendor a', '--json'])).stdout).toContain(a.vendor.id)
    expect(await run(['show', 'Vendor B'])).toMatchObject({ status: 1, stdout: '', stderr: 'vedette: There is no member Vendor B.\n' })
  })

  it('names bad lines on standard output and ends with 3, and writes nothing then', async () => {
    const bad = file('bad.csv', 'New,vendor,gold,unrestricted,Admin,admin@new.example')
    for (const args of [['--dry-run'], []]) {
      const { status, stdout, stderr } = await run(['import', bad, ...args])
      expect([status, stdout]).toEqual([3, `${bad}:2: tier: INVALID: Expected one of validate, advance, entry, responder.\n`])
      expect(stderr).toContain('nothing was written')
    }
    const { rows } = await test.database.superuser.query('select 1 from member_import')
    expect(rows).toEqual([])
  })

  it('proposes a list without a fault, unless it is a dry run', async () => {
    const good = file('good.csv', 'New,vendor,entry,unrestricted,Admin,admin@new.example')
    expect(await run(['import', good, '--dry-run'])).toMatchObject({ status: 0, stdout: '', stderr: '1 row, 1 good. Nothing was written.\n' })
    const proposed = await run(['import', good, '--json'])
    expect([proposed.status, (JSON.parse(proposed.stdout) as { import: { state: string } }).import.state]).toEqual([0, 'waits'])
  })

  it('says in one sentence what is refused, and ends with 1; with 2 for wrong use', async () => {
    const [wrong, none, gone, absent, choice, usage] = await Promise.all([
      run(['list'], { VEDETTE_TOKEN: 'vedette_token_wrong' }),
      run(['list'], { VEDETTE_TOKEN: '' }),
      run(['list'], { VEDETTE_URL: 'http://127.0.0.1:9' }),
      run(['import', join(dir, 'absent.csv')]),
      run(['list', '--tier', 'gold']),
      run(['import']),
    ])
    expect([wrong, none, gone, absent, choice, usage].map(({ status, stdout }) => [status, stdout])).toEqual([
      [1, ''],
      [1, ''],
      [1, ''],
      [1, ''],
      [2, ''],
      [2, ''],
    ])
    expect(wrong.stderr).toMatch(/^vedette: .+\n$/)
    expect(none.stderr).toContain('Set VEDETTE_TOKEN')
    expect(gone.stderr).toBe('vedette: The server at http://127.0.0.1:9 cannot be reached.\n')
    expect(absent.stderr).toContain('cannot be read (ENOENT)')
  })
})
