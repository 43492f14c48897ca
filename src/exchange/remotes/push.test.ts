import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { verifyLog } from '#platform/audit/verify-log.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { beginDue, workOn } from '#exchange/remotes/jobs.ts'
import { openBlock, sealBlock } from '#exchange/objects/block.ts'
import type { RunId } from '#exchange/remotes/store.ts'
import { TLP_MARKINGS } from '#exchange/stix/tlp.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { makeCertificates } from '#test/harness/certificates.ts'
import { embargoed, indicator, relationship, seedCollection, TaxiiClient } from '#test/harness/exchange.ts'
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
  taxii.onPage = () => undefined
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

async function polling(change: object = {}): Promise<string> {
  return (await send(operator.people.analyst, 'POST', '/api/remotes', pollWish(change))).json().id
}

/** What is due so many minutes later, and no sooner. */
async function runLater(minutes: number): Promise<void> {
  await sql("update remote set next_at = next_at - $1 * interval '1 minute'", [minutes])
  await beginDue(test.app)
  await workAll()
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
    const { loginChange } = (await send(second, 'POST', `/api/remotes/${id}/login`, { login: { scheme: 'bearer', token: 'other' }, ca: null })).json()
    expect((await send(operator.people.publisher, 'POST', `/api/remotes/${id}/login-changes/${loginChange.id}/approval`)).statusCode).toBe(200)
    await send(second, 'POST', `/api/remotes/${id}/pause`)
    expect(await verifyLog(test.app)).toMatchObject({ ok: true, faults: [] })
    await sql("update remote set audience = 'AMBER' where id = $1", [id])
    expect(await verifyLog(test.app)).toMatchObject({ ok: false, faults: [expect.objectContaining({ table: 'remote' })] })
  })

  it('V3: passes on what waited once everybody is shown it, and never what hangs on a package', async () => {
    const [byTiers, atOnce, packaged, partners] = some(4)
    const [now, later] = [test.clock.now(), new Date(test.clock.now().getTime() + 60_000)]
    const hold = (one: object, instants: Parameters<typeof embargoed>[3], of: string | null = null) =>
      embargoed(test.app, { collection, operator: operator.id }, [one], instants, of)
    await hold(byTiers!, { validate: now, advance: now, entry: now, responder: later })
    await hold(partners!, { advance: now })
    await hold(atOnce!, { everybody: later })
    await hold(packaged!, { everybody: later }, randomUUID())
    await pushing()
    await runAll()
    expect(posted()).toEqual([])
    test.clock.advance(60_000)
    await runAll()
    expect(posted().toSorted()).toEqual([byTiers!.id, atOnce!.id].toSorted())
    await runAll()
    expect(posted()).toHaveLength(2)
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

  it('takes two people for other credentials too: until another one approves them, those that are there serve on', async () => {
    const id = await propose()
    const wish = (token: string) => ({ login: { scheme: 'bearer', token }, ca: certificates?.ca ?? null })
    const replaced = (person: Signed, token: string) => send(person, 'POST', `/api/remotes/${id}/login`, wish(token))
    // Whoever confirms a push confirms what was proposed, and not what came into its place.
    expect((await replaced(second, 'before')).json().code).toBe('CONFLICT')
    await send(second, 'POST', `/api/remotes/${id}/confirmation`)
    await workAll()
    const first = (await replaced(second, 'first')).json()
    expect(first).toMatchObject({ login: { scheme: 'none' }, loginChange: { scheme: 'bearer', proposed: { by: { name: 'Second analyst' } } } })
    const { loginChange } = (await replaced(second, 'elsewhere')).json()
    await member().post(...some(1))
    await runAll()
    expect(taxii.asked.map(({ headers }) => headers.authorization)).not.toContain('Bearer elsewhere')
    const approval = (change: { id: string }) => `/api/remotes/${id}/login-changes/${change.id}/approval`
    expect((await send(second, 'POST', approval(loginChange))).json().code).toBe('SECOND_PERSON_NEEDED')
    expect((await send(operator.people.analyst, 'POST', approval(first.loginChange))).json().code).toBe('CONFLICT')
    expect((await send(other.people.analyst, 'POST', approval(loginChange))).statusCode).toBe(404)
    await expect(sql('update remote_login_change set approved_by = proposed_by, done_at = now(), sealed_login = null where id = $1', [loginChange.id])).rejects.toThrow(/check/) // prettier-ignore
    expect((await send(operator.people.analyst, 'POST', approval(loginChange))).json()).toMatchObject({
      login: { scheme: 'bearer', setBy: { name: 'Second analyst' } },
      loginChange: null,
    })
    await member().post(...some(1))
    await workAll()
    expect(taxii.asked.at(-1)!.headers.authorization).toBe('Bearer elsewhere')
    // What was decided, or turned down, or ended with its push leaves no credentials behind.
    const again = (await replaced(second, 'again')).json().loginChange
    expect((await send(operator.people.publisher, 'DELETE', `/api/remotes/${id}/login-changes/${again.id}`)).statusCode).toBe(204)
    await replaced(second, 'last')
    expect((await send(operator.people.publisher, 'DELETE', `/api/remotes/${id}`)).statusCode).toBe(204)
    expect(await sql('select 1 from remote_login_change where sealed_login is not null or (done_at is null and closed_at is null)')).toEqual([])
    // The remotes that other tests ended by SQL are altered, as this file has it.
    const faults = (await verifyLog(test.app)).faults as unknown as { table: string; id: string }[]
    expect(faults.filter(({ table, id: row }) => table === 'remote_login_change' || row === id)).toEqual([])
  })

  it('counts what has no marking as the community’s label, and lets out nothing whose marking nobody knows', async () => {
    const [green, unmarked, unknown] = [marked('GREEN'), indicator({ object_marking_refs: undefined }), indicator({ object_marking_refs: [`marking-definition--${randomUUID()}`] })] // prettier-ignore
    const part = indicator({ object_marking_refs: [TLP_MARKINGS.CLEAR], granular_markings: [{ marking_ref: TLP_MARKINGS.RED, selectors: ['pattern'] }] })
    expect((await member().post(green, unmarked, unknown, part)).json()).toMatchObject({ failure_count: 0 })
    await pushing()
    await runAll()
    expect(posted()).toEqual([green.id])
    taxii.posted.length = 0
    await pushing({ audience: 'AMBER' })
    await runAll()
    expect(posted().sort()).toEqual([green.id, unmarked.id].sort())
    expect(taxii.posted).toContainEqual(JSON.parse(JSON.stringify(unmarked)))
  })

  it('passes over what is deleted, also between its list and its bytes', async () => {
    const objects = some(4)
    await member().post(...objects)
    const url = `/taxii2/${operator.id}/collections/${collection}/objects/${objects[1]!.id}/`
    expect((await test.server.inject({ method: 'DELETE', url, headers: operator.vendor.people.admin.token })).statusCode).toBe(200)
    const id = await pushing()
    // As if another process had deleted the third right now: its bytes are blank, its row is still read.
    const rows = await sql('select block_id, start, size from object_feed where collection_id = $1 and object_id = $2 limit 1', [collection, objects[2]!.id])
    const [{ sealed }] = await sql('select sealed from object_block where collection_id = $1 and id = $2', [collection, rows[0].block_id])
    const place = { id: rows[0].block_id, collection }
    const bytes = openBlock(test.app.keys, place, sealed)
    bytes.fill(0, rows[0].start, rows[0].start + rows[0].size)
    await sql('update object_block set sealed = $3 where collection_id = $1 and id = $2', [collection, place.id, sealBlock(test.app.keys, place, [bytes])])
    await runAll()
    expect(posted()).toEqual([objects[0]!.id, objects[3]!.id])
    expect((await runs(id))[0]).toMatchObject({ state: 'done', received: 2, added: 2, refused: 0 })
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

  it('counts as refused what the status says was, whether or not it names each as it should', async () => {
    const objects = some(3)
    await member().post(...objects)
    taxii.faults = { refuses: objects.slice(1).map(({ id }) => id), failures: [{ message: 'without an id' }] }
    const id = await pushing()
    await runAll()
    expect((await runs(id))[0]).toMatchObject({ state: 'done', received: 3, added: 1, refused: 2 })
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

describe('polling', () => {
  it('gives what has no label the label that was chosen, from then on, and leaves its bytes as they are', async () => {
    const unlabelled = [1, 2].map(() => indicator({ object_marking_refs: undefined }))
    taxii.add(unlabelled.slice(0, 1))
    const id = await polling({ unmarked: 'CLEAR' })
    await runAll()
    const rules = { direction: 'poll', name: 'Feed', intervalMinutes: 60, filters: { types: [] }, unmarked: 'AMBER+STRICT', audience: 'CLEAR' }
    expect((await send(operator.people.analyst, 'PUT', `/api/remotes/${id}`, rules)).json()).toMatchObject({ unmarked: 'AMBER+STRICT' })
    const changed = await sql(`select convert_from(body, 'UTF8') as text from audit_leaf where action like 'remote.%' order by index desc limit 2`)
    expect(changed.map(({ text }) => /"unmarked":"([A-Z+]+)"/.exec(text)![1])).toEqual(['AMBER+STRICT', 'CLEAR'])
    taxii.add([...unlabelled.slice(1), marked('GREEN')])
    await runAll()
    const kept = await sql('select object_id, tlp from object_version where collection_id = $1 order by contributed_at, shown_since', [collection])
    expect(kept.map(({ tlp }) => tlp)).toEqual(['CLEAR', 'GREEN', 'AMBER+STRICT'])
    expect(await member().walk()).toHaveLength(2)
    const { objects } = (await new TaxiiClient(test.server, operator.people.analyst, operator.id, collection).get('objects/')).json<{
      objects: { id: string }[]
    }>()
    expect(objects.find((one) => one.id === unlabelled[1]!.id)).toEqual(JSON.parse(JSON.stringify(unlabelled[1])))
    const found = await send(operator.vendor.people.reader, 'GET', `/api/exchange/objects/${unlabelled[0]!.id}`)
    expect([found.statusCode, found.body]).toEqual([200, expect.stringContaining('"tlp":"CLEAR"')])
  })

  it('V3: lets no server say what restricts nothing for what comes from elsewhere', async () => {
    const id = `marking-definition--${randomUUID()}`
    const at = '2026-01-01T00:00:00.000Z'
    const statement = { type: 'marking-definition', spec_version: '2.1', id, created: at, definition_type: 'statement', definition: { statement: 'Free' } }
    const [first, later, own] = [1, 2, 3].map(() => indicator({ object_marking_refs: [id] }))
    taxii.add([statement, first!])
    await polling()
    await runAll()
    const honest = await RemoteTaxii.start(certificates?.server)
    honest.add([later!])
    await polling({ apiRoot: honest.root, remoteCollection: honest.collection })
    await runAll()
    await honest.close()
    const analyst = new TaxiiClient(test.server, operator.people.analyst, operator.id, collection)
    expect((await analyst.post(own)).json()).toMatchObject({ success_count: 1 })
    expect((await member().walk()).toSorted()).toEqual([id, first!.id].toSorted())
    // The control: whoever posts the statement along says so.
    const said = indicator({ object_marking_refs: [id] })
    expect((await analyst.post(statement, said)).json()).toMatchObject({ success_count: 2 })
    expect(await member().walk()).toContain(said.id)
  })

  it('ends a run at its bound where a server always has more, tells people once, and goes on there', async () => {
    taxii.add(some(6))
    taxii.faults = { largest: 2 }
    // As if so many pages had come already.
    const nearlyEnough = () => sql('update remote_run set pages = 9999 where ended_at is null')
    taxii.onPage = async () => void (await nearlyEnough())
    const id = await polling()
    await runAll()
    expect((await runs(id))[0]).toMatchObject({ state: 'done', unfinished: true, added: 2 })
    const now = (await send(operator.people.analyst, 'GET', `/api/remotes/${id}`)).json()
    expect(now).toMatchObject({ state: 'active', failingSince: null, failure: null })
    await runLater(5)
    expect((await runs(id))[0]).toMatchObject({ state: 'done', unfinished: true, added: 2 })
    expect(await sql("select count(*)::int as told from notice where kind = 'remote.goes-on' group by person_id")).toEqual([{ told: 1 }, { told: 1 }])
    taxii.onPage = () => undefined
    await runLater(5)
    expect((await runs(id))[0]).toMatchObject({ state: 'done', unfinished: false, pages: 1, added: 2 })
    expect((await member().walk()).sort()).toEqual(taxii.objects.map((one) => one.id).sort())
    const leaves = await sql(`select convert_from(body, 'UTF8') as text from audit_leaf where action = 'remote-run.ended' order by index desc limit 2`)
    expect(leaves.map(({ text }) => /"state":"(\w+)"/.exec(text)![1])).toEqual(['done', 'unfinished'])
  })
})
