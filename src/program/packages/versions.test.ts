import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verifyLog } from '#platform/audit/verify-log.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { code, csafDocument, DECEMBER, ok } from '#test/harness/packages.ts'
import { versionWorld, type Decision } from '#test/harness/versions.ts'

type World = Awaited<ReturnType<typeof versionWorld>>
const AFTER = '2026-12-09T00:00:00.000Z'

describe('versions of a package', () => {
  let test: TestApp
  let a: World['a']
  let b: World['b']
  let desk: World['desk']
  let versions: World['versions']
  let publishers: World['publishers']
  let holder: World['holder']
  let other: World['other']
  let restricted: World['restricted']
  let held: World['held']
  let toldOf: World['toldOf']
  let holders: World['holders']
  let report: World['report']
  let read: World['read']
  let expectNothing: World['expectNothing']

  beforeAll(async () => {
    test = await testApp()
    ;({ a, b, desk, versions, publishers, holder, other, restricted, held, toldOf, holders, report, read, expectNothing } = await versionWorld(test))
  })
  afterAll(() => test.close())

  describe('E19: a revision', () => {
    let id: string
    const terms = { deploy: { ownFleet: 'allow' } }

    it('E19: is a draft beside the version that members read, and takes its place when it is put on the release of that one', async () => {
      id = await held('Revised', { files: true })
      const begun = ok(await versions.begin(a.people.author, id, 'The record may be longer'))
      expect(begun).toMatchObject({ version: 2, state: 'draft', release: null, approval: null, contributors: [{ id: a.people.author.id }] })
      expect(begun.content.revisionHistory!.at(-1)).toMatchObject({ version: '2', summary: 'The record may be longer' })
      expect(code(await versions.begin(a.people.author, id))).toBe('CONFLICT')
      ok(await desk.edit(a.people.author, id, (content) => ({ ...content, title: 'Better title', permittedUse: terms })))
      // Nobody outside sees anything of it before.
      expect(await desk.read(holder, id)).toMatchObject({ version: 1, title: 'Revised title' })
      await expectNothing(holder, `/api/packages/${id}/differences?from=1&to=2`, id)
      await versions.approve(a, id)
      expect(code(await desk.schedule(a.people.publisher, id, '2027-01-12T18:00:00.000Z'))).toBe('VALIDATION_FAILED')
      expect(ok(await desk.post(a.people.publisher, `/api/packages/${id}/schedule`))).toMatchObject({
        state: 'scheduled',
        release: { instant: DECEMBER.release },
      })
      expect(await versions.states(a.people.author, id)).toEqual(['2 scheduled', '1 superseded'])
    })

    it('E19: leaves the old version, marked superseded, to those who had it, and to nobody else', async () => {
      expect(await versions.states(holder, id)).toEqual(['2 scheduled', '1 superseded'])
      expect((await read(holder, id, 1)).json()).toMatchObject({ version: 1, state: 'superseded', title: 'Revised title' })
      expect(await versions.states(other.people.analyst, id)).toEqual(['2 scheduled'])
      await expectNothing(other.people.analyst, `/api/packages/${id}?version=1`, id)
      expect(code(await desk.receive(other.people.analyst, id, 1))).toBe('NOT_FOUND')
      await expectNothing(restricted.people.analyst, `/api/packages/${id}/versions`, id)
    })

    it('E19: shows its differences only to who received both versions, and only of parts that both show', async () => {
      // The new version is not received yet.
      await expectNothing(holder, `/api/packages/${id}/differences?from=1&to=2`, id)
      ok(await desk.receive(holder, id, 2))
      const { items, parts } = (await versions.differences(holder, id)).json<{ items: { place: string[]; kind: string }[]; parts: string[] }>()
      expect(items).toContainEqual({ place: ['title'], kind: 'changed', before: 'Revised title', after: 'Better title' })
      expect(items).toContainEqual({ place: ['permittedUse', 'deploy', 'ownFleet'], kind: 'changed', before: 'deny', after: 'allow' })
      expect(items.map(({ place }) => place[0])).not.toContain('proofOfConcept')
      expect(parts).not.toContain('proof-of-concept')
      ok(await desk.receive(other.people.analyst, id, 2))
      await expectNothing(other.people.analyst, `/api/packages/${id}/differences?from=1&to=2`, id)
      for (const by of [restricted.people.analyst, a.vendor.people.reader, b.vendor.people.analyst, b.people.author])
        await expectNothing(by, `/api/packages/${id}/differences?from=1&to=2`, id)
      expect((await versions.differences(a.people.reviewer, id)).statusCode).toBe(200)
      // I12: with the release the restricted member gets the generic text of the new version, and no difference to one it never had.
      test.clock.set(AFTER)
      ok(await desk.receive(restricted.people.analyst, id, 2))
      await expectNothing(restricted.people.analyst, `/api/packages/${id}/differences?from=1&to=2`, id)
    })

    it('E19: is acknowledged by every holder for itself: by its receipt, and by a word where its terms are others', async () => {
      test.clock.set(DECEMBER.entry)
      const duties = async () =>
        (await desk.get(a.people.auditor, `/api/packages/${id}/acknowledgements`)).json<{
          items: { id: string; kind: string; acknowledged: { by: { id: string } } | null }[]
        }>().items
      expect((await duties()).map(({ kind, acknowledged }) => [kind, acknowledged?.by.id ?? null])).toEqual([
        ['terms', null],
        ['version', holder.id],
      ])
      const own = (await desk.get(holder, '/api/acknowledgements')).json<{ items: { id: string; package: string; kind: string }[] }>().items
      expect(own.filter((duty) => duty.package === id)).toMatchObject([{ kind: 'terms' }])
      // A colleague who may not know of the package has nothing to acknowledge about it.
      expect((await desk.get(a.vendor.people.admin, '/api/acknowledgements')).json<{ items: unknown[] }>().items).toEqual([])
      const wanted = { acknowledgement: own.find((duty) => duty.package === id)!.id }
      expect(code(await desk.post(a.vendor.people.admin, `/api/packages/${id}/acknowledgements`, wanted))).toBe('NOT_FOUND')
      expect(code(await desk.post(other.people.analyst, `/api/packages/${id}/acknowledgements`, wanted))).toBe('NOT_FOUND')
      expect((await desk.post(holder, `/api/packages/${id}/acknowledgements`, wanted)).statusCode).toBe(200)
      expect(code(await desk.post(holder, `/api/packages/${id}/acknowledgements`, wanted))).toBe('NOT_FOUND')
      expect((await duties()).every(({ acknowledged }) => acknowledged?.by.id === holder.id)).toBe(true)
      expect(await toldOf(holder, id)).toEqual(expect.arrayContaining(['package.revised', 'package.acknowledgement-asked']))
      expect(await toldOf(a.vendor.people.admin, id)).toEqual([])
    })

    it('E19: opens at once to who may read released versions, when the release has happened', async () => {
      test.clock.set(AFTER)
      const next = await versions.revise(a, id, (content) => ({ ...content, title: 'Third title' }))
      expect(next).toMatchObject({ version: 3, state: 'released', release: { instant: DECEMBER.release } })
      expect(await versions.states(holder, id)).toEqual(['3 released', '2 superseded', '1 superseded'])
      expect(await versions.states(restricted.people.analyst, id)).toEqual(['3 released', '2 superseded'])
      const { rows } = await test.database.superuser.query('select operator_id, data from outbox_event where type = $1', ['package.released'])
      expect(rows).toContainEqual({ operator_id: a.id, data: { package: id, version: 3, release: expect.any(String) } })
    })

    it('keeps every file that an earlier version names, and every version as it was received', async () => {
      const { content } = (await read(a.people.author, id, 1)).json()
      ok(await versions.begin(a.people.author, id))
      ok(await desk.edit(a.people.author, id, (present) => ({ ...present, attachments: [], proofOfConcept: [] })))
      const url = `/api/packages/${id}/attachments/${content.attachments[0].object}?version=1`
      expect((await desk.get(holder, url)).body).toBe(`attachment of ${id}`)
    })

    it('leaves the version before it open to decisions while it is a draft', async () => {
      const draft = await held('Deferred below its draft')
      ok(await versions.begin(a.people.author, draft))
      await versions.decide(publishers, draft, 'defer')
      expect(await versions.states(a.people.author, draft)).toEqual(['2 draft', '1 deferred'])
      await versions.approve(a, draft)
      // The release of a deferred version is no place to go on: another one is named.
      expect(code(await desk.post(a.people.publisher, `/api/packages/${draft}/schedule`))).toBe('VALIDATION_FAILED')
      expect(ok(await desk.schedule(a.people.publisher, draft, '2027-01-12T18:00:00.000Z'))).toMatchObject({ version: 2, state: 'scheduled' })
      expect(await versions.states(holder, draft)).toEqual(['1 superseded'])
    })
  })

  describe('E20: a pulled package', () => {
    let id: string

    it('E20: is read by nobody from the second confirmation on, not even by who kept an earlier version', async () => {
      id = await held('Pulled', { files: true })
      await versions.revise(a, id)
      ok(await desk.receive(holder, id, 2))
      const { content } = (await read(a.people.author, id)).json()
      const file = `/api/packages/${id}/attachments/${content.attachments[0].object}`
      expect((await desk.get(holder, file)).statusCode).toBe(200)
      const proposed = await versions.propose(publishers.first, id, 'pull', 2)
      expect(await versions.states(holder, id)).toEqual(['2 scheduled', '1 superseded'])
      expect(code(await versions.confirm(publishers.first, id, proposed.json<Decision>().id))).toBe('SECOND_PERSON_NEEDED')
      expect((await versions.confirm(publishers.second, id, proposed.json<Decision>().id)).json()).toMatchObject({ state: 'confirmed', versionState: 'pulled' })
      for (const url of ['', '/versions', '?version=1', '/differences?from=1&to=2']) await expectNothing(holder, `/api/packages/${id}${url}`, id)
      expect(code(await desk.get(holder, file))).toBe('NOT_FOUND')
      expect(code(await desk.receive(holder, id, 2))).toBe('NOT_FOUND')
      test.clock.set(AFTER)
      await expectNothing(holder, `/api/packages/${id}`, id)
      expect((await desk.get(holder, '/api/acknowledgements')).json<{ items: { package: string }[] }>().items.map((duty) => duty.package)).not.toContain(id)
    })

    it('E20: has an exact list of holders, by version and person', async () => {
      const list = await holders(id)
      expect(list.items.map((one) => [one.organisation.id, one.person.id, one.version, one.files])).toEqual([
        [a.vendor.id, holder.id, 1, 0],
        [a.vendor.id, holder.id, 2, 1],
      ])
      expect(list.pulledAt).toBe(DECEMBER.advance)
      expect(code(await desk.get(b.people.tracer, `/api/packages/${id}/holders`))).toBe('NOT_FOUND')
    })

    it('E20: asks its holders to destroy it, and shows who says so and who does not', async () => {
      expect(await toldOf(holder, id)).toContain('package.pulled')
      expect(await toldOf(other.people.analyst, id)).toEqual([])
      const asked = (await desk.get(holder, '/api/destructions')).json<{ items: object[] }>().items
      expect(asked).toEqual([{ package: id, versions: [1, 2], pulledAt: DECEMBER.advance, attested: null }])
      expect((await desk.get(other.people.analyst, '/api/destructions')).json()).toEqual({ items: [] })
      const said = { text: 'Wiped from two analysis machines', destroyedAt: AFTER }
      expect(code(await desk.post(other.people.analyst, `/api/packages/${id}/attestations`, said))).toBe('NOT_FOUND')
      expect((await desk.post(holder, `/api/packages/${id}/attestations`, { ...said, destroyedAt: '2027-01-01T00:00:00Z' })).json()).toMatchObject({
        code: 'VALIDATION_FAILED',
        fields: [{ field: '/body/destroyedAt' }],
      })
      expect((await holders(id)).attestations).toEqual([])
      expect((await desk.post(holder, `/api/packages/${id}/attestations`, said)).json()).toMatchObject({ attested: { text: said.text } })
      expect(code(await desk.post(holder, `/api/packages/${id}/attestations`, said))).toBe('CONFLICT')
      expect((await holders(id)).attestations).toMatchObject([{ person: { id: holder.id }, text: said.text }])
      const { rows } = await test.database.superuser.query<{ text: Buffer }>('select text from destruction_attestation where package_id = $1', [id])
      expect(rows[0]!.text.includes('Wiped')).toBe(false)
    })

    it('E20: guards its vulnerabilities after its old instant, until their embargo ends', async () => {
      const cve = 'CVE-2026-55001'
      const guarded = await held('Guarded', { cves: [cve] })
      await versions.decide(publishers, guarded, 'pull')
      test.clock.set(AFTER)
      expect(code(await report(holder, cve))).toBe('VALIDATION_FAILED')
      // Who holds nothing of it is told nothing.
      expect((await report(other.people.analyst, cve)).statusCode).toBe(201)
      test.clock.set('2026-12-10T12:00:00Z')
      const again = ok(await desk.import(a.people.author, csafDocument('Named again', cve))).id
      await versions.approve(a, again)
      ok(await desk.schedule(a.people.publisher, again, '2027-01-12T18:00:00.000Z'))
      expect(code(await report(holder, cve))).toBe('VALIDATION_FAILED')
      test.clock.set('2027-01-12T18:00:00.000Z')
      expect((await report(holder, cve)).statusCode).toBe(201)
    })

    it('is followed by nothing', async () => {
      const ended = await held('Ended')
      ok(await versions.begin(a.people.author, ended))
      await versions.approve(a, ended)
      await versions.decide(publishers, ended, 'pull')
      expect(code(await desk.post(a.people.publisher, `/api/packages/${ended}/schedule`))).toBe('CONFLICT')
      for (const act of ['pull', 'defer', 'withdraw'] as const) expect(code(await versions.propose(publishers.first, ended, act))).toBe('CONFLICT')
    })
  })

  it('E21: withdrawn after its release, it stays readable, marked so, with receipts, clause and history, and no embargo comes back', async () => {
    const cve = 'CVE-2026-55002'
    const id = await held('Withdrawn', { cves: [cve] })
    expect(code(await versions.propose(publishers.first, id, 'withdraw'))).toBe('CONFLICT')
    expect(code(await report(holder, cve))).toBe('VALIDATION_FAILED')
    test.clock.set(AFTER)
    expect((await report(holder, cve)).statusCode).toBe(201)
    await versions.decide(publishers, id, 'withdraw')
    const shown = ok(await read(other.people.analyst, id))
    expect(shown).toMatchObject({ state: 'withdrawn', content: { permittedUse: expect.any(Object) } })
    expect(ok(await desk.receive(other.people.analyst, id)).content.revisionHistory).toEqual(expect.any(Array))
    expect((await holders(id)).items.map(({ person }) => person.id)).toEqual([holder.id, other.people.analyst.id])
    expect((await report(holder, cve)).statusCode).toBe(201)
    expect(await toldOf(holder, id)).toContain('package.withdrawn')
    expect(code(await versions.begin(a.people.author, id))).toBe('CONFLICT')
    expect(code(await versions.propose(publishers.first, id, 'pull'))).toBe('CONFLICT')
  })

  it('leave a log that every row still fits', async () => {
    expect(await verifyLog(test.app, {})).toMatchObject({ ok: true, faults: [] })
  })
})
