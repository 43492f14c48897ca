import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { verifyLog } from '#platform/audit/verify-log.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { beginDue, workOn } from '#exchange/remotes/jobs.ts'
import type { RunId } from '#exchange/remotes/store.ts'
import { TLP_MARKINGS } from '#exchange/stix/tlp.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { makeCertificates } from '#test/harness/certificates.ts'
import { indicator, relationship, seedCollection, TaxiiClient } from '#test/harness/exchange.ts'
import { seedPeople, seedStaff, type SeededOperator } from '#test/harness/people.ts'
import { RemoteTaxii } from '#test/harness/remote-taxii.ts'

const certificates = makeCertificates()
let test: TestApp
let operator: SeededOperator
let other: SeededOperator
let second: { readonly session: Readonly<Record<string, string>> }
let taxii: RemoteTaxii
let url: string
let collection: CollectionId

beforeAll(async () => {
  test = await testApp({ env: { VEDETTE_REMOTE_PRIVATE_HOSTS: 'localhost' } })
  ;[operator, other] = await seedPeople(test.app)
  second = await seedStaff(test.app, operator.id, 'analyst', 'Second analyst')
  taxii = await RemoteTaxii.start(certificates?.server)
  url = await test.listen()
})
afterAll(async () => {
  await taxii?.close()
  await test?.close()
})
beforeEach(async () => {
  collection = await seedCollection(test.app, operator.id, [{ organisation: operator.vendor.id }])
  taxii.posted.length = taxii.objects.length = taxii.asked.length = 0
})
afterEach(async () => {
  taxii.faults = {}
  await sql("update remote set state = 'ended', ended_at = now(), run_id = null where state <> 'ended'")
  await sql("update remote_run set state = 'cancelled', ended_at = now() where ended_at is null")
})

const sql = async (text: string, values: unknown[] = []) => (await test.database.superuser.query(text, values)).rows
type Signed = { readonly session: Readonly<Record<string, string>> }
const send = (person: Signed, method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, payload?: object) =>
  test.server.inject({ method, url: path, headers: person.session, ...(payload && { payload }) })
const place = () => ({ name: `R ${randomUUID()}`, collection, remoteCollection: taxii.collection, remoteTitle: '', apiRoot: taxii.root, login: { scheme: 'none' }, ca: certificates?.ca ?? null, intervalMinutes: 60, filters: { types: [] } }) // prettier-ignore
const pushWish = (change: object = {}) => ({ ...place(), direction: 'push', audience: 'GREEN', maxContentLength: null, ...change })
const pollWish = (change: object = {}) => ({ ...place(), direction: 'poll', unmarked: 'AMBER', audience: 'CLEAR', ...change })

async function propose(change: object = {}): Promise<string> {
  const proposed = await send(operator.people.analyst, 'POST', '/api/remotes', pushWish(change))
  expect([proposed.statusCode, proposed.json().state]).toEqual([201, 'proposed'])
  return proposed.json().id
}

async function pushing(change: object = {}): Promise<string> {
  const id = await propose(change)
  expect((await send(second, 'POST', `/api/remotes/${id}/confirmation`)).json()).toMatchObject({
    state: 'active',
    confirmed: { by: { name: 'Second analyst' } },
  })
  return id
}

async function runAll(): Promise<void> {
  await sql("update remote set next_at = '2026-01-01' where next_at is not null")
  await beginDue(test.app)
  await workAll()
}

async function workAll(): Promise<void> {
  for (const { id } of await sql('select id from remote_run where ended_at is null order by id'))
    await workOn(test.app, id as RunId, new AbortController().signal)
}

const runs = async (id: string) => (await send(operator.people.analyst, 'GET', `/api/remotes/${id}/runs`)).json().items
const member = () => new TaxiiClient(test.server, operator.vendor.people.admin, operator.id, collection)
const posted = () => (taxii.posted as { id: string }[]).map(({ id }) => id)
const marked = (label: keyof typeof TLP_MARKINGS) => indicator({ object_marking_refs: [TLP_MARKINGS[label]] })
const some = (n: number) => Array.from({ length: n }, () => indicator())

describe('pushing', () => {
  it('leaves evidence: whoever edits later what two agreed on is found', async () => {
    const id = await pushing()
    await send(operator.people.analyst, 'POST', `/api/remotes/${id}/cancellation`)
    await send(second, 'POST', `/api/remotes/${id}/login`, { login: { scheme: 'bearer', token: 'other' }, ca: null })
    await send(second, 'POST', `/api/remotes/${id}/pause`)
    expect(await verifyLog(test.app)).toMatchObject({ ok: true, faults: [] })
    await sql("update remote set audience = 'AMBER' where id = $1", [id])
    expect(await verifyLog(test.app)).toMatchObject({ ok: false, faults: [expect.objectContaining({ table: 'remote' })] })
  })

  it('takes two people: nothing leaves before another one confirms', async () => {
    await member().post(...some(1))
    const id = await propose()
    await runAll()
    expect(posted()).toEqual([])
    expect((await send(operator.people.analyst, 'POST', `/api/remotes/${id}/confirmation`)).json().code).toBe('SECOND_PERSON_NEEDED')
    expect((await send(operator.people.analyst, 'POST', `/api/remotes/${id}/runs`)).statusCode).toBe(409)
    expect((await send(operator.people.analyst, 'POST', `/api/remotes/${id}/resumption`)).statusCode).toBe(409)
    expect((await send(other.people.analyst, 'POST', `/api/remotes/${id}/confirmation`)).statusCode).toBe(404)
    // Whoever edits the row itself is refused by the table: who proposed it is not who confirms it.
    await expect(sql("update remote set state = 'active' where id = $1", [id])).rejects.toThrow(/check/)
    await expect(sql("update remote set state = 'active', confirmed_by = created_by, confirmed_at = now() where id = $1", [id])).rejects.toThrow(/check/)
    expect((await send(operator.people.publisher, 'POST', `/api/remotes/${id}/confirmation`)).statusCode).toBe(200)
    expect((await send(second, 'POST', `/api/remotes/${id}/confirmation`)).statusCode).toBe(409)
    await runAll()
    expect(posted()).toHaveLength(1)
    // What two agreed on is not changed by one.
    const wider = { direction: 'push', name: 'Wider', intervalMinutes: 5, audience: 'AMBER' }
    expect((await send(operator.people.analyst, 'PUT', `/api/remotes/${id}`, wider)).statusCode).toBe(400)
  })

  it('passes on what the community sees under the label that was agreed on, and nothing else', async () => {
    const [clear, green, amber, strict, red] = (['CLEAR', 'GREEN', 'AMBER', 'AMBER+STRICT', 'RED'] as const).map(marked)
    const hidden = relationship(clear!.id, red!.id, { object_marking_refs: [TLP_MARKINGS.CLEAR] })
    const shown = relationship(clear!.id, green!.id, { object_marking_refs: [TLP_MARKINGS.CLEAR] })
    const withdrawn = marked('GREEN')
    expect((await member().post(clear, green, amber, strict, red, hidden, shown, withdrawn)).json()).toMatchObject({ failure_count: 0 })
    await member().post({ ...withdrawn, modified: '2026-02-01T00:00:00.000Z', object_marking_refs: [TLP_MARKINGS.RED] })
    const id = await pushing()
    await runAll()
    expect(posted().sort()).toEqual([clear!.id, green!.id, shown.id].sort())
    expect((await runs(id))[0]).toMatchObject({ state: 'done', added: 3, refused: 0 })
    // The bytes as they came, and later only what is new.
    expect(taxii.posted).toContainEqual(clear)
    await runAll()
    expect(posted()).toHaveLength(3)
    const newer = { ...green!, modified: '2026-03-01T00:00:00.000Z', description: 'more' }
    await member().post(newer)
    await runAll()
    expect(taxii.posted.slice(3)).toEqual([newer])
  })

  it('never gives back what came from that server', async () => {
    const theirs = some(2)
    taxii.add(theirs)
    await send(operator.people.analyst, 'POST', '/api/remotes', pollWish())
    await runAll()
    const ours = some(1)
    await member().post(...ours)
    expect((await member().walk()).length).toBe(3)
    await pushing()
    await runAll()
    expect(posted()).toEqual(ours.map(({ id }) => id))
    // Control: another server gets all of it.
    const elsewhere = await RemoteTaxii.start(certificates?.server)
    try {
      await pushing({ apiRoot: elsewhere.root, remoteCollection: elsewhere.collection })
      await runAll()
      expect(elsewhere.posted).toHaveLength(3)
    } finally {
      await elsewhere.close()
    }
  })

  it('keeps to the length that the server takes, and names what is too long by itself', async () => {
    const long = indicator({ description: 'x'.repeat(4000) })
    await member().post(...some(9), long)
    taxii.faults = { maxContentLength: 2000 }
    const id = await pushing({ maxContentLength: 3000 })
    await runAll()
    expect(posted()).toHaveLength(9)
    expect((await runs(id))[0]).toMatchObject({ state: 'done', added: 9, refused: 1 })
    const { items } = (await send(operator.people.analyst, 'GET', `/api/remotes/${id}/refusals`)).json()
    expect(items).toMatchObject([{ objectId: long.id, reason: 'is longer than the server takes' }])
  })

  it('finds the object for which an envelope is refused, and goes on with the others', async () => {
    const objects = some(7)
    const bad = objects[3]!.id
    await member().post(...objects)
    taxii.faults = { unprocessable: [bad], refuses: [objects[0]!.id] }
    const id = await pushing()
    await runAll()
    expect(posted().sort()).toEqual(objects.flatMap((one, n) => (n === 0 || n === 3 ? [] : [one.id])).sort())
    const { items } = (await send(operator.people.analyst, 'GET', `/api/remotes/${id}/refusals`)).json()
    const reasons = Object.fromEntries(items.map(({ objectId, reason }: { objectId: string; reason: string }) => [objectId, reason]))
    expect(reasons).toEqual({ [objects[0]!.id]: 'not wanted', [bad]: 'the server does not take it (422)' })
  })

  it('waits for the status of an envelope, also across workers, and posts none twice', async () => {
    await member().post(...some(3))
    taxii.faults = { pending: 3 }
    const id = await pushing()
    await runAll()
    expect((await runs(id))[0]).toMatchObject({ state: 'running', added: 0 })
    await workAll()
    expect((await runs(id))[0]).toMatchObject({ state: 'running', added: 0 })
    await workAll()
    expect((await runs(id))[0]).toMatchObject({ state: 'done', added: 3 })
    expect(taxii.asked.filter(({ method }) => method === 'POST')).toHaveLength(1)
  })

  it('posts again what may not have arrived, and keeps its place through failures', async () => {
    await member().post(...some(2))
    const id = await pushing()
    taxii.faults = { answers: [{ status: 503, retryAfter: '1' }] }
    await runAll()
    expect((await runs(id))[0]).toMatchObject({ state: 'deferred' })
    await runAll()
    expect((await runs(id))[0]).toMatchObject({ state: 'done', added: 2 })
    expect(posted()).toHaveLength(2)
  })
})

describe('our own server as the remote of another operator', () => {
  const theirs = async () => seedCollection(test.app, other.id, [{ organisation: other.vendor.id }])
  const login = () => ({ scheme: 'bearer', token: other.vendor.people.admin.token.authorization.slice('Bearer '.length) })
  const root = () => `${url}/taxii2/${other.id}/`

  it('is polled whole, page by page, and then for what is new', async () => {
    const source = await theirs()
    const client = new TaxiiClient(test.server, other.vendor.people.admin, other.id, source)
    const objects = some(25)
    await client.post(...objects.slice(0, 20))
    const found = await send(operator.people.analyst, 'POST', '/api/remotes/discovery', { url, login: login(), ca: null })
    expect(found.json().roots).toContainEqual(expect.objectContaining({ url: root(), collections: expect.arrayContaining([expect.objectContaining({ id: source, canRead: true, canWrite: true })]) })) // prettier-ignore
    const added = await send(operator.people.analyst, 'POST', '/api/remotes', pollWish({ apiRoot: root(), remoteCollection: source, login: login(), ca: null }))
    const { id } = added.json()
    await sql("update remote set walk = jsonb_set(walk, '{limit}', '7') where id = $1", [id])
    await runAll()
    expect((await runs(id))[0]).toMatchObject({ state: 'done', pages: 3, added: 20, refused: 0 })
    await client.post(...objects.slice(20))
    await runAll()
    expect((await runs(id))[0]).toMatchObject({ state: 'done', added: 5 })
    expect((await member().walk()).sort()).toEqual(objects.map((one) => one.id).sort())
  })

  it('is pushed to', async () => {
    const target = await theirs()
    const objects = some(4)
    await member().post(...objects)
    const id = await pushing({ apiRoot: root(), remoteCollection: target, login: login(), ca: null, maxContentLength: 10_485_760 })
    await runAll()
    expect((await runs(id))[0]).toMatchObject({ state: 'done', added: 4, refused: 0 })
    expect((await new TaxiiClient(test.server, other.vendor.people.reader, other.id, target).walk()).sort()).toEqual(objects.map((one) => one.id).sort())
  })
})
