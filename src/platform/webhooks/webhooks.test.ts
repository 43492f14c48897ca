import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { system } from '#platform/auth/actor.ts'
import { notify } from '#platform/notices/notify.ts'
import { attemptDelivery } from '#platform/webhooks/attempt-delivery.ts'
import { verifyMessage } from '#platform/webhooks/standard-webhook.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { seedPeople, type SeededOperator } from '#test/harness/people.ts'
import { newSession } from '#test/harness/standing.ts'
import { startReceiver, type TakenDelivery, type WebhookReceiver } from '#test/harness/webhook-receiver.ts'

const HOUR_MS = 3_600_000
type Person = { readonly id: string }

let test: TestApp
let operator: SeededOperator
let other: SeededOperator
let receiver: WebhookReceiver
beforeAll(async () => {
  test = await testApp({ env: { VEDETTE_WEBHOOK_PRIVATE_HOSTS: 'localhost' } })
  ;[operator, other] = await seedPeople(test.app)
  receiver = await startReceiver()
})
beforeEach(async () => {
  await sql('delete from webhook_delivery; delete from webhook_endpoint; delete from notice')
  receiver.taken.length = 0
  receiver.answer = { status: 204 }
})
afterAll(async () => {
  await receiver?.close()
  await test?.close()
})

const sql = async (text: string, values?: unknown[]) =>
  (values ? await test.database.superuser.query(text, values) : await test.database.superuser.query(text)).rows
const send = async (by: Person, method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object) =>
  test.server.inject({ method, url, headers: await newSession(test, by as never), ...(payload && { payload }) })
const admin = () => operator.vendor.people.admin
const add = async (by: Person = admin(), url = receiver.url) => {
  const answer = await send(by, 'POST', '/api/webhooks', { url })
  expect(answer.statusCode, answer.body).toBe(201)
  return answer.json<{ id: string; secret: string }>()
}
const tell = (people: readonly Person[], kind: 'standing.changed' | 'account.roles-changed' = 'standing.changed') =>
  test.app.db.transaction(system('test'), (tx) =>
    notify(
      test.app,
      tx,
      people.map(({ id }) => id as never),
      kind,
    ),
  )
const deliveries = () => sql('select id, type, state, attempts, status, failure from webhook_delivery order by id')
const due = () => sql("select due_at from webhook_delivery where state = 'queued'")
const attemptAll = async () => {
  for (const { id } of await deliveries()) await attemptDelivery(test.app, id)
}
const verified = (secret: string, { body, headers }: TakenDelivery) =>
  verifyMessage(secret, { body, headers: headers as Record<string, string> }, test.app.clock.now())

describe('deliveries', () => {
  it('are one for each organisation and matter, however many of its people are told, signed and without content', async () => {
    const { secret } = await add()
    const publisher = await add(operator.people.publisher)
    await tell([admin(), operator.vendor.people.analyst, operator.people.publisher, other.vendor.people.admin])
    await tell([admin()], 'account.roles-changed')
    expect(await deliveries()).toHaveLength(2)
    await attemptAll()
    expect(receiver.taken).toHaveLength(2)
    expect(receiver.taken.filter((taken) => verified(secret, taken))).toHaveLength(1)
    expect(receiver.taken.filter((taken) => verified(publisher.secret, taken) && !verified(secret, taken))).toHaveLength(1)
    const { body, headers } = receiver.taken[0]!
    expect(JSON.parse(body)).toEqual({ type: 'standing.changed', id: headers['webhook-id'], timestamp: test.app.clock.now().toISOString() })
    expect(await deliveries()).toMatchObject([
      { state: 'sent', attempts: 1, status: 204 },
      { state: 'sent', attempts: 1, status: 204 },
    ])
  })

  it('about a package or an embargo are those of one operator: another membership does not let them out', async () => {
    await add()
    await test.app.db.transaction(system('test'), async (tx) => {
      await notify(test.app, tx, admin().id, 'embargo.ended', { operator: operator.id })
      await notify(test.app, tx, admin().id, 'package.pulled', { operator: operator.id, package: test.app.ids.next<'package'>() })
    })
    const of = await sql('select distinct operator_id from webhook_delivery')
    expect(of).toEqual([{ operator_id: operator.id }])
    await sql(
      `insert into membership select (jsonb_populate_record(m, jsonb_build_object('operator_id', $1::uuid))).* from membership m where organisation_id = $2`,
      [other.id, operator.vendor.id],
    )
    await sql("update membership set state = 'suspended' where operator_id = $1 and organisation_id = $2", [operator.id, operator.vendor.id])
    await attemptAll()
    expect((await deliveries()).map(({ state }) => state)).toEqual(['dropped', 'dropped'])
    expect(receiver.taken).toEqual([])
    await sql("update membership set state = 'active' where operator_id = $1", [operator.id])
    await sql('delete from membership where operator_id = $1 and organisation_id = $2', [other.id, operator.vendor.id])
  })

  it('are told once for several people of one transaction, and not at all when it is rolled back', async () => {
    await add()
    await test.app.db.transaction(system('test'), async (tx) => {
      for (const one of [admin(), operator.vendor.people.reader]) await notify(test.app, tx, one.id, 'standing.changed')
    })
    expect(await deliveries()).toHaveLength(1)
    const undone = test.app.db.transaction(system('test'), async (tx) => {
      await notify(test.app, tx, admin().id, 'standing.changed')
      throw new Error('undone')
    })
    await expect(undone).rejects.toThrow('undone')
    expect(await deliveries()).toHaveLength(1)
  })

  it('come again with the same id after a failure, later each time, and follow no redirect', async () => {
    const { secret } = await add()
    await tell([admin()])
    receiver.answer = { status: 500 }
    await attemptAll()
    await attemptAll()
    expect(await deliveries()).toMatchObject([{ state: 'queued', attempts: 1, status: 500, failure: 'http-500' }])
    receiver.answer = { status: 302, location: `${receiver.url}/elsewhere` }
    test.clock.advance(5_000)
    await attemptAll()
    expect(await deliveries()).toMatchObject([{ state: 'queued', attempts: 2, failure: 'http-302' }])
    receiver.answer = { status: 200, body: 'ok' }
    test.clock.advance(5 * 60_000)
    await attemptAll()
    expect(await deliveries()).toMatchObject([{ state: 'sent', attempts: 3 }])
    expect(receiver.taken.map(({ path }) => path)).toEqual(['/receive', '/receive', '/receive'])
    expect(new Set(receiver.taken.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
    expect(verified(secret, receiver.taken.at(-1)!)).toBe(true)
  })

  it('end three days after the first failure: the webhook is switched off and its keepers are told; it can be switched on again', async () => {
    const { id } = await add()
    receiver.answer = { status: 500 }
    await tell([admin()])
    await attemptAll()
    const first = test.app.clock.now().getTime()
    for (let [next] = await due(); next; [next] = await due()) {
      test.clock.set(next.due_at)
      await attemptAll()
    }
    expect((await deliveries())[0]).toMatchObject({ state: 'failed', attempts: 10 })
    expect(test.app.clock.now().getTime() - first).toBeGreaterThanOrEqual(72 * HOUR_MS)
    const [webhook] = (await send(admin(), 'GET', '/api/webhooks')).json().items
    expect(webhook).toMatchObject({ id, disabledAt: expect.any(String), failingSince: expect.any(String) })
    expect(await sql("select person_id from notice where kind = 'webhook.disabled'")).toEqual([{ person_id: admin().id }])
    await tell([admin()])
    expect(await sql("select 1 from webhook_delivery where state = 'queued'")).toEqual([])
    expect((await send(admin(), 'POST', `/api/webhooks/${id}/pings`)).statusCode).toBe(409)
    receiver.answer = { status: 204 }
    expect((await send(admin(), 'POST', `/api/webhooks/${id}/resumption`)).json()).toMatchObject({ disabledAt: null, failingSince: null })
    const ping = await send(admin(), 'POST', `/api/webhooks/${id}/pings`)
    expect([ping.statusCode, ping.json().type]).toEqual([202, 'webhook.ping'])
    await attemptAll()
    expect((await send(admin(), 'GET', `/api/webhooks/${id}/deliveries`)).json().items[0]).toMatchObject({ type: 'webhook.ping', state: 'sent', status: 204 })
  })

  it('of a test come once a minute and are not tried again, so that no slow address holds up those of others', async () => {
    const { id } = await add()
    const ping = () => send(admin(), 'POST', `/api/webhooks/${id}/pings`)
    expect((await ping()).statusCode).toBe(202)
    expect((await ping()).json().code).toBe('RATE_LIMITED')
    receiver.answer = { status: 500 }
    await attemptAll()
    expect(await deliveries()).toMatchObject([{ state: 'failed', attempts: 1, status: 500 }])
    test.clock.advance(60_000)
    expect((await ping()).statusCode).toBe(202)
  })

  it('go out once when two attempts begin together, and again with the same id when one ended unheard', async () => {
    await add()
    await tell([admin()])
    const [{ id }] = await deliveries()
    await Promise.all([attemptDelivery(test.app, id), attemptDelivery(test.app, id), attemptDelivery(test.app, id)])
    expect(receiver.taken).toHaveLength(1)
    // What a process leaves that ends between the first byte and the note of the answer.
    await sql("update webhook_delivery set state = 'sending', sent_at = null")
    await attemptAll()
    expect(receiver.taken).toHaveLength(1)
    test.clock.advance(2 * 60_000)
    await attemptAll()
    expect(receiver.taken.map(({ headers }) => headers['webhook-id'])).toEqual([id, id])
    expect(await deliveries()).toMatchObject([{ state: 'sent', attempts: 2 }])
  })

  it('refuse an answer that is too long', async () => {
    await add()
    await tell([admin()])
    receiver.answer = { status: 200, body: 'x'.repeat(65 * 1024) }
    await attemptAll()
    expect(await deliveries()).toMatchObject([{ state: 'queued', status: null, failure: 'address-refused' }])
  })

  const dir = mkdtempSync(join(tmpdir(), 'vedette-webhook-'))
  afterAll(() => rmSync(dir, { recursive: true, force: true }))
  const certificate = makeCertificate(dir)
  it.runIf(certificate)('go by TLS to a certificate that is trusted, and to no other', async () => {
    const secure = await startReceiver(certificate)
    const before = getCACertificates('default')
    try {
      await add(admin(), secure.url)
      await tell([admin()])
      await attemptAll()
      expect(secure.taken).toEqual([])
      expect(await deliveries()).toMatchObject([{ state: 'queued', failure: expect.stringMatching(/self-signed|unable-to-verify/) }])
      setDefaultCACertificates([...before, certificate!.cert])
      test.clock.advance(5_000)
      await attemptAll()
      expect(secure.taken).toHaveLength(1)
      expect(await deliveries()).toMatchObject([{ state: 'sent' }])
    } finally {
      setDefaultCACertificates(before)
      await secure.close()
    }
  })

  it('switch off at once what says that it is gone', async () => {
    await add()
    receiver.answer = { status: 410 }
    await tell([admin()])
    await attemptAll()
    expect(await deliveries()).toMatchObject([{ state: 'failed', status: 410 }])
    expect((await send(admin(), 'GET', '/api/webhooks')).json().items[0].disabledAt).not.toBeNull()
  })

  it('E24: stop at the sending instant for a member that was suspended meanwhile', async () => {
    await add()
    await tell([admin()])
    await sql("update membership set state = 'suspended' where organisation_id = $1", [operator.vendor.id])
    await attemptAll()
    expect(receiver.taken).toEqual([])
    expect(await deliveries()).toMatchObject([{ state: 'dropped', failure: 'no-longer-a-member' }])
    await sql("update membership set state = 'active' where organisation_id = $1", [operator.vendor.id])
    // Control: the same delivery goes out to an active member.
    await tell([admin()])
    await attemptAll()
    expect(receiver.taken).toHaveLength(1)
  })
})

describe('the address of a webhook', () => {
  it('is an https address of the public internet; what is not is never connected to', async () => {
    for (const url of ['http://vendor.example/', 'https://user:secret@vendor.example/', 'https://vendor.example/#x', 'ftp://vendor.example/', 'vendor.example'])
      expect([url, (await send(admin(), 'POST', '/api/webhooks', { url })).statusCode]).toEqual([url, 400])
    const { port } = new URL(receiver.url)
    for (const host of ['127.0.0.1', '0x7f000001', '[::1]', '[::ffff:127.0.0.1]', '169.254.169.254', '10.0.0.1']) {
      await add(admin(), `https://${host}:${port}/`)
      await tell([admin()])
      await attemptAll()
      expect([host, await deliveries()]).toMatchObject([host, [{ state: 'queued', failure: 'address-refused' }]])
      await sql('delete from webhook_delivery; delete from webhook_endpoint')
    }
    expect(receiver.taken).toEqual([])
  })

  it('and its secrets lie sealed in the database, and at most five are kept', async () => {
    const { secret } = await add()
    const [{ row }] = await sql('select e::text as row from webhook_endpoint e')
    expect(row).not.toContain(secret.slice(6))
    expect(row).not.toContain('receive')
    for (let more = 0; more < 4; more++) await add()
    expect((await send(admin(), 'POST', '/api/webhooks', { url: receiver.url })).statusCode).toBe(409)
  })

  it('gets a new secret beside which the one before signs for a day', async () => {
    const { id, secret } = await add()
    const rotated = (await send(admin(), 'POST', `/api/webhooks/${id}/secret`)).json()
    expect(rotated).toMatchObject({ previousUntil: expect.any(String), secret: expect.stringMatching(/^whsec_/) })
    await tell([admin()])
    await attemptAll()
    test.clock.advance(24 * HOUR_MS)
    await tell([admin()])
    await attemptAll()
    const [during, after] = receiver.taken
    expect([verified(rotated.secret, after!), verified(secret, after!)]).toEqual([true, false])
    const then = new Date(Number(during!.headers['webhook-timestamp']) * 1000)
    const headers = during!.headers as Record<string, string>
    expect([rotated.secret, secret].map((one) => verifyMessage(one, { body: during!.body, headers }, then))).toEqual([true, true])
  })

  it('is seen and changed by its own side alone', async () => {
    const { id } = await add()
    for (const stranger of [other.vendor.people.admin, operator.people.publisher]) {
      expect((await send(stranger, 'GET', '/api/webhooks')).json().items).toEqual([])
      expect((await send(stranger, 'POST', `/api/webhooks/${id}/secret`)).statusCode).toBe(404)
      expect((await send(stranger, 'GET', `/api/webhooks/${id}/deliveries`)).statusCode).toBe(404)
      expect((await send(stranger, 'DELETE', `/api/webhooks/${id}`)).statusCode).toBe(404)
    }
    expect((await send(operator.vendor.people.analyst, 'GET', '/api/webhooks')).statusCode).toBe(403)
    await tell([admin()])
    expect((await send(admin(), 'DELETE', `/api/webhooks/${id}`)).statusCode).toBe(204)
    await attemptAll()
    expect(await deliveries()).toMatchObject([{ state: 'dropped', failure: 'webhook-ended' }])
    expect(receiver.taken).toEqual([])
  })
})

/** A certificate of one day for localhost; undefined where the machine has no openssl command. */
function makeCertificate(dir: string): { key: string; cert: string } | undefined {
  const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1']
  try {
    execFileSync('openssl', ['req', '-x509', ...curve, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' })
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  } catch {
    process.stderr.write('skipped: a delivery by TLS needs the openssl command (apt-get install openssl)\n')
    return undefined
  }
}
