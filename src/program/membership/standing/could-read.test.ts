import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { system, type ContactActor, type OperatorActor } from '#platform/auth/actor.ts'
import type { CouldRead } from '#program/membership/standing/contract.ts'
import type { Part } from '#program/packages/contract.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { code, csafDocument, DECEMBER, packageDesk, type Package } from '#test/harness/packages.ts'
import { entitle, seedMember, seedPeople, seedStaff, type SeededOperator, type SeededOrganisation, type SeededPerson } from '#test/harness/people.ts'
import { newToken, standingDesk } from '#test/harness/standing.ts'

type Answer = z.output<typeof CouldRead>
const DAY = 86_400_000

/** What was answered while a clock went on is what the history says of it afterwards. */
describe('what contacts could read at an instant that is over', () => {
  let test: TestApp
  let a: SeededOperator
  let officer: SeededPerson<OperatorActor>
  let second: SeededPerson<OperatorActor>
  let desk: ReturnType<typeof packageDesk>
  let standing: ReturnType<typeof standingDesk>
  const members: SeededOrganisation[] = []
  const contacts: SeededPerson<ContactActor>[] = []
  /** What each contact was answered, by instant. */
  const answered: { at: Date; person: string; organisation: string; readable: Record<string, readonly Part[]> }[] = []
  const packages: Package[] = []

  beforeAll(async () => {
    test = await testApp()
    ;[a] = await seedPeople(test.app)
    officer = a.people['membership-officer']
    second = await seedStaff(test.app, a.id, 'membership-officer', 'Second officer')
    desk = packageDesk(test)
    standing = standingDesk(test)
    for (const [name, options] of [
      ['advance', {}],
      ['entry', { tier: 'entry' }],
      ['validate', { tier: 'validate' }],
      ['strict', { jurisdiction: 'duty-to-report@1' }],
    ] as const) {
      const member = await seedMember(test.app, a.id, name)
      members.push(member)
      contacts.push(member.people.analyst)
      await entitle(test.app, a, member, member.people.analyst, { proofOfConcept: true, ...options })
    }
    packages.push(
      await desk.scheduled(a, csafDocument('December', 'CVE-2026-10001')),
      await desk.scheduled(a, csafDocument('January', 'CVE-2026-10002'), '2027-01-12T18:00:00.000Z'),
    )
  }, 60_000)
  afterAll(() => test.close())

  /** The parts that the predicate lets a contact have now, as its own requests are answered: what it receives. */
  async function ask(by: SeededPerson<ContactActor>): Promise<Record<string, readonly Part[]>> {
    const readable: Record<string, readonly Part[]> = {}
    const { items } = (await desk.get(by, '/api/packages')).json<{ items?: { id: string }[] }>()
    for (const { id } of items ?? []) {
      const got = await desk.receive(by, id)
      if (got.statusCode !== 201) throw new Error(got.body)
      const { rows } = await test.database.superuser.query<{ parts: Part[] }>(
        'select array(select distinct unnest(parts) from receipt where package_id = $1 and person_id = $2 and part = $3) as parts',
        [id, by.id, 'content'],
      )
      readable[id] = rows[0]!.parts
    }
    return readable
  }
  const asked = async () => (await test.database.superuser.query(`select from audit_leaf where action = 'member.readable-asked'`)).rows.length
  const change = async (n: number, what: { kind: string; [more: string]: unknown }) => {
    await standing.decide(officer, second, members[n]!, what)
    if (what.kind === 'reinstate') contacts[n] = { ...contacts[n]!, token: await newToken(test, contacts[n]!) }
  }

  it('is what they were answered then, at every instant of a clock that walks on while standings change', { timeout: 180_000 }, async () => {
    const steps: (readonly [string, () => Promise<unknown>])[] = [
      [DECEMBER.validate, async () => undefined],
      ['2026-11-27T10:00:00Z', () => change(1, { kind: 'tier', tier: 'advance' })],
      [DECEMBER.advance, async () => undefined],
      ['2026-12-04T10:00:00Z', () => change(0, { kind: 'tier', tier: 'entry' })],
      ['2026-12-05T10:00:00Z', () => change(1, { kind: 'suspend' })],
      ['2026-12-05T11:00:00Z', () => change(1, { kind: 'reinstate', backAccess: true })],
      ['2026-12-06T10:00:00Z', () => change(3, { kind: 'jurisdiction', jurisdiction: 'unrestricted@1' })],
      [DECEMBER.entry, async () => undefined],
      [
        '2026-12-08T10:00:00Z',
        () =>
          test.app.db.transaction(system('test'), (tx) =>
            tx.db.updateTable('contact_key').set({ revoked_at: test.clock.now() }).where('person_id', '=', contacts[0]!.id).execute(),
          ),
      ],
      [DECEMBER.release, async () => undefined],
      ['2026-12-30T10:00:00Z', () => change(2, { kind: 'suspend' })],
      ['2027-01-08T10:00:00Z', () => change(2, { kind: 'reinstate' })],
      ['2027-01-12T18:00:00Z', () => change(3, { kind: 'terminate' })],
      ['2027-02-01T00:00:00Z', async () => undefined],
    ]
    for (const [instant, act] of steps) {
      test.clock.set(instant)
      await act()
      test.clock.advance(1)
      const at = test.clock.now()
      const asks = contacts.map(async (by, n) => ({ at, person: by.id, organisation: members[n]!.id, readable: await ask(by) }))
      answered.push(...(await Promise.all(asks)))
    }
    test.clock.advance(DAY)
    let compared = 0
    for (const { at, person, organisation, readable } of answered) {
      const answer = await standing.get(officer, `/api/organisations/${organisation}/could-read?at=${at.toISOString()}&person=${person}`)
      const { people } = answer.json<Answer>()
      // Nobody is credited in these packages, and no receipt names a part that is empty.
      const filled = (parts: readonly string[]) => parts.filter((part) => part !== 'credit').toSorted((one, other) => one.localeCompare(other))
      const could = Object.fromEntries(people[0]!.versions.map(({ package: id, parts }) => [id, filled(parts)]))
      const did = Object.fromEntries(Object.entries(readable).map(([id, parts]) => [id, parts.toSorted((one, other) => one.localeCompare(other))]))
      // Receipts only grow: what was closed again since is in them, so what is listed is compared, and parts that are readable are among them.
      expect(
        Object.keys(could).toSorted((one, other) => one.localeCompare(other)),
        `${at.toISOString()} ${person}`,
      ).toEqual(Object.keys(did).toSorted((one, other) => one.localeCompare(other)))
      for (const [id, parts] of Object.entries(could)) expect(did[id], `${at.toISOString()} ${person} ${id}`).toEqual(expect.arrayContaining(parts))
      compared++
    }
    expect(compared).toBe(answered.length)
    expect(new Set(answered.map(({ readable }) => Object.keys(readable).length))).toEqual(new Set([0, 1, 2]))
  })

  it('is asked of the past only, by officers, auditors and tracers, and goes on record', async () => {
    const url = `/api/organisations/${members[0]!.id}/could-read?at=`
    const before = await asked()
    expect(code(await standing.get(officer, `${url}${new Date(test.clock.now().getTime() + 1).toISOString()}`))).toBe('VALIDATION_FAILED')
    for (const role of ['auditor', 'tracer', 'membership-officer'] as const)
      expect((await desk.get(a.people[role], `${url}${DECEMBER.entry}`)).statusCode, role).toBe(200)
    for (const by of [a.people.author, contacts[0]!]) expect(code(await desk.get(by, `${url}${DECEMBER.entry}`))).toBe('FORBIDDEN')
    expect(await asked()).toBe(before + 3)
  })
})
