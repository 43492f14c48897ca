import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { system, type ContactActor, type OperatorActor } from '#platform/auth/actor.ts'
import { verifyLog } from '#platform/audit/verify-log.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import type { EmbargoList, EmbargoView, PutResult } from '#exchange/embargoes/contract.ts'
import { followTiers } from '#exchange/embargoes/follow-tiers.ts'
import { membershipRow } from '#program/membership/store.ts'
import { TLP_MARKINGS } from '#exchange/stix/tlp.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { embargoed, indicator, relationship, seedCollection, TaxiiClient } from '#test/harness/exchange.ts'
import { code } from '#test/harness/packages.ts'
import { seedOrganisation, seedPeople, seedStaff, type SeededOperator, type SeededOrganisation, type SeededPerson } from '#test/harness/people.ts'
import { newSession } from '#test/harness/standing.ts'

type Person = SeededPerson<OperatorActor | ContactActor>
type Embargo = z.output<typeof EmbargoView>

/** The clock of a server never goes back: each test has a day of its own. */
let start = Date.parse('2026-11-22T12:00:00.000Z')
const inHours = (hours: number) => new Date(start + hours * 3_600_000)

let test: TestApp
let a: SeededOperator
let b: SeededOperator
let entry: SeededOrganisation
let second: SeededPerson<OperatorActor>
let collection: CollectionId

beforeAll(async () => {
  test = await testApp()
  ;[a, b] = await seedPeople(test.app)
  entry = await seedOrganisation(test.app, a.id, 'Entry', 'vendor')
  second = await seedStaff(test.app, a.id, 'analyst', 'Second analyst')
  await tierOf(entry, 'entry')
})
afterAll(() => test.close())
beforeEach(async () => {
  start += 86_400_000
  test.clock.set(inHours(0))
  collection = await seedCollection(test.app, a.id, [{ organisation: a.vendor.id }, { organisation: entry.id }])
})

const analyst = () => a.people.analyst
const partner = (): Person => a.vendor.people.analyst
const other = (): Person => entry.people.analyst
const client = (person: Person) => new TaxiiClient(test.server, person, a.id, collection)
const walk = (person: Person) => client(person).walk()

async function setTier(of: SeededOrganisation, tier: string): Promise<void> {
  await test.app.db.transaction(system('test'), async (tx) => {
    await tx.db.updateTable('membership').set({ tier }).where('organisation_id', '=', of.id).execute()
    test.app.audit.record(tx, {
      action: 'member.changed',
      subject: of.id,
      operator: a.id,
      binds: [membershipRow({ organisation_id: of.id, operator_id: a.id })],
    })
  })
}
async function tierOf(of: SeededOrganisation, tier: string): Promise<void> {
  await setTier(of, tier)
  await followTiers(test.app)
}
const send = async (by: Person, method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object) =>
  test.server.inject({ method, url, headers: await newSession(test, by), ...(payload && { payload }) })
const set = async (wish: object, by: Person = analyst()): Promise<Embargo> => {
  const answer = await send(by, 'POST', `/api/collections/${collection}/embargoes`, { title: 'Wave', ...wish })
  expect(answer.statusCode, answer.body).toBe(201)
  return answer.json<Embargo>()
}
const put = async ({ id }: { readonly id: string }, ...objects: readonly unknown[]): Promise<z.output<typeof PutResult>> => {
  const payload = `{"type":"bundle","objects":[${objects.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join(',')}]}`
  const headers = { ...analyst().token, 'content-type': 'application/stix+json' }
  const answer = await test.server.inject({ method: 'POST', url: `/api/embargoes/${id}/objects`, headers, payload })
  expect(answer.statusCode, answer.body).toBe(200)
  return answer.json()
}
const change = (by: Person, { id }: Embargo, instants: object) => send(by, 'POST', `/api/embargoes/${id}/changes`, { instants, reason: 'A wish' })
const listed = async (by: Person = analyst()) => (await send(by, 'GET', `/api/collections/${collection}/embargoes`)).json<z.output<typeof EmbargoList>>().items
const leaves = async (action: string) =>
  (await test.database.superuser.query<{ body: Buffer }>('select body from audit_leaf where action = $1 order by index', [action])).rows.map(({ body }) =>
    body.toString(),
  )
const removals = async (person: Person) =>
  (await send(person, 'GET', `/api/exchange/collections/${collection}/removals`)).json<{ items: { object: string; version: string }[] }>().items
const days = (day: number) => ({ modified: `2026-02-0${day}T00:00:00.000Z` })

describe('an embargo that people set', () => {
  it('V1, V6: takes a bundle as it came, names what it refuses, and shows each tier the rest at its instant', async () => {
    const embargo = await set({ instants: { advance: inHours(1), entry: inHours(2) }, zone: 'Europe/Berlin' })
    const good = `  ${JSON.stringify(indicator(), null, 1)} `
    const refused = indicator({ object_marking_refs: [TLP_MARKINGS.RED] })
    const result = await put(embargo, good, { ...indicator(), pattern: '[' }, refused)
    expect(result).toMatchObject({ added: 1, known: 0, refused: 2 })
    expect(result.refusals.map(({ message }) => message)).toContainEqual(expect.stringContaining('shows it to nobody else'))
    expect(await listed()).toMatchObject([
      {
        id: embargo.id,
        zone: 'Europe/Berlin',
        objects: 1,
        releases: [
          { class: 'advance', reached: false },
          { class: 'entry', at: inHours(2).toISOString() },
        ],
      },
    ])
    test.clock.set(inHours(1))
    expect([(await walk(partner())).length, (await walk(other())).length]).toEqual([1, 0])
    expect((await client(partner()).get('objects/')).body).toContain(good.trim())
    expect((await put(embargo, good)).known).toBe(1)
  })

  it('is nobody else’s to see or set, and is set in nothing that the program fills', async () => {
    const embargo = await set({ instants: { everybody: inHours(1) } })
    for (const person of [partner(), a.people['membership-officer']])
      expect(code(await send(person, 'GET', `/api/collections/${collection}/embargoes`))).toBe('FORBIDDEN')
    expect(code(await send(b.people.analyst, 'GET', `/api/collections/${collection}/embargoes`))).toBe('NOT_FOUND')
    expect(code(await change(b.people.analyst, embargo, { everybody: 'now' }))).toBe('NOT_FOUND')
    const refused = await send(analyst(), 'POST', `/api/collections/${collection}/embargoes`, {
      title: 'Mixed',
      instants: { everybody: inHours(1), entry: inHours(2) },
    })
    expect(code(refused)).toBe('VALIDATION_FAILED')
    expect(code(await send(analyst(), 'POST', `/api/collections/${collection}/embargoes`, { title: 'None' }))).toBe('VALIDATION_FAILED')
  })

  it('slips by one person, and ends early by two, at positions that no poller has passed', async () => {
    const embargo = await set({ instants: { advance: inHours(1), entry: inHours(2) } })
    const one = indicator()
    await put(embargo, one)
    expect((await change(analyst(), embargo, { advance: inHours(3) })).json<Embargo>().releases[0]).toMatchObject({ at: inHours(3).toISOString() })
    test.clock.set(inHours(1.5))
    expect(await walk(partner())).toEqual([])
    const posted = indicator()
    await client(partner()).post(posted)
    const cursor = String((await client(partner()).get('objects/')).headers['x-taxii-date-added-last'])
    const waiting = (await change(analyst(), embargo, { advance: 'now' })).json<Embargo>().changes[0]!
    expect([waiting.state, waiting.instants]).toEqual(['waits', [{ class: 'advance', at: null }]])
    expect(await walk(partner())).toEqual([posted.id])
    expect(code(await send(analyst(), 'POST', `/api/embargo-changes/${waiting.id}/approval`))).toBe('SECOND_PERSON_NEEDED')
    expect(code(await send(b.people.analyst, 'POST', `/api/embargo-changes/${waiting.id}/approval`))).toBe('NOT_FOUND')
    expect((await send(second, 'POST', `/api/embargo-changes/${waiting.id}/approval`)).statusCode).toBe(200)
    test.clock.advance(1)
    const opened = await client(partner()).get('objects/', { added_after: cursor })
    expect(opened.json<{ objects: { id: string }[] }>().objects.map(({ id }) => id)).toEqual([one.id])
    expect(code(await change(analyst(), embargo, { advance: inHours(9) }))).toBe('VALIDATION_FAILED')
    // The next proposal takes the place of one that waits; a closed one is approved by nobody.
    const closed = (await change(analyst(), embargo, { responder: inHours(4) })).json<Embargo>().changes[0]!
    expect((await send(second, 'DELETE', `/api/embargo-changes/${closed.id}`)).statusCode).toBe(200)
    expect(code(await send(second, 'POST', `/api/embargo-changes/${closed.id}/approval`))).toBe('CONFLICT')
    expect((await verifyLog(test.app)).faults).toEqual([])
  })

  it('C7: holds a further version however it comes, tells first and last apart for each tier, and takes back what is deleted', async () => {
    const embargo = await set({ instants: { advance: inHours(1), entry: inHours(3) } })
    const one = indicator()
    await put(embargo, one)
    test.clock.set(inHours(1))
    await client(analyst()).post({ ...one, ...days(1), name: 'Second' })
    expect([await walk(partner()), await walk(other())]).toEqual([[one.id], []])
    const versions = async (person: Person) => (await client(person).get(`objects/${one.id}/versions/`)).json<{ versions?: string[] }>().versions?.length
    expect([await versions(partner()), await versions(other())]).toEqual([2, undefined])
    test.clock.set(inHours(3))
    expect([await walk(other()), await versions(other())]).toEqual([[one.id], 2])
    const { rows } = await test.database.superuser.query<{ oldest: boolean; newest: boolean }>(
      `select oldest, newest from object_feed where collection_id = $1 and embargo_id = $2 order by audience, version_at`,
      [collection, embargo.id],
    )
    expect(rows.map(({ oldest, newest }) => `${oldest} ${newest}`)).toEqual(['true false', 'false true', 'true false', 'false true'])
    const deleted = await test.server.inject({
      method: 'DELETE',
      url: `/taxii2/${a.id}/collections/${collection}/objects/${one.id}/`,
      headers: { ...analyst().token, accept: 'application/taxii+json;version=2.1' },
    })
    expect(deleted.statusCode).toBe(200)
    expect([await walk(partner()), await walk(other())]).toEqual([[], []])
    expect([(await removals(partner())).length, (await removals(other())).length]).toEqual([2, 2])
  })

  it('C11: gives an observable for each tier a version that does not lie before its instant, also when that moves', async () => {
    const embargo = await set({ instants: { advance: inHours(1), entry: inHours(2) } })
    const seen = {
      type: 'domain-name',
      spec_version: '2.1',
      id: `domain-name--${randomUUID()}`,
      value: `x${randomUUID()}.example`,
      object_marking_refs: [TLP_MARKINGS.GREEN],
    }
    await put(embargo, seen)
    await change(analyst(), embargo, { entry: inHours(3) })
    test.clock.set(inHours(3))
    const versionOf = async (person: Person) => (await client(person).get(`objects/${seen.id}/versions/`)).json<{ versions: string[] }>().versions
    expect([await versionOf(partner()), await versionOf(other())]).toEqual([1, 3].map((hours) => [inHours(hours).toISOString().replace('Z', '000Z')]))
  })

  it('V4: lets no member who was shown something put its own version in the place of it, and takes that of one who was not as ever', async () => {
    const embargo = await set({ instants: { advance: inHours(1), entry: inHours(2) } })
    const [one, two] = [indicator(), indicator()]
    await put(embargo, one, two)
    test.clock.set(inHours(1.5))
    expect(await walk(partner())).toEqual([one.id, two.id])
    const revoked = { ...one, ...days(1), revoked: true }
    const posted = await client(partner()).post(revoked, two)
    expect(posted.json()).toMatchObject({ success_count: 1, failures: [{ message: 'only its creator makes versions of this object' }] })
    expect((await client(other()).post({ ...two, ...days(1) })).json()).toMatchObject({ success_count: 1 })
    test.clock.set(inHours(2))
    expect((await client(other()).post(revoked)).json()).toMatchObject({ success_count: 0 })
    expect(await walk(other())).toEqual([two.id, one.id])
    expect((await client(partner()).get(`objects/${one.id}/`)).body).not.toContain('"revoked":true')
    expect((await removals(partner())).map(({ object }) => object)).toEqual([two.id])
  })

  it('takes back nothing that others read already, and releases nothing of a sharing group', async () => {
    const one = indicator()
    await client(analyst()).post(one)
    const embargo = await set({ instants: { advance: inHours(1) } })
    expect((await put(embargo, { ...one, ...days(1) })).refusals[0]!.message).toContain('would take it back')
    expect(await walk(partner())).toEqual([one.id])
    const two = indicator()
    await put(embargo, two, relationship(two.id, two.id))
    const later = await set({ instants: { entry: inHours(1) } })
    expect((await put(later, { ...two, ...days(1) })).refusals[0]!.message).toContain('another embargo')
  })
})

describe('first readings', () => {
  it('V7: leave one leaf for each organisation and request, before anything is given away, and none a second time', async () => {
    const objects = [indicator(), indicator()]
    const id = await embargoed(test.app, { collection, operator: a.id }, objects, { advance: inHours(1), entry: inHours(2) })
    const before = (await leaves('embargo.first-read')).length
    const since = async () => (await leaves('embargo.first-read')).slice(before)
    await client(partner()).post(indicator())
    await walk(partner())
    expect(await since()).toEqual([])
    test.clock.set(inHours(1))
    await Promise.all([walk(partner()), walk(a.vendor.people.reader), client(partner()).get('manifest/')])
    const noted = await since()
    const counted = noted.map((body) => Number(/"objects":(\d+)/.exec(body)![1])).reduce((sum, n) => sum + n, 0)
    expect([counted, noted.every((body) => body.includes(id))]).toEqual([2, true])
    await walk(analyst())
    await walk(partner())
    expect((await since()).length).toBe(noted.length)
    test.clock.set(inHours(2))
    // By a search as well.
    expect((await send(other(), 'GET', `/api/exchange/objects/${objects[0]!.id}`)).statusCode).toBe(200)
    expect((await since()).length).toBe(noted.length + 1)
    expect((await listed())[0]!.releases.map(({ readers }) => readers)).toEqual([1, 1])
    expect((await verifyLog(test.app)).faults).toEqual([])
    // The control: a reading that is edited is found.
    await test.database.superuser.query('update object_embargo_reading set read_at = now() where embargo_id = $1', [id])
    expect((await verifyLog(test.app)).faults.map(({ table }) => table)).toContain('object_embargo_reading')
    await test.database.superuser.query('update object_embargo_reading set read_at = $2 where embargo_id = $1 and organisation_id = $3', [
      id,
      inHours(2),
      entry.id,
    ])
    await test.database.superuser.query('update object_embargo_reading set read_at = $2 where embargo_id = $1 and organisation_id = $3', [
      id,
      inHours(1),
      a.vendor.id,
    ])
  })
})

describe('a member whose tier changes', () => {
  /** What a poller gets from its last position on, and where it is then. */
  async function poll(person: Person, after: string | undefined): Promise<{ ids: string[]; after: string | undefined }> {
    const answer = await client(person).get('objects/', after === undefined ? {} : { added_after: after })
    const ids = (answer.json<{ objects?: { id: string }[] }>().objects ?? []).map(({ id }) => id)
    return { ids, after: (answer.headers['x-taxii-date-added-last'] as string | undefined) ?? after }
  }

  it('C7: is shown what its new tier has reached once, at new positions, and what waits at its instant', async () => {
    const [early, late] = [indicator(), indicator()]
    await embargoed(test.app, { collection, operator: a.id }, [early], { advance: inHours(1), entry: inHours(4) })
    await embargoed(test.app, { collection, operator: a.id }, [late], { advance: inHours(3), entry: inHours(5) })
    test.clock.set(inHours(2))
    const open = indicator()
    await client(analyst()).post(open)
    const first = await poll(other(), undefined)
    expect(first.ids).toEqual([open.id])
    await setTier(entry, 'advance')
    // Until its feeds follow, nothing of either tier is there.
    expect(await walk(other())).toEqual([open.id])
    await followTiers(test.app)
    test.clock.advance(1)
    const gained = await poll(other(), first.after)
    expect(gained.ids).toEqual([early.id])
    expect((await walk(other())).toSorted()).toEqual([open.id, early.id].toSorted())
    test.clock.set(inHours(3))
    expect((await poll(other(), gained.after)).ids).toEqual([late.id])
    test.clock.set(inHours(6))
    expect((await walk(other())).toSorted()).toEqual([open.id, early.id, late.id].toSorted())
    await tierOf(entry, 'entry')
  })

  it('C7: is shown after the change what it had and did not read before it, though it polled meanwhile', async () => {
    const [one, further, open] = [indicator(), indicator(), indicator()]
    await tierOf(entry, 'advance')
    const embargo = await embargoed(test.app, { collection, operator: a.id }, [one, further], { advance: inHours(1), entry: inHours(1.5) })
    test.clock.set(inHours(2))
    expect((await client(other()).get('objects/', { 'match[id]': further.id })).statusCode).toBe(200)
    test.clock.set(inHours(3))
    await client(analyst()).post({ ...further, ...days(1) })
    await setTier(entry, 'entry')
    test.clock.advance(1000)
    await client(analyst()).post(open)
    const meanwhile = await poll(other(), undefined)
    expect(meanwhile.ids).toEqual([open.id])
    await followTiers(test.app)
    test.clock.advance(1)
    expect((await poll(other(), meanwhile.after)).ids.toSorted()).toEqual([one.id, further.id].toSorted())
    expect((await walk(other())).toSorted()).toEqual([open.id, one.id, further.id].toSorted())
    expect((await listed()).find(({ id }) => id === embargo)!.objects).toBe(2)
  })

  it('V3: loses what its new tier has not reached, is told so, and gets it at its instant', async () => {
    const [both, partners] = [indicator(), indicator()]
    await tierOf(entry, 'advance')
    await embargoed(test.app, { collection, operator: a.id }, [both], { advance: inHours(1), entry: inHours(1.5) })
    await embargoed(test.app, { collection, operator: a.id }, [partners], { advance: inHours(1), entry: inHours(4) })
    test.clock.set(inHours(2))
    const first = await poll(other(), undefined)
    expect(first.ids).toEqual([both.id, partners.id])
    await setTier(entry, 'entry')
    expect(await walk(other())).toEqual([])
    await followTiers(test.app)
    test.clock.advance(1)
    // What it keeps stays where it was: a poller does not get it again.
    expect([await walk(other()), (await poll(other(), first.after)).ids]).toEqual([[both.id], []])
    expect((await removals(other())).map(({ object }) => object)).toEqual([partners.id])
    expect(await removals(partner())).toEqual([])
    expect((await send(other(), 'GET', `/api/exchange/objects/${partners.id}`)).statusCode).toBe(404)
    test.clock.set(inHours(4))
    expect((await poll(other(), first.after)).ids).toEqual([partners.id])
  })
})
