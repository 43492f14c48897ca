import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ensureConsole } from '#main/console.ts'
import { CONTACT_ROLES, system, type OperatorRole } from '#platform/auth/actor.ts'
import { startSession } from '#platform/auth/start-session.ts'
import { discoverConsumers } from '#platform/events/dispatch.ts'
import { eventJobs } from '#platform/events/jobs.ts'
import type { PersonId } from '#platform/ids.ts'
import { startWorker, type Worker } from '#platform/jobs/work.ts'
import { openPool, type ScanPool } from '#scanner/jail/pool.ts'
import { scanJobs } from '#scanner/submissions/jobs.ts'
import { openBrowser, openTab, type Tab } from '#test/harness/browser.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { expectUntroubled, settled } from '#test/harness/console-tab.ts'
import { buildDocx, buildVba, buildZip } from '#test/harness/documents.ts'
import { indicator, seedCollection, sightLike, TaxiiClient } from '#test/harness/exchange.ts'
import { until } from '#test/harness/jobs.ts'
import { csafDocument, DECEMBER, ok, packageDesk } from '#test/harness/packages.ts'
import { entitle, seedOrganisation, seedPeople, type SeededOperator } from '#test/harness/people.ts'

/** What would act in a page that took it for more than text. Each is written into every field that somebody else's browser shows. */
const PAYLOADS = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '"><svg onload=alert(1)>',
  `' autofocus onfocus='alert(1)`,
  'javascript:alert(1)',
  '[open](javascript:alert(1))',
  '<svg><a href="javascript:alert(1)"><text y="9">open</text></a></svg>',
  '</title><iframe srcdoc="<script>alert(1)</script>">',
  '<a href="data:text/html,<script>alert(1)</script>">open</a>',
] as const
const ALL = PAYLOADS.join(' ')
/** A name of a file has 255 characters at most. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  'first names': PAYLOADS.slice(0, 4),
  'other names': PAYLOADS.slice(4, 7),
  'last names': PAYLOADS.slice(7),
}
/** A name of a file has no path. */
const fileName = (payload: string) => `${payload.replaceAll('/', '\u2215')}.doc`

/** Whatever became more than text: elements that no page of the console has, and addresses that are code. */
const SMUGGLED = `[...document.querySelectorAll('*')].filter((element) => element.matches('iframe, object, embed, foreignObject, svg script, body script') ||
  [...element.attributes].some(({ name, value }) => name.startsWith('on') || name === 'srcdoc' ||
    (['href', 'src', 'xlink:href', 'action'].includes(name) && !['http:', 'https:', 'blob:'].includes(new URL(value, location.href).protocol)))
).map((element) => element.outerHTML.slice(0, 200))`

/** Whether the page shows a payload, as text or in a field of a form. */
const SHOWN = `[document.body.innerText, ...[...document.querySelectorAll('input, textarea')].map(({ value }) => value)].join().includes('alert(1)')`

let vedette: TestApp
let url: string
let browser: Browser
let operator: SeededOperator
let pool: ScanPool
let worker: Worker
let released: string
let draft: string
const submissions: Record<string, string> = {}
const tabs: Tab[] = []

beforeAll(async () => {
  await ensureConsole()
  vedette = await testApp()
  url = await vedette.listen()
  browser = await openBrowser()
  ;[operator] = await seedPeople(vedette.app)
  pool = openPool({ processes: 2 })
  worker = await startWorker(vedette.app, { kinds: [...scanJobs(pool), ...eventJobs(await discoverConsumers())] })
  await fillPackages()
  await fillExchange()
  await fillScanner()
}, 120_000)
afterEach(async () => {
  for (const { context } of tabs.splice(0)) await context.close()
})
afterAll(async () => {
  await browser?.close()
  await worker?.stop()
  pool?.close()
  await vedette?.close()
})

/** A draft, and a package that is released and received by everybody who may. */
async function fillPackages(): Promise<void> {
  const { people, vendor, responder } = operator
  const desk = packageDesk(vedette)
  for (const member of [vendor, responder]) {
    for (const person of Object.values(member.people)) await entitle(vedette.app, operator, member, person, { proofOfConcept: true })
  }
  draft = await hostilePackage('CVE-2026-30001')
  released = await hostilePackage('CVE-2026-30002')
  ok(await desk.step(people.author, released, 'review'))
  ok(await desk.step(people.reviewer, released, 'approval'))
  ok(await desk.schedule(people.publisher, released))
  vedette.clock.set(new Date(Date.parse(DECEMBER.release) + 3_600_000))
  for (const { people } of [vendor, responder])
    for (const role of CONTACT_ROLES) expect((await desk.receive(people[role], released)).statusCode).toBeLessThan(300)
}

async function hostilePackage(cve: string): Promise<string> {
  const { people } = operator
  const desk = packageDesk(vedette)
  const { id } = ok(await desk.import(people.author, hostileAdvisory(cve)))
  for (const [at, payload] of PAYLOADS.entries()) {
    for (const part of ['attachments', 'proof-of-concept']) {
      const headers = {
        ...people.author.token,
        'content-type': 'application/octet-stream',
        'content-disposition': `attachment; filename*=UTF-8''${encode(fileName(payload))}`,
      }
      const answer = await vedette.server.inject({
        method: 'POST',
        url: `/api/packages/${id}/attachments?part=${part}`,
        headers,
        payload: `${part} ${at} of ${id}`,
      })
      expect(answer.statusCode).toBeLessThan(300)
    }
  }
  const detection = PAYLOADS.map((payload) => ({ sensor: 'file', title: payload, guidance: `${payload}\n\n**bold**`, falsePositives: payload }))
  ok(await desk.edit(people.author, id, (content) => ({ ...content, detection })))
  return id
}

function hostileAdvisory(cve: string) {
  const { document, vulnerabilities, ...rest } = csafDocument('Hostile', cve)
  return {
    ...rest,
    document: {
      ...document,
      title: ALL,
      notes: PAYLOADS.flatMap((text) => ['summary', 'description', 'details'].map((category) => ({ category, title: text, text }))),
      publisher: { ...document.publisher, name: ALL },
      references: [
        ...PAYLOADS.map((summary, at) => ({ category: 'external', summary, url: `https://vendor.example/${at}?"><svg%20onload=alert(1)>` })),
        { category: 'external', summary: 'code', url: 'javascript:alert(1)' },
      ],
      tracking: { ...document.tracking, revision_history: [{ date: '2026-11-20T10:00:00Z', number: '1', summary: ALL }] },
    },
    product_tree: { full_product_names: PAYLOADS.map((name, at) => ({ name, product_id: `P${at + 1}` })) },
    vulnerabilities: vulnerabilities.map((vulnerability) => ({
      ...vulnerability,
      title: ALL,
      cwe: { id: 'CWE-79', name: ALL },
      ids: [{ system_name: ALL, text: ALL }],
      notes: PAYLOADS.map((text) => ({ category: 'description', text })),
    })),
  }
}

/** Indicators, a gap of each, and a protection. */
async function fillExchange(): Promise<void> {
  const { vendor, responder } = operator
  const others = []
  for (let n = 0; n < 4; n++) others.push((await seedOrganisation(vedette.app, operator.id, `Member ${n}`, 'responder')).id)
  const members = [vendor.id, responder.id, ...others].map((organisation) => ({ organisation }))
  const collection = await seedCollection(vedette.app, operator.id, members)
  const hostile = PAYLOADS.map((name) => {
    const text = name.replaceAll('\\', '').replaceAll("'", '`')
    return indicator({ name, description: name, labels: [name], indicator_types: [name], pattern: `[file:name = '${text}']` })
  })
  const client = new TaxiiClient(vedette.server, responder.people.admin, operator.id, collection)
  expect((await client.post(...hostile)).json()).toMatchObject({ success_count: hostile.length })
  const report = (url: string, payload: object, person: { token: object }) =>
    vedette.server.inject({ method: 'POST', url, headers: { ...person.token, 'content-type': 'application/json' }, payload })
  const at = vedette.clock.now().toISOString()
  const sightings = hostile.map(({ id }) => ({ indicator: id, count: 1, firstSeen: at, lastSeen: at }))
  const reported = await report('/api/sightings/bulk', { sightings }, responder.people.analyst)
  expect(reported.json()).toMatchObject({ accepted: hostile.length, refused: [] })
  for (const other of others) await sightLike(vedette.database.superuser, other, responder.id)
  // No page of the console lists protections yet; what is shipped takes one indicator off the vendor's gaps.
  const [first] = hostile
  for (const product of PAYLOADS) {
    const shipped = { product, sensor: 'file', mode: 'block', indicators: [first!.id] }
    expect((await report('/api/protections', shipped, vendor.people.analyst)).statusCode).toBe(201)
  }
}

/** Files whose names, whose members' names and whose contents are hostile. */
async function fillScanner(): Promise<void> {
  const relationship = (target: string, at: number) =>
    `<Relationship Id="r${at}" TargetMode="External" Target="${escapeXml(target)}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate"/>`
  const files: Record<string, readonly [name: string, bytes: Buffer]> = {
    archive: ['archive.zip', buildZip(PAYLOADS.map((name) => ({ name, bytes: Buffer.from(name) })))],
    document: [
      'document.docm',
      buildDocx({
        'word/_rels/document.xml.rels': `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${PAYLOADS.map(relationship).join('')}</Relationships>`,
        'word/vbaProject.bin': buildVba({
          ThisDocument: `Sub Document_Open()\r\n${PAYLOADS.map((text) => `  Shell "${text.replaceAll('"', '""')}"\r\n`).join('')}End Sub`,
        }),
      }),
    ],
  }
  for (const [key, payloads] of Object.entries(NAMES)) files[key] = [fileName(payloads.join(' ')), Buffer.from(key)]
  for (const [key, [name, bytes]] of Object.entries(files)) {
    const answer = await vedette.server.inject({
      method: 'POST',
      url: '/api/submissions?tlp=GREEN&share=true',
      headers: {
        ...operator.vendor.people.analyst.token,
        'content-type': 'application/octet-stream',
        'content-disposition': `attachment; filename*=UTF-8''${encode(name)}`,
      },
      payload: bytes,
    })
    expect(answer.statusCode).toBe(201)
    submissions[key] = answer.json<{ id: string }>().id
  }
  const open = 'select from submission where outcome is null'
  await until(async () => (await vedette.database.superuser.query(open)).rowCount === 0)
}

const encode = (name: string) => encodeURIComponent(name).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16)}`)
const escapeXml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')

interface Watched extends Tab {
  /** Words of the dialogs that scripts opened. */
  readonly dialogs: readonly string[]
}

/** A tab of somebody who has just signed in: sessions do not outlive the days until the release. */
async function open(path: string, who: { readonly id: PersonId }): Promise<Watched> {
  const { secret } = await vedette.app.db.transaction(system('test'), async (tx) => {
    const begun = await startSession(vedette.app, tx, { person: who.id, method: 'passkey', client: { address: '192.0.2.4', userAgent: 'test' } })
    vedette.app.audit.record(tx, { action: 'session.started', subject: who.id, operator: operator.id })
    return begun
  })
  const tab = await openTab(browser, url, { cookie: `vedette=${secret}` })
  tabs.push(tab)
  const dialogs: string[] = []
  tab.page.on('dialog', (dialog) => {
    dialogs.push(dialog.message())
    void dialog.dismiss()
  })
  await tab.page.goto(path)
  return { ...tab, dialogs }
}

/** Nothing that somebody else wrote acted, or stands in the page as more than text. */
async function expectInert(tab: Watched): Promise<void> {
  expect(await tab.page.evaluate<string[]>(SMUGGLED)).toEqual([])
  await expectUntroubled(tab)
  expect(tab.dialogs).toEqual([])
}

type Role = readonly [name: string, who: () => { readonly id: PersonId }]
const staff = (...roles: OperatorRole[]): Role[] => roles.map((role) => [role, () => operator.people[role]])
const contacts = (side: 'vendor' | 'responder'): Role[] => CONTACT_ROLES.map((role) => [`${side} ${role}`, () => operator[side].people[role]])

/** A page that shows what others wrote. */
interface Place {
  readonly path: string
  readonly heading: string | RegExp
}
const packages = () => [
  { path: '/packages', heading: 'Packages' },
  { path: `/packages/${released}`, heading: ALL },
]
const drafts = () => [{ path: `/packages/${draft}`, heading: ALL }]
const editor = () => [{ path: `/packages/${draft}/edit`, heading: `Edit ${ALL}` }]
const exchange = () => [{ path: '/indicators', heading: 'Indicators' }]
const gaps = () => [{ path: '/gaps', heading: 'Gaps' }]
const scanner = () => [{ path: '/scanner', heading: 'Scanner' }, ...Object.values(submissions).map((id) => ({ path: `/scanner/${id}`, heading: 'Submission' }))]

/** Every page that may be open to a role, by those that are the same for it. */
const READERS: readonly (readonly [roles: readonly Role[], places: () => Place[]])[] = [
  [staff('author'), () => [...packages(), ...drafts(), ...editor()]],
  [staff('reviewer', 'publisher'), () => [...packages(), ...drafts()]],
  [staff('analyst'), () => [...exchange(), ...scanner()]],
  [staff('auditor'), exchange],
  [contacts('vendor'), () => [...packages(), ...exchange(), ...gaps(), ...scanner()]],
  [contacts('responder'), () => [...packages(), ...exchange()]],
]

describe('what others wrote is text', () => {
  it.each(READERS.flatMap(([roles, places]) => roles.map(([name, who]) => [name, who, places] as const)))(
    'to the %s, on every page that shows it',
    { timeout: 120_000 },
    async (_, who, places) => {
      const tab = await open('/', who())
      const { page } = tab
      await settled(page, 'Home')
      for (const { path, heading } of places()) {
        await page.goto(path)
        await settled(page, heading)
        await until(() => page.evaluate<boolean>(SHOWN))
        await expectInert(tab)
      }
    },
  )

  it('to those who see packages without their content as well', async () => {
    for (const [, who] of staff('tracer', 'auditor')) {
      const tab = await open(`/packages/${released}`, who())
      await settled(tab.page, /./)
      await expectInert(tab)
      await tab.page.goto('/packages')
      await settled(tab.page, 'Packages')
      await expectInert(tab)
    }
  })

  it.each([
    ['an element with a handler', `document.body.insertAdjacentHTML('beforeend', '<img src="/nothing" onerror="alert(1)">')`],
    ['a script', `document.body.append(Object.assign(document.createElement('script'), { text: 'alert(1)' }))`],
    ['an address that is code', `document.body.insertAdjacentHTML('beforeend', '<a href="javascript:alert(1)">open</a>')`],
    ['a dialog', 'alert(1)'],
  ])('or else these checks see it: %s', async (_, inject) => {
    const tab = await open('/scanner', operator.vendor.people.analyst)
    await settled(tab.page, 'Scanner')
    await expectInert(tab)
    await tab.page.evaluate(inject)
    await expect(expectInert(tab)).rejects.toThrow()
  })

  it('or else the policy refuses it and the check of every page sees that', async () => {
    const tab = await open('/scanner', operator.vendor.people.analyst)
    await settled(tab.page, 'Scanner')
    await tab.page.evaluate(`document.body.append(Object.assign(document.createElement('script'), { text: 'alert(1)' }))`)
    await until(async () => (await tab.cspViolations()).length > 0)
    expect(tab.dialogs).toEqual([])
    await expect(expectUntroubled(tab)).rejects.toThrow()
  })
})
