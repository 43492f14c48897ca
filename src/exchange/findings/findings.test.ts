import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { system, type ContactActor, type OperatorActor } from '#platform/auth/actor.ts'
import { verifyLog } from '#platform/audit/verify-log.ts'
import { deliverTo } from '#platform/events/deliver.ts'
import { dispatchEvents } from '#platform/events/dispatch.ts'
import { emit } from '#platform/events/events.ts'
import type { Id, OperatorId } from '#platform/ids.ts'
import { submissionScanned } from '#scanner/submissions/contract.ts'
import { consumers } from '#exchange/findings/consumers.ts'
import { checkObject, type StixObject } from '#exchange/stix/check.ts'
import { findingObjects, type Verdict } from '#exchange/stix/finding.ts'
import { TLP_MARKINGS } from '#exchange/stix/tlp.ts'
import { insertRight, type CollectionId } from '#exchange/collections/store.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { TaxiiClient, indicator, seedCollection } from '#test/harness/exchange.ts'
import type { Caller } from '#test/harness/packages.ts'
import { seedOrganisation, seedPeople, type SeededOperator, type SeededOrganisation, type SeededPerson } from '#test/harness/people.ts'

const SHA256 = 'ab'.repeat(32)
const SUBMISSION = '0193b0c8-1111-7222-8333-444455556666' as Id<'submission'>
const verdict: Verdict = {
  submission: SUBMISSION,
  operator: '0193b0c8-2222-7222-8333-444455556666',
  tlp: 'GREEN',
  sha256: SHA256,
  size: 7,
  exploit: 'attempted',
  cves: ['CVE-2018-0802', 'CVE-2017-11882'],
  techniques: ['ole-link'],
  happenedAt: new Date('2026-11-25T10:00:00.123Z'),
  version: '1.0.0',
}
const typesOf = (objects: readonly StixObject[]) => objects.map(({ type }) => type)

describe('a verdict as STIX', () => {
  it('is valid STIX 2.1, marked throughout, of one instant, and the same every time', () => {
    const objects = findingObjects(verdict)
    expect(typesOf(objects)).toEqual([
      'file',
      'malware-analysis',
      'malware',
      'vulnerability',
      'vulnerability',
      'indicator',
      ...Array.from({ length: 4 }, () => 'relationship'),
    ])
    for (const object of objects) {
      expect(checkObject(object)).toEqual({ object })
      expect(object).toMatchObject({ object_marking_refs: [TLP_MARKINGS.GREEN] })
      if (object.type !== 'file') expect(object).toMatchObject({ created: '2026-11-25T10:00:00.123Z', modified: '2026-11-25T10:00:00.123Z' })
    }
    expect(findingObjects({ ...verdict })).toEqual(objects)
    expect(new Set(objects.map(({ id }) => id)).size).toBe(objects.length)
  })

  it('gives the file the id that anybody gives it, the analysis one of the submission, and everything else ids of the bytes', () => {
    const [file, ...rest] = findingObjects(verdict)
    // UUIDv5 of {"hashes":{"SHA-256":"abab…"}} in the namespace of STIX 2.1, section 2.9, computed with Python's uuid.uuid5.
    expect(file).toEqual({
      type: 'file',
      spec_version: '2.1',
      id: 'file--20432b06-75d2-54b6-80ef-6d923b5d925d',
      hashes: { 'SHA-256': SHA256 },
      size: 7,
      object_marking_refs: [TLP_MARKINGS.GREEN],
    })
    const other = findingObjects({ ...verdict, submission: '0193b0c8-9999-7222-8333-444455556666' })
    const same = other.filter(({ id }) => [file!, ...rest].some((object) => object.id === id))
    expect(typesOf(same)).toEqual(['file', 'malware', 'vulnerability', 'vulnerability', 'indicator', 'relationship', 'relationship', 'relationship'])
    for (const change of [{ sha256: 'cd'.repeat(32) }, { operator: '0193b0c8-9999-7222-8333-444455556666' }]) {
      const elsewhere = findingObjects({ ...verdict, submission: '0193b0c8-9999-7222-8333-444455556666', ...change }).slice(1)
      expect(elsewhere.some(({ id }) => rest.some((object) => object.id === id))).toBe(false)
    }
  })

  it('connects indicator, malware, vulnerabilities and analysis', () => {
    const objects = findingObjects(verdict)
    const typeOf = (ref: unknown) => objects.find(({ id }) => id === ref)!.type
    const links = objects
      .filter(({ type }) => type === 'relationship')
      .map((link) => [typeOf(link['source_ref']), link['relationship_type'], typeOf(link['target_ref'])])
    expect(links).toEqual([
      ['indicator', 'indicates', 'malware'],
      ['malware', 'exploits', 'vulnerability'],
      ['malware', 'exploits', 'vulnerability'],
      ['malware-analysis', 'static-analysis-of', 'malware'],
    ])
    expect(objects.find(({ type }) => type === 'indicator')).toMatchObject({
      pattern: `[file:hashes.'SHA-256' = '${SHA256}']`,
      pattern_type: 'stix',
      indicator_types: ['malicious-activity'],
    })
  })

  it('says suspicious for a technique and unknown for nothing seen, and never benign', () => {
    const result = (exploit: Verdict['exploit']) => findingObjects({ ...verdict, exploit, cves: [] }).map(({ type, result }) => [type, result])[1]
    expect((['confirmed', 'attempted', 'technique-only', 'none-seen'] as const).map((exploit) => result(exploit)![1])).toEqual([
      'malicious',
      'malicious',
      'suspicious',
      'unknown',
    ])
    expect(typesOf(findingObjects({ ...verdict, exploit: 'technique-only' }))).toEqual(['file', 'malware-analysis'])
  })
})

describe('publishing findings', () => {
  let test: TestApp
  let a: SeededOperator
  let b: SeededOperator
  let third: SeededOrganisation
  let collection: CollectionId
  const scanned = async (data: object, operator: OperatorId = a.id) => {
    const { tlp, sha256, size, exploit, cves, techniques } = verdict
    const event: Record<string, unknown> = {
      submission: test.app.ids.next<'submission'>(),
      organisation: a.vendor.id,
      tlp,
      share: true,
      audience: (data as { tlp?: string }).tlp ?? tlp,
      sha256,
      size,
      type: 'docx',
      outcome: 'complete',
      exploit,
      cves,
      techniques,
    }
    await test.app.db.transaction(system('test'), (tx) => emit(test.app, tx, submissionScanned, { ...event, ...data } as never, { operator }))
    await dispatchEvents(test.app, consumers)
    for (const each of consumers) await deliverTo(test.app, each, new AbortController().signal)
    const { rows } = await test.database.superuser.query('select 1 from event_delivery')
    expect(rows).toEqual([])
  }
  const lastEvent = async () =>
    (
      await test.database.superuser.query<{ id: string; data: object }>(
        `select id, data from outbox_event where type = 'submission.scanned' order by position desc limit 1`,
      )
    ).rows[0]!
  const gapsOf = async ({ people }: SeededOrganisation) =>
    (await test.server.inject({ method: 'GET', url: '/api/gaps', headers: people.reader.token })).json<{ items: { indicator: { id: string } }[] }>().items
  const walk = (person: SeededPerson<OperatorActor | ContactActor>) => new TaxiiClient(test.server, person, a.id, collection).walk()
  const objectsOf = async (person: SeededPerson<OperatorActor | ContactActor>) =>
    (await new TaxiiClient(test.server, person, a.id, collection).get('objects/')).json<{ objects: StixObject[] }>().objects

  beforeAll(async () => {
    test = await testApp()
    ;[a, b] = await seedPeople(test.app)
    third = await seedOrganisation(test.app, a.id, 'C', 'responder')
    const rights = [a.vendor, a.responder, third].map(({ id }) => ({ organisation: id }))
    collection = await seedCollection(test.app, a.id, rights, { findings: true })
  })
  afterAll(() => test.close())

  it('begins with who says so and the definitions of TLP 2.0, so that their coming betrays nothing', async () => {
    const objects = await objectsOf(third.people.reader)
    expect(typesOf(objects)).toEqual(['identity', ...Array.from({ length: 5 }, () => 'marking-definition')])
    for (const object of objects) expect(checkObject(object)).toEqual({ object })
    expect(objects[5]).toMatchObject({ id: TLP_MARKINGS.RED, extensions: { 'extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d': { tlp_2_0: 'red' } } })
  })

  it('are the only ones who write there: no member claims the ids of what will be published', async () => {
    const answer = await new TaxiiClient(test.server, a.vendor.people.analyst, a.id, collection).post(indicator())
    expect(answer.statusCode).toBe(403)
  })

  it('puts a verdict into the collection once, however often the event comes, and names no submitter', async () => {
    const before = (await walk(third.people.reader)).length
    await scanned({ submission: SUBMISSION })
    const published = await objectsOf(third.people.reader)
    expect(published.length - before).toBe(10)
    test.clock.advance(5000)
    const { rows } = await test.database.superuser.query<{ id: string; data: object; happened_at: Date }>(
      `select id, data, happened_at from outbox_event where type = 'submission.scanned' limit 1`,
    )
    for (const each of consumers) {
      await each.handle(
        test.app,
        { id: rows[0]!.id, type: 'submission.scanned', operator: a.id, data: rows[0]!.data, happenedAt: rows[0]!.happened_at } as never,
        new AbortController().signal,
      )
    }
    expect(await objectsOf(third.people.reader)).toEqual(published)
    const text = JSON.stringify(published)
    for (const name of [a.vendor.id, a.vendor.name, SUBMISSION]) expect(text).not.toContain(name)
    const page = await test.server.inject({ method: 'GET', url: '/api/indicators', headers: a.responder.people.reader.token })
    expect(page.json()).toMatchObject({ items: [{ tlp: 'GREEN', cves: ['CVE-2017-11882', 'CVE-2018-0802'], collection: { id: collection } }] })
  })

  it('keeps what is private private, and what has no verdict out', async () => {
    const before = await walk(a.people.analyst)
    await scanned({ share: false })
    await scanned({ exploit: null, type: null, outcome: 'not-scanned', cves: [], techniques: [] })
    expect(await walk(a.people.analyst)).toEqual(before)
    // Control: the same, shared.
    await scanned({})
    expect((await walk(a.people.analyst)).length).toBeGreaterThan(before.length)
  })

  it("shows what is marked RED or AMBER+STRICT to the submitter and the operator's people only", async () => {
    const before = await walk(third.people.reader)
    for (const tlp of ['RED', 'AMBER+STRICT']) {
      test.clock.advance(5000)
      await scanned({ tlp, sha256: 'cd'.repeat(32) })
    }
    expect(await walk(third.people.reader)).toEqual(before)
    // An analysis and its relationship each; everything else is one of the bytes.
    expect((await walk(a.vendor.people.reader)).length).toBe(before.length + 12)
    test.clock.advance(5000)
    await scanned({ tlp: 'CLEAR', sha256: 'cd'.repeat(32) })
    expect((await walk(third.people.reader)).length).toBe(before.length + 10)
    // The next submission says the same: its analysis comes, and no other version of anything.
    test.clock.advance(5000)
    await scanned({ tlp: 'CLEAR', sha256: 'cd'.repeat(32) })
    expect((await walk(third.people.reader)).length).toBe(before.length + 12)
    const indicators = (await objectsOf(a.vendor.people.reader)).filter(
      (object) => JSON.stringify(object).includes('cd'.repeat(32)) && object.type === 'indicator',
    )
    expect(indicators).toHaveLength(1)
    expect(indicators[0]!.created! < indicators[0]!.modified!).toBe(true)
    // One that is stricter withdraws what its organisation let out, but for what is not its own to withdraw: the file and what was said of it.
    test.clock.advance(5000)
    await scanned({ tlp: 'RED', sha256: 'cd'.repeat(32) })
    const left = (await objectsOf(third.people.reader)).slice(before.length).map(({ type }) => type)
    expect(left.sort()).toEqual(['file', 'malware-analysis', 'malware-analysis'])
  })

  it.each(['RED', 'AMBER', 'GREEN'] as const)(
    'publishes CLEAR to nobody else where somebody said %s, and tells the submitter nothing of it',
    async (audience) => {
      const sha256 = { RED: '12', AMBER: '13', GREEN: '14' }[audience].repeat(32)
      const before = await walk(third.people.reader)
      const shown = async (person: Caller) => {
        const page = await test.server.inject({ method: 'GET', url: '/api/indicators?limit=200', headers: person.token })
        return page
          .json<{ items: { tlp: string; pattern: string }[] }>()
          .items.filter(({ pattern }) => pattern.includes(sha256))
          .map(({ tlp }) => tlp)
      }
      await scanned({ tlp: 'CLEAR', audience, sha256 })
      expect(await walk(third.people.reader)).toEqual(before)
      expect(await shown(third.people.reader)).toEqual([])
      const own = (await objectsOf(a.vendor.people.reader)).filter((object) => object.type === 'indicator' && JSON.stringify(object).includes(sha256))
      expect(own).toMatchObject([{ object_marking_refs: [TLP_MARKINGS.CLEAR] }])
      expect(await shown(a.vendor.people.reader)).toEqual(['CLEAR'])
      // The operator's people see how it is kept.
      expect(await shown(a.people.analyst)).toEqual(['RED'])
      // Control: once all say so, it appears to members.
      test.clock.advance(5000)
      await scanned({ tlp: 'CLEAR', sha256 })
      expect((await walk(third.people.reader)).length).toBe(before.length + 10)
      expect(await shown(third.people.reader)).toEqual(['CLEAR'])
    },
  )

  it('does not publish what was deleted before, and says what it could not publish', async () => {
    const sha256 = '34'.repeat(32)
    const before = await walk(a.people.analyst)
    const data = { ...(await lastEvent()).data, submission: test.app.ids.next(), sha256 }
    const handle = (id: string, happenedAt: Date, more: object = {}) =>
      consumers[0]!.handle(
        test.app,
        { id, type: 'submission.scanned', operator: a.id, data: { ...data, ...more }, happenedAt } as never,
        new AbortController().signal,
      )
    const now = test.app.clock.now()
    await handle(test.app.ids.next(), now)
    expect(await walk(a.people.analyst)).toEqual(before)
    // Control: the same with an event that is there.
    await handle((await lastEvent()).id, now)
    expect((await walk(a.people.analyst)).length).toBeGreaterThan(before.length)
    const warn = vi.spyOn(test.app.log, 'warn')
    await handle((await lastEvent()).id, now, { cves: [] })
    expect(warn.mock.calls).toMatchObject([
      [{ refused: expect.arrayContaining([{ type: 'indicator', message: 'this version is stored with another content' }]) }, expect.any(String)],
    ])
    warn.mockRestore()
  })

  it('lets the sightings of five who handed in the same bytes add up', async () => {
    const sha256 = '56'.repeat(32)
    const five: SeededOrganisation[] = []
    for (let n = 1; n <= 5; n++) five.push(await seedOrganisation(test.app, a.id, `F${n}`, 'responder'))
    const right = (organisation: SeededOrganisation) => ({ collection, operator: a.id, organisation: organisation.id, canRead: true, canWrite: false })
    await test.app.db.transaction(system('test'), async (tx) => {
      for (const each of five) await insertRight(tx, right(each))
    })
    for (const each of five) {
      expect(await gapsOf(third)).toEqual([])
      await scanned({ organisation: each.id, sha256, tlp: 'GREEN' })
      const payload = { value: sha256, firstSeen: '2026-01-02T00:00:00Z', lastSeen: '2026-01-03T00:00:00Z' }
      const headers = { ...each.people.analyst.token, 'idempotency-key': each.id }
      expect((await test.server.inject({ method: 'POST', url: '/api/sightings', headers, payload })).statusCode).toBe(201)
    }
    expect(await gapsOf(third)).toMatchObject([{ organisations: 5, missing: 'sighting' }])
    const { rows } = await test.database.superuser.query<{ n: number }>('select count(distinct contribution_id)::int as n from sighting')
    expect(rows[0]!.n).toBe(5)
  }, 60_000)

  it('leaves nothing of a hidden contribution in the figures of others', async () => {
    const [reader] = await gapsOf(third)
    expect(reader).toBeDefined()
    await test.database.superuser.query(
      `update object_version set open = false where object_id = $1 and organisation_id = (select min(organisation_id::text)::uuid
      from sighting)`,
      [reader!.indicator.id],
    )
    expect(await gapsOf(third)).toEqual([])
  })

  it('does nothing where the operator has no collection for it', async () => {
    await scanned({ organisation: b.vendor.id }, b.id)
    expect((await test.database.superuser.query('select 1 from object_version where operator_id = $1', [b.id])).rows).toEqual([])
  })

  it('leaves a log that verifies', async () => {
    expect(await verifyLog(test.app)).toMatchObject({ ok: true, faults: [] })
  })
})
