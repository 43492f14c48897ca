import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { unsealMessage } from '#platform/mail/message.ts'
import { mailNotices } from '#platform/notices/mail-notices.ts'
import { attemptDelivery } from '#platform/webhooks/attempt-delivery.ts'
import { lookForOpenings } from '#program/openings/look-for-openings.ts'
import { remindOfWindows } from '#program/openings/remind-of-windows.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { csafDocument, DECEMBER, packageDesk } from '#test/harness/packages.ts'
import { entitle, seedMember, seedPeople, type SeededOperator, type SeededOrganisation } from '#test/harness/people.ts'
import { newSession } from '#test/harness/standing.ts'
import { startReceiver, type WebhookReceiver } from '#test/harness/webhook-receiver.ts'

const START = '2026-11-22T12:00:00.000Z'
const HOUR_MS = 3_600_000
const TOKEN = 'Plantedtoken'
const CVE = 'CVE-2026-31337'

let test: TestApp
let operator: SeededOperator
let entry: SeededOrganisation
let receiver: WebhookReceiver
const feeds: Record<string, string> = {}
beforeAll(async () => {
  test = await testApp({ env: { VEDETTE_WEBHOOK_PRIVATE_HOSTS: 'localhost' } })
  ;[operator] = await seedPeople(test.app)
  receiver = await startReceiver()
  entry = await seedMember(test.app, operator.id, 'Entry')
  await entitle(test.app, operator, operator.vendor, operator.vendor.people.admin)
  await entitle(test.app, operator, entry, entry.people.admin, { tier: 'entry' })
  for (const { people } of [operator.vendor, entry]) {
    const headers = await newSession(test, people.admin)
    feeds[people.admin.id] = (await test.server.inject({ method: 'POST', url: '/api/calendar-feed', headers, payload: {} })).json().url
    await test.server.inject({ method: 'POST', url: '/api/webhooks', headers, payload: { url: `${receiver.url}/${people.admin.id}` } })
  }
})
afterAll(async () => {
  await receiver?.close()
  await test?.close()
})

const sql = async (text: string, values?: unknown[]) =>
  (values ? await test.database.superuser.query(text, values) : await test.database.superuser.query(text)).rows

/** Everything that goes on by itself, at one instant. */
async function tick(instant: string | Date): Promise<void> {
  test.clock.set(instant)
  await remindOfWindows(test.app)
  await lookForOpenings(test.app)
  await mailNotices(test.app)
  for (const { id } of await sql("select id from webhook_delivery where state = 'queued' order by id")) await attemptDelivery(test.app, id)
}

/** From the start until an instant, with a look before and at each window. */
async function pass(until: string): Promise<void> {
  await sql(
    'delete from webhook_delivery; delete from outgoing_mail; delete from notice; delete from window_reminder; delete from opening_version; delete from opening',
  )
  receiver.taken.length = 0
  const windows = [DECEMBER.validate, DECEMBER.advance, DECEMBER.entry, DECEMBER.release]
  const instants = windows.flatMap((at) => [-47, -1, 0].map((hours) => Date.parse(at) + hours * HOUR_MS))
  for (const at of [Date.parse(START), ...instants].sort((a, b) => a - b)) if (at < Date.parse(until)) await tick(new Date(at))
  await tick(until)
}

const outgoing = async () =>
  (await sql('select id, person_id, kind, created_at, sealed from outgoing_mail order by id')).map(
    ({ id, sealed, ...mail }: { id: string; sealed: Buffer; person_id: string; kind: string; created_at: Date }) => ({
      ...mail,
      ...unsealMessage(test.app.keys, id as never, sealed),
    }),
  )

/** What reached one person: notices, mail, deliveries and the calendar file, without the random ids. */
async function seenBy(person: string) {
  const notices = await sql('select kind, data, created_at from notice where person_id = $1 order by id', [person])
  const mail = (await outgoing()).filter((one) => one.person_id === person)
  const deliveries = receiver.taken.filter(({ path }) => path.endsWith(person)).map(({ body }) => ({ ...JSON.parse(body), id: '' }))
  const calendar = (await test.server.inject({ method: 'GET', url: new URL(feeds[person]!).pathname })).rawPayload.toString()
  return { notices, mail, deliveries, calendar }
}

describe('what a member is told', () => {
  it('I1: is the same as in a world without the package, until its own window opens', async () => {
    const [own, other] = [entry.people.admin.id, operator.vendor.people.admin.id]
    const until = new Date(Date.parse(DECEMBER.entry) - 1).toISOString()
    await pass(until)
    const without = { own: await seenBy(own), other: await seenBy(other) }
    expect(without.own.notices.map(({ kind }: { kind: string }) => kind)).toEqual(['window.reminder', 'release.reminder'])
    expect([without.own.mail.length, without.own.deliveries.length]).toEqual([2, 2])
    test.clock.set(START)
    await packageDesk(test).scheduled(operator, csafDocument(TOKEN, CVE))
    await pass(until)
    expect(await seenBy(own)).toEqual(without.own)
    // Control: to the member whose window opened before, the worlds differ.
    expect(await seenBy(other)).not.toEqual(without.other)
  })

  it('I18: holds no word of a package, in notices, mail, deliveries, the calendar file, the log, the record and the queue', async () => {
    await pass(DECEMBER.release)
    const both = [await seenBy(entry.people.admin.id), await seenBy(operator.vendor.people.admin.id)]
    for (const { notices } of both) expect(notices.map(({ kind }: { kind: string }) => kind)).toContain('window.opened')
    const sinks: Record<string, string> = { people: JSON.stringify(both), mail: JSON.stringify(await outgoing()), receiver: JSON.stringify(receiver.taken) }
    for (const table of ['notice', 'webhook_delivery', 'opening', 'opening_version', 'window_reminder', 'audit_leaf', 'jobs.job'])
      sinks[table] = JSON.stringify(await sql(`select t::text as row from ${table} t`))
    for (const [sink, text] of Object.entries(sinks)) expect([sink, text.includes(TOKEN), text.includes(CVE)]).toEqual([sink, false, false])
    expect(sinks['jobs.job']!.length).toBeGreaterThan(100)
    // Control: the token does lie in the package.
    const [{ id }] = await sql('select package_id as id from package_version limit 1')
    expect(JSON.stringify(await packageDesk(test).read(operator.people.author, id))).toContain(TOKEN)
  })
})
