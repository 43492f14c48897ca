import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { seedPeople, seedStaff, type SeededOperator } from '#test/harness/people.ts'

const HEADER = 'name,kind,tier,jurisdiction,contact_name,contact_email'

describe('vedette member', () => {
  let test: TestApp
  let a: SeededOperator
  let url: string
  let second: string
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
    second = (await seedStaff(test.app, a.id, 'membership-officer', 'Second officer')).token.authorization.replace('Bearer ', '')
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
    const [shown, json] = await Promise.all([run(['show', 'vendor a']), run(['show', a.vendor.id, '--json'])])
    expect(shown.stdout).toMatch(/^name +Vendor A\nkind +vendor\ntier +advance\nstate +active$/m)
    expect(JSON.parse(json.stdout)).toMatchObject({ id: a.vendor.id, standing: { present: { tier: 'advance' } } })
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

  it('suspends at once, and reinstates only with a second officer', async () => {
    const suspended = await run(['suspend', 'Vendor A', '--reason', 'A leak is looked into', '--json'])
    expect([suspended.status, JSON.parse(suspended.stdout)]).toEqual([0, expect.objectContaining({ kind: 'suspend', state: 'done' })])
    const proposed = await run(['reinstate', 'Vendor A', '--reason', 'Nothing was found'])
    const [id = ''] = proposed.stdout.split(' ')
    expect(proposed.stdout).toMatch(/reinstate of Vendor A: waits/)
    expect(proposed.stderr).toContain(`vedette member approve ${id}`)
    const [own, other] = [await run(['approve', id]), await run(['approve', id, '--json'], { VEDETTE_TOKEN: second })]
    expect([own.status, other.status, JSON.parse(other.stdout)]).toEqual([
      1,
      0,
      expect.objectContaining({ state: 'done', after: expect.objectContaining({ state: 'active' }) }),
    ])
    const [history, lower, read] = await Promise.all([
      run(['history', 'Vendor A']),
      run(['tier', 'Vendor A', 'entry', '--reason', 'Asked for it']),
      run(['could-read', 'Vendor A', '--at', test.clock.now().toISOString(), '--json']),
    ])
    expect(history.stdout).toMatch(/^SINCE[^]*active[^]*suspended[^]*active/)
    expect(lower.stdout).toMatch(/tier of Vendor A: done \(entry, active\)/)
    expect(read.status).toBe(0)
    expect((JSON.parse(read.stdout) as { people: object[] }).people).toHaveLength(3)
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
