import { spawn } from 'node:child_process'
import type { z } from 'zod'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OperatorActor } from '#platform/auth/actor.ts'
import type { CycleView, ReplayView } from '#program/releases/cycles/contract.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { code, csafDocument, DECEMBER, ok, packageDesk, type Package } from '#test/harness/packages.ts'
import { entitle, seedMember, seedPeople, seedStaff, type SeededOperator, type SeededOrganisation, type SeededPerson } from '#test/harness/people.ts'

type Replay = z.output<typeof ReplayView>
const SLIPPED = '2026-12-15T18:00:00.000Z'

describe('a cycle', { timeout: 60_000 }, () => {
  let test: TestApp
  let a: SeededOperator
  let b: SeededOperator
  let desk: ReturnType<typeof packageDesk>
  let second: SeededPerson<OperatorActor>
  let entry: SeededOrganisation
  let one: Package
  let other: Package
  /** By id, as a cycle lists them. */
  let both: readonly Package[]
  let url: string
  const replay = async (): Promise<Replay> => (await desk.post(a.people.auditor, `/api/releases/${DECEMBER.release}/replay`)).json<Replay>()
  const show = (by = a.people.publisher, key: string = DECEMBER.release) => desk.get(by, `/api/releases/${key}`)

  beforeAll(async () => {
    test = await testApp()
    ;[a, b] = await seedPeople(test.app)
    desk = packageDesk(test)
    second = await seedStaff(test.app, a.id, 'publisher', 'Second publisher')
    await entitle(test.app, a, a.vendor, a.vendor.people.analyst)
    entry = await seedMember(test.app, a.id, 'entry')
    await entitle(test.app, a, entry, entry.people.analyst, { tier: 'entry' })
    one = await desk.scheduled(a, csafDocument('First'))
    other = await desk.scheduled(a, csafDocument('Other', 'CVE-2026-10002'))
    both = [one, other].toSorted((x, y) => (x.id < y.id ? -1 : 1))
    // The whole of a cycle: received when its window opens, moved after, received again by who reads later, and after the release.
    test.clock.set(DECEMBER.advance)
    ok(await desk.receive(a.vendor.people.analyst, one.id))
    const [file] = (await desk.read(a.vendor.people.analyst, one.id)).content.attachments!
    expect((await desk.get(a.vendor.people.analyst, `/api/packages/${one.id}/attachments/${file!.object}?version=1`)).statusCode).toBe(200)
    test.clock.set('2026-12-04T12:00:00Z')
    const to = { kind: 'instants', zone: 'America/Los_Angeles', instant: '2026-12-15T10:00' }
    const move = (await desk.post(a.people.publisher, '/api/releases/moves', { release: DECEMBER.release, to, reason: 'Slips' })).json<{
      id: string
      preview: { sha256: string }
    }>()
    expect((await desk.post(second, `/api/releases/moves/${move.id}/confirmation`, { preview: move.preview.sha256 })).statusCode).toBe(200)
    test.clock.set('2026-12-14T18:00:00Z')
    ok(await desk.receive(entry.people.analyst, one.id))
    test.clock.set(SLIPPED)
    ok(await desk.receive(entry.people.analyst, other.id))
    test.clock.set('2026-12-16T00:00:00Z')
    url = await test.listen()
  }, 120_000)
  afterAll(() => test.close())

  it('is shown with what its release was and is, its packages and its moves, to the operator alone', async () => {
    const shown = (await show()).json<z.output<typeof CycleView>>()
    expect(shown.release).toMatchObject({ key: DECEMBER.release, instant: SLIPPED, moved: { from: { instant: DECEMBER.release } } })
    expect(shown.instants.map(({ instant, since }) => [instant, since])).toEqual([
      [DECEMBER.release, null],
      [SLIPPED, '2026-12-04T12:00:00.000Z'],
    ])
    expect(shown.packages.map(({ id, title, here, receipts, release }) => [id, title, here, receipts, release.instant])).toEqual(
      both.map((each) => [each.id, each.title, true, each === one ? 3 : 1, SLIPPED]),
    )
    expect(shown.packages.find(({ id }) => id === one.id)!.release.windows.advance).toBe(DECEMBER.advance)
    expect(shown.moves).toMatchObject([{ state: 'confirmed', reason: 'Slips', release: DECEMBER.release }])
    expect((await show(a.people.auditor)).json<z.output<typeof CycleView>>().packages.map(({ title }) => title)).toEqual([null, null])
    // One of the rule that nobody wrote anything down for is shown as the rule has it.
    expect((await show(a.people.author, '2027-01-12T18:00:00Z')).json()).toMatchObject({ release: { state: 'planned', moved: null }, packages: [], moves: [] })
    expect((await show(b.people.publisher)).json()).not.toMatchObject({ release: { instant: SLIPPED } })
    for (const key of ['2027-01-13T18:00:00Z', one.id]) expect(code(await show(a.people.publisher, key))).toBe('NOT_FOUND')
    expect(code(await desk.get(a.vendor.people.analyst, `/api/releases/${DECEMBER.release}`))).toBe('FORBIDDEN')
  })

  it('I15: replayed under the rules of its time has no difference, by its own evidence and by the stored history', async () => {
    const replayed = await replay()
    expect(replayed.differences).toEqual([])
    expect(replayed).toMatchObject({ versions: 2, contacts: 2, receipts: 4 })
    expect(Object.values(replayed.decisions).reduce((sum, count) => sum + count, 0)).toBe(4)
    expect(replayed.openings).toEqual(
      both.map(({ id }) => ({ package: id, version: 1, contacts: 2, first: DECEMBER.advance, last: '2026-12-14T18:00:00.000Z' })),
    )
    expect(code(await desk.post(a.people.author, `/api/releases/${DECEMBER.release}/replay`))).toBe('FORBIDDEN')
    expect(code(await desk.post(b.people.publisher, `/api/releases/${DECEMBER.release}/replay`))).toBe('NOT_FOUND')
  })

  it.each([
    [
      'a window of the release that it was',
      `update release set advance_at = advance_at + interval '1 hour', entry_at = entry_at + interval '1 hour' where kind = 'rule'`,
      ['facts', 'history', 'not-open'],
    ],
    [
      'when it was scheduled',
      `update package_version_history set scheduled_at = '2026-12-14T19:00:00Z' where scheduled_at is not null`,
      ['facts', 'history', 'not-open'],
    ],
    ['the tier that a member held', `update membership_history set tier = 'responder' where tier = 'entry'`, ['history', 'not-open']],
    ['the moment of a receipt', `update receipt set received_at = received_at - interval '1 day' where part = 'content'`, ['facts']],
    ['a receipt that is gone', `delete from receipt where part = 'attachment'`, ['no-receipt']],
    ['a leaf that is gone', `set session_replication_role = replica; delete from audit_leaf where action = 'package.file-received'`, ['no-leaf']],
  ])('differs where somebody changed %s', async (_what, statement, kinds) => {
    const tables = ['release', 'package_version_history', 'membership_history', 'receipt', 'audit_leaf'].filter((table) => statement.includes(table))
    for (const table of tables) await test.database.superuser.query(`create table kept as select * from ${table}`)
    try {
      await test.database.superuser.query(statement)
      const { differences } = await replay()
      expect([...new Set(differences.map(({ kind }) => kind))].sort()).toEqual(kinds)
    } finally {
      await test.database.superuser.query('set session_replication_role = replica')
      for (const table of tables)
        await test.database.superuser.query(`delete from ${table}; insert into ${table} overriding system value select * from kept; drop table kept`)
      await test.database.superuser.query('set session_replication_role = default')
    }
    expect((await replay()).differences).toEqual([])
  })

  it('is replayed from the command line, which says by its exit code whether anything differs', async () => {
    const run = (key: string, ...more: string[]) =>
      new Promise<{ status: number | null; stdout: string; stderr: string }>((resolve) => {
        const env = { PATH: process.env.PATH, VEDETTE_URL: url, VEDETTE_TOKEN: a.people.auditor.token.authorization.replace('Bearer ', '') }
        const child = spawn('bin/vedette', ['cycle', 'replay', key, ...more], { env })
        const [out, err]: [string[], string[]] = [[], []]
        child.stdout.on('data', (text: Buffer) => out.push(text.toString()))
        child.stderr.on('data', (text: Buffer) => err.push(text.toString()))
        child.on('close', (status) => resolve({ status, stdout: out.join(''), stderr: err.join('') }))
      })
    const same = await run(DECEMBER.release)
    expect(same).toMatchObject({ status: 0, stdout: expect.stringContaining('2 versions, 2 contacts, 4 receipts.') })
    expect(same.stdout).toContain('Differences: 0')
    await test.database.superuser.query(
      `update release set advance_at = advance_at + interval '1 hour', entry_at = entry_at + interval '1 hour' where kind = 'rule'`,
    )
    const differs = await run(DECEMBER.release, '--json')
    expect(differs.status).toBe(1)
    expect((JSON.parse(differs.stdout) as Replay).differences.length).toBeGreaterThan(0)
    expect((await run('yesterday')).stderr).toContain('2026-12-08T18:00:00Z')
  })
})
