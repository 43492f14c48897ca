import { generateKeyPairSync } from 'node:crypto'
import { bech32 } from '@scure/base'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ensureConsole } from '#main/console.ts'
import { issueText, Signer } from '#test/harness/agreements.ts'
import { Applicant, mailedToken, RESPONDER_ANSWERS, VENDOR_ANSWERS } from '#test/harness/applicant.ts'
import { addAuthenticator, openBrowser, openTab, type Tab } from '#test/harness/browser.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { expectClean, openConsole, picture, settled } from '#test/harness/console-tab.ts'
import { csafDocument, DECEMBER, packageDesk } from '#test/harness/packages.ts'
import { seedPeople, seedStaff, type SeededOperator } from '#test/harness/people.ts'
import { newSession, standingDesk } from '#test/harness/standing.ts'
import { Visitor } from '#test/harness/visitor.ts'

const TERMS = '# Terms\n\nWhat you are told stays with you until the release.\n'

let vedette: TestApp
let url: string
let browser: Browser
let operator: SeededOperator
let officer: SeededOperator['people']['membership-officer']
let second: Awaited<ReturnType<typeof seedStaff>>
const tabs: Tab[] = []

beforeAll(async () => {
  await ensureConsole()
  vedette = await testApp()
  url = await vedette.listen()
  browser = await openBrowser()
  ;[operator] = await seedPeople(vedette.app)
  officer = operator.people['membership-officer']
  second = await seedStaff(vedette.app, operator.id, 'membership-officer', 'Second officer')
  await issueText(await visitorOf(officer), await visitorOf(second), TERMS)
})
afterAll(async () => {
  await browser.close()
  await vedette.close()
})

async function visitorOf(who: Parameters<typeof newSession>[1]): Promise<Visitor> {
  const { cookie } = await newSession(vedette, who)
  return new Visitor(vedette.server, { cookie: cookie! })
}

/** A tab of an officer, in a session that begins now: the clock of these tests crosses days. */
async function openAs(who: Parameters<typeof newSession>[1], path: string): Promise<Tab> {
  const { cookie } = await newSession(vedette, who)
  const tab = await openConsole(browser, url, path, { session: { cookie: cookie! } })
  tabs.push(tab)
  return tab
}

/** A tab of somebody outside, with an authenticator for whoever comes in by it. */
async function outside(): Promise<Tab> {
  const tab = await openTab(browser, url)
  tabs.push(tab)
  await addAuthenticator(tab)
  return tab
}

/** Asks for a link at the public form, and opens it. */
async function begin(page: Page, kind: 'vendor' | 'responder', email: string): Promise<string> {
  vedette.clock.advance(1000)
  await page.goto('/apply')
  await settled(page, 'Apply for membership')
  if (kind === 'responder') await page.getByRole('radio', { name: /^A responder/ }).check()
  await page.getByLabel('Mail address').fill(email)
  await page.getByRole('button', { name: 'Mail me the link' }).click()
  await page.getByText('Look into your mailbox').waitFor()
  const token = await mailedToken(vedette, email)
  await page.goto(`/apply#${token}`)
  await settled(page, /^Application to/)
  return token
}

async function sendApplication(page: Page): Promise<void> {
  await page
    .getByRole('button', { name: /^Review and send/ })
    .first()
    .click()
  await page.getByRole('checkbox', { name: /We have read the criteria/ }).check()
  await page.getByText('Everything is there').waitFor()
  await page.getByRole('button', { name: 'Send the application' }).click()
  await page.getByText('In review').waitFor()
}

/** One officer judges each criterion, the first of them in the console; the id of the application. */
async function judge(name: string, tier: string): Promise<string> {
  const { page } = await openAs(officer, '/applications')
  await page.getByRole('link', { name, exact: true }).click()
  await settled(page, name)
  const id = page.url().split('/').at(-1)!
  await page
    .getByRole('button', { name: /^Judge / })
    .first()
    .click()
  await page.getByRole('dialog').getByLabel('Reason').fill('Shown by the papers.')
  await page.getByRole('dialog').getByRole('button', { name: 'Judge', exact: true }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  const visitor = await visitorOf(officer)
  let view = (await visitor.get(`/api/applications/${id}`)).json<{ version: number; set: { criteria: { id: string }[] } }>()
  for (const { id: criterion } of view.set.criteria.slice(1)) {
    const answer = await visitor.post(`/api/applications/${id}/judgements`, { version: view.version, criterion, outcome: 'met', reason: 'Shown.' })
    expect(answer.statusCode).toBeLessThan(300)
    view = answer.json()
  }
  const recommended = await visitor.post(`/api/applications/${id}/recommendation`, { version: view.version, tier, jurisdiction: 'unrestricted@1' })
  expect(recommended.statusCode).toBeLessThan(300)
  return id
}

/** The second officer admits; the first could not. */
async function admit(id: string, tier: string): Promise<void> {
  const { page } = await openAs(second, `/applications/${id}`)
  await page.getByRole('button', { name: 'Admit' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('radio', { name: tier }).check()
  await dialog.getByLabel('Policy of its jurisdiction').selectOption('unrestricted@1')
  await dialog.getByLabel('Reason').fill('All is shown.')
  await dialog.getByRole('button', { name: 'Admit' }).click()
  await page.getByText('All is shown.').waitFor()
}

/** An officer finds the invitation in the outbox, since no mail server is set, and passes its link on; its contact comes in by it. */
async function comeIn(tab: Tab, address: string): Promise<void> {
  const { page: outbox } = await openAs(officer, '/outbox')
  await settled(outbox, 'Outgoing mail')
  await outbox
    .getByRole('row', { name: new RegExp(`invited.*${address}`) })
    .getByRole('button')
    .first()
    .click()
  const text = await outbox
    .getByRole('dialog')
    .getByText(/welcome#/)
    .first()
    .innerText()
  const link = /https?:\/\/\S+welcome#\S+/.exec(text)![0]
  await tab.page.goto(link)
  await tab.page.getByRole('button', { name: 'Go on' }).click()
  await tab.page.getByRole('button', { name: 'Enrol a passkey' }).click()
  await settled(tab.page, 'Home')
}

async function signIn(page: Page): Promise<void> {
  await page.goto('/sign-in')
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
}

async function memberNamed(name: string): Promise<string> {
  const { rows } = await vedette.database.superuser.query<{ id: string }>('select id from organisation where name = $1', [name])
  return rows[0]!.id
}

async function suspend(name: string): Promise<void> {
  const { page } = await openAs(officer, `/members/${await memberNamed(name)}`)
  await page.getByRole('button', { name: 'Suspend' }).click()
  await page.getByRole('dialog').getByLabel('Reason').fill('A package was found in a public forum')
  await page.getByRole('dialog').getByRole('button', { name: 'Suspension' }).click()
  await page.getByText('Active to suspended').waitFor()
}

describe('the life of a vendor', { timeout: 90_000 }, () => {
  const name = VENDOR_ANSWERS.organisation.legalName
  let contact: Tab
  let packageId: string

  it('begins at the public form', async () => {
    contact = await outside()
    const token = await begin(contact.page, 'vendor', 'applicant@endpoint.example')
    // The rest of the form is typed in test/e2e/applications.test.ts.
    await new Applicant(vedette.server, token).save({ ...VENDOR_ANSWERS, hasReadTheTerms: undefined })
    await contact.page.goto(`/apply#${token}`)
    await contact.page.reload()
    await contact.page.goto(`/apply#${token}`)
    await settled(contact.page, /^Application to/)
    await sendApplication(contact.page)
  })

  it('is judged by one officer, admitted by another, and comes in by a mailed link', async () => {
    await admit(await judge(name, 'advance'), 'advance')
    await comeIn(contact, VENDOR_ANSWERS.contacts[0].email)
    await contact.page.goto('/packages')
    await contact.page.getByText('No window is open for you').waitFor()
  })

  it('signs the agreement with a passkey, gives a key, and is cleared by two officers', async () => {
    const { page } = contact
    await page.goto('/agreement')
    await page.getByRole('button', { name: 'Sign with passkey' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Sign with passkey' }).click()
    await page.getByText('Signed, waits for the operator').first().waitFor()
    const signer = await new Signer(vedette, officer).ready()
    expect((await signer.countersign(1, await memberNamed(name))).statusCode).toBe(204)
    await page.reload()
    await page.getByText('Signed and countersigned').first().waitFor()

    await page.goto('/account')
    await page.getByRole('button', { name: 'Add a key' }).click()
    const key = Buffer.from(generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' }).x!, 'base64url')
    await page.getByRole('dialog').getByLabel('Public key').fill(bech32.encodeFromBytes('age', key))
    await page.getByRole('dialog').getByLabel('Use it until (UTC)').fill('2027-10-01')
    await page.getByRole('dialog').getByRole('button', { name: 'Add the key' }).click()
    await page.getByRole('row', { name: /age.*SHA256:.*In force/ }).waitFor()

    const { rows } = await vedette.database.superuser.query<{ id: string }>("select id from person where email = 'contact@endpoint.example'")
    const clearance = { products: ['*'], proofOfConcept: false, jurisdiction: 'unrestricted@1' }
    const asked = await (await visitorOf(officer)).post(`/api/contacts/${rows[0]!.id}/clearance-changes`, clearance)
    const waiting = (await (await visitorOf(second)).get('/api/clearance-changes')).json<{ items: { id: string }[] }>().items[0]!
    expect(asked.statusCode).toBeLessThan(300)
    expect((await (await visitorOf(officer)).post(`/api/clearance-changes/${waiting.id}/approval`)).statusCode).toBe(409)
    expect((await (await visitorOf(second)).post(`/api/clearance-changes/${waiting.id}/approval`)).statusCode).toBeLessThan(300)
  })

  it('reads a package from its window on, and not before', async () => {
    ;({ id: packageId } = await packageDesk(vedette).scheduled(operator, csafDocument('Parser', 'CVE-2026-20001')))
    const { page } = contact
    vedette.clock.set(new Date(Date.parse(DECEMBER.advance) - 1))
    await signIn(page)
    await settled(page, 'Home')
    await page.goto('/packages')
    await page.getByText('No window is open for you').waitFor()
    vedette.clock.set(DECEMBER.advance)
    await page.reload()
    await page.getByRole('link', { name: 'Not yet received' }).click()
    await page.getByRole('button', { name: 'Receive this package' }).click()
    await settled(page, 'Parser title')
    await expectClean(contact)
    await picture(contact, 'life-received')
  })

  it('is suspended: from that instant on nothing is read, and nobody comes in', async () => {
    const { page } = contact
    vedette.clock.advance(60_000)
    await suspend(name)
    await page.reload()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    expect(await page.content()).not.toContain('Parser')
    await signIn(page)
    await page.getByRole('alert').first().waitFor()
    await expectClean(contact)
    await picture(contact, 'life-suspended')
  })

  it('is reinstated by two officers, and does not get back what was open', async () => {
    const { page } = contact
    vedette.clock.advance(60_000)
    await standingDesk(vedette).decide(officer, second, { id: await memberNamed(name) }, { kind: 'reinstate' })
    await contact.context.clearCookies()
    await signIn(page)
    await page.getByRole('button', { name: /^Signed in as/ }).waitFor()
    await page.goto('/packages')
    await page.getByText('No window is open for you').waitFor()
    await page.goto(`/packages/${packageId}`)
    await settled(page, 'Nothing is here for you')
    await page.goto('/organisation')
    await page
      .getByText(/suspended/i)
      .first()
      .waitFor()
  })
})

describe('the life of a responder', { timeout: 90_000 }, () => {
  const name = RESPONDER_ANSWERS.organisation.legalName
  let contact: Tab

  it('begins at the public form, which asks a responder other things', async () => {
    contact = await outside()
    const { page } = contact
    await begin(page, 'responder', 'applicant@cert.example')
    await page.getByLabel('Legal name').fill(name)
    await page.getByLabel('Website').fill(RESPONDER_ANSWERS.organisation.website)
    await page.getByLabel('Countries').fill('NL')
    await page.getByRole('button', { name: 'Next: Whom you respond for' }).click()
    await page.getByLabel('What you are').selectOption('cert')
    await page.getByLabel('Your constituency').fill(RESPONDER_ANSWERS.constituency)
    await page.getByLabel('What you contribute').fill(RESPONDER_ANSWERS.contributes)
    await page.getByRole('button', { name: 'Next: Use of the data' }).click()
    await page.getByLabel('How you will use the data').fill(RESPONDER_ANSWERS.dataUse)
    await page
      .getByRole('radiogroup', { name: /name you publicly/ })
      .getByRole('radio', { name: 'No' })
      .check()
    await page.getByRole('button', { name: 'Next: People' }).click()
    await page.getByLabel('Role address').fill(RESPONDER_ANSWERS.roleAddress)
    await page.getByRole('button', { name: 'Add a contact' }).click()
    await page.getByLabel('Name', { exact: true }).fill(RESPONDER_ANSWERS.contacts[0].name)
    await page.getByLabel('Mail address').fill(RESPONDER_ANSWERS.contacts[0].email)
    await sendApplication(page)
  })

  it('is judged by one officer, admitted as a responder by another, and sees the exchange and no package', async () => {
    await admit(await judge(name, 'responder'), 'responder')
    await comeIn(contact, RESPONDER_ANSWERS.contacts[0].email)
    const { page } = contact
    await page.goto('/indicators')
    await settled(page, 'Indicators')
    await page.goto('/packages')
    await page.getByText('No window is open for you').waitFor()
    expect(await page.content()).not.toContain('Parser')
  })

  it('is suspended, and nobody comes in', async () => {
    const { page } = contact
    await suspend(name)
    await page.goto('/indicators')
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await signIn(page)
    await page.getByRole('alert').first().waitFor()
  })
})
