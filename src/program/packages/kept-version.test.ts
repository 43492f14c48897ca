import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { code, csafDocument, DECEMBER, ok } from '#test/harness/packages.ts'
import { entitle, seedMember } from '#test/harness/people.ts'
import { versionWorld } from '#test/harness/versions.ts'

type World = Awaited<ReturnType<typeof versionWorld>>
const AFTER = '2026-12-09T00:00:00.000Z'
const JANUARY = '2027-01-12T18:00:00.000Z'

describe('a version that its holders keep when another takes its place', () => {
  let test: TestApp
  let world: World
  let tester: World['holder']

  beforeAll(async () => {
    test = await testApp()
    world = await versionWorld(test)
    const validate = await seedMember(test.app, world.a.id, 'that tests guidance')
    tester = validate.people.analyst
    await entitle(test.app, world.a, validate, tester, { tier: 'validate' })
  })
  afterAll(() => test.close())

  const { validate } = DECEMBER
  const parts = async (id: string, version: number) => {
    const { rows } = await test.database.superuser.query<{ part: string }>(
      'select distinct unnest(parts) as part from receipt where package_id = $1 and version = $2 and person_id = $3',
      [id, version, tester.id],
    )
    return rows.map(({ part }) => part).sort()
  }

  it('E19: is what they were given of it: nothing more opens, not even when its release would have been', async () => {
    const { a, desk, versions, plain, publishers } = world
    test.clock.set('2026-11-23T12:00:00Z')
    const { id } = await plain(csafDocument('Kept', 'CVE-2026-61001'))
    test.clock.set(validate)
    ok(await desk.receive(tester, id))
    expect(await parts(id, 1)).toEqual(['existence', 'guidance'])
    ok(await versions.begin(a.people.author, id))
    await versions.approve(a, id)
    ok(await desk.post(a.people.publisher, `/api/packages/${id}/schedule`))
    await versions.decide(publishers, id, 'defer', 2)
    test.clock.set(AFTER)
    expect((await world.read(tester, id, 1)).json()).toMatchObject({ state: 'superseded', title: null, cves: [], unreceivedParts: [] })
    expect(ok(await desk.receive(tester, id, 1)).cves).toEqual([])
    expect(await parts(id, 1)).toEqual(['existence', 'guidance'])
    const exported = (await desk.get(tester, `/api/packages/${id}/advisory?format=csaf-2.1&version=1`)).body
    expect(exported).not.toContain('CVE-2026-61001')
  })

  it('E18: was never public when it was taken out of its cycle before, however long its old instant has passed', async () => {
    const { a, desk, versions, publishers, holder, held, report } = world
    const cve = 'CVE-2026-61002'
    const id = await held('Postponed', { cves: [cve] })
    await versions.decide(publishers, id, 'defer')
    test.clock.set(AFTER)
    expect(code(await report(holder, cve))).toBe('VALIDATION_FAILED')
    ok(await versions.begin(a.people.author, id))
    await versions.approve(a, id)
    ok(await desk.schedule(a.people.publisher, id, JANUARY))
    expect(await versions.states(holder, id)).toEqual(['1 superseded'])
    expect(code(await report(holder, cve))).toBe('VALIDATION_FAILED')
    const { document } = (await desk.get(holder, `/api/packages/${id}/advisory?format=csaf-2.1&version=1`)).json()
    expect(document).toMatchObject({ distribution: { tlp: { label: 'AMBER+STRICT' } }, tracking: { status: 'draft' } })
    test.clock.set(JANUARY)
    expect((await report(holder, cve)).statusCode).toBe(201)
  })
})
