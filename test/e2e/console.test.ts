import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ensureConsole } from '#main/console.ts'
import { CONTACT_ROLES, OPERATOR_ROLES, system } from '#platform/auth/actor.ts'
import { issueFirstLink } from '#platform/auth/issue-first-link.ts'
import { replaceRoles, roleRows } from '#platform/auth/people-store.ts'
import { startSession } from '#platform/auth/start-session.ts'
import { addAuthenticator, openBrowser, openTab, type Scheme, type Tab } from '#test/harness/browser.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { expectClean, expectCleanEverywhere, picture, settled } from '#test/harness/console-tab.ts'
import { seedPeople, seedStaff, type SeededOperator } from '#test/harness/people.ts'

let vedette: TestApp
let url: string
let browser: Browser
let operator: SeededOperator
/** Holds every role of an operator, so that every page is open to them. */
let everything: SeededOperator['people']['author']
let secondOfficer: SeededOperator['people']['author']
const tabs: Tab[] = []

beforeAll(async () => {
  await ensureConsole()
  vedette = await testApp()
  url = await vedette.listen()
  browser = await openBrowser()
  const seeded = await seedPeople(vedette.app)
  operator = seeded[0]
  everything = await seedStaff(vedette.app, operator.id, 'author', 'Person of every role')
  secondOfficer = await seedStaff(vedette.app, operator.id, 'membership-officer', 'Second officer')
  await giveEveryRole(everything)
})
afterEach(async () => {
  for (const { context } of tabs.splice(0)) await context.close()
})
afterAll(async () => {
  await browser.close()
  await vedette.close()
})

interface Anybody {
  readonly session: { readonly cookie: string }
}

async function giveEveryRole({ id }: SeededOperator['people']['author']): Promise<void> {
  await vedette.app.db.transaction(system('test'), async (tx) => {
    await replaceRoles(tx, id, 'operator', [...OPERATOR_ROLES], vedette.app.clock.now())
    vedette.app.audit.record(tx, { action: 'person.roles-set', subject: id, operator: operator.id, binds: roleRows(id, 'operator') })
  })
}

/** A second browser of the same person. */
async function anotherSession({ id, session }: SeededOperator['people']['author']): Promise<Anybody> {
  const started = await vedette.app.db.transaction(system('test'), async (tx) => {
    const begun = await startSession(vedette.app, tx, { person: id, method: 'passkey', client: { address: '192.0.2.2', userAgent: 'test' } })
    vedette.app.audit.record(tx, { action: 'session.started', subject: id, operator: operator.id })
    return begun
  })
  return { session: { cookie: `${session.cookie.split('=')[0]}=${started.secret}` } }
}

/** The link of a contact whom the membership officer has just invited. */
async function invite(name: string): Promise<string> {
  const headers = { ...operator.people['membership-officer'].session, 'content-type': 'application/json', 'idempotency-key': randomUUID() }
  const answer = await fetch(`${url}/api/people`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ name, organisation: operator.vendor.id, roles: ['analyst'] }),
  })
  expect(answer.status).toBe(201)
  return ((await answer.json()) as { link: { url: string } }).link.url
}

async function open(path: string, options: { as?: Anybody; scheme?: Scheme; width?: number; height?: number } = {}): Promise<Tab> {
  const { as, ...rest } = options
  const tab = await openTab(browser, url, { ...rest, ...(as && { cookie: as.session.cookie }) })
  tabs.push(tab)
  await tab.page.goto(path)
  return tab
}

describe('an empty instance', () => {
  let empty: TestApp
  let emptyUrl: string
  beforeAll(async () => {
    empty = await testApp()
    emptyUrl = await empty.listen()
  })
  afterAll(() => empty.close())

  it('leads the first operator from the link through a passkey into the console, and in again with the passkey', async () => {
    const tab = await openTab(browser, emptyUrl)
    tabs.push(tab)
    const { page } = tab
    await addAuthenticator(tab)
    await page.goto((await issueFirstLink(empty.app))!.url)
    await page.getByRole('heading', { name: 'Set up this Vedette' }).waitFor()
    expect(page.url()).toBe(`${emptyUrl}/welcome`)
    await page.getByLabel('Name of the operator').fill('First Response Centre')
    await page.getByLabel('Your name').fill('First operator')
    await expectClean(tab)
    await page.goto('/sign-in')
    await page.goto((await issueFirstLink(empty.app))!.url)
    expect(await page.getByLabel('Name of the operator').inputValue()).toBe('First Response Centre')
    await page.getByRole('button', { name: 'Set up and go on' }).click()
    await page.getByRole('heading', { name: 'Enrol a passkey' }).waitFor()
    await expectClean(tab)
    await page.getByRole('button', { name: 'Enrol a passkey' }).click()
    await settled(page, 'Home')
    await page.getByRole('button', { name: 'Signed in as First operator' }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await settled(page, 'Home')
    await page.getByText('First Response Centre').first().waitFor()
    await expectClean(tab)
  })
})

describe('signing in', () => {
  it('takes the link out of the address at once, and lets it be opened again until it is used', async () => {
    const link = await invite('Analyst who reloads')
    const { page } = await open(link.slice(url.length))
    await page.getByRole('button', { name: 'Go on' }).waitFor()
    expect(page.url()).toBe(`${url}/welcome`)
    await page.reload()
    await page.getByRole('heading', { name: 'Open your link again' }).waitFor()
    await page.goto(link)
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.getByRole('heading', { name: 'Enrol a passkey' }).waitFor()
    await page.goto('/account')
    await page.getByRole('heading', { name: 'Enrol a passkey' }).waitFor()
    await page.goto(link)
    await page.getByRole('heading', { name: 'This link does not work' }).waitFor()
  })

  it('sends whoever is not signed in to the door, and back to where they wanted to go', async () => {
    const tab = await open('/people?x=1')
    await tab.page.getByRole('heading', { name: 'Sign in' }).waitFor()
    expect(new URL(tab.page.url()).searchParams.get('next')).toBe('/people?x=1')
    await tab.context.addCookies([{ name: 'vedette', value: everything.session.cookie.split('=')[1]!, url }])
    await tab.page.reload()
    await settled(tab.page, 'People')
  })

  it('never leads to another site after signing in', async () => {
    const { page } = await open('/sign-in?next=//elsewhere.example/', { as: everything })
    await settled(page, 'Home')
    expect(new URL(page.url()).origin).toBe(url)
  })
})

describe('in both schemes, wide and narrow', { timeout: 60_000 }, () => {
  const pages = [
    ['/', 'Home'],
    ['/inbox', 'Inbox'],
    ['/account', 'Account'],
    ['/people', 'People'],
    ['/log', 'Audit log'],
    ['/log?leaf=0', 'Audit log'],
    ['/nowhere', 'Nothing is here for you'],
  ] as const
  it.each(pages)('%s breaks no rule of WCAG AA, nothing of the policy, logs no error, and fits', async (path, heading) => {
    const tab = await open(path, { as: everything })
    if (path.includes('leaf')) await tab.page.getByTestId('proof-verdict').waitFor()
    else await settled(tab.page, heading)
    await expectCleanEverywhere(tab, heading.toLowerCase().replaceAll(' ', '-'))
  })

  it('the sign-in page is clean as well', async () => {
    const tab = await open('/sign-in')
    await settled(tab.page, 'Sign in')
    await expectCleanEverywhere(tab, 'sign-in')
  })

  it.each(['light', 'dark'] as const)('dialogs and menus are clean as well: %s', async (scheme) => {
    const tab = await open('/people', { as: everything, scheme })
    await settled(tab.page, 'People')
    await tab.page.getByRole('button', { name: 'Invite a person' }).click()
    await tab.page.getByRole('dialog').getByLabel('Name').waitFor()
    await expectClean(tab)
    await tab.page.keyboard.press('Escape')
    await tab.page.getByRole('button', { name: /^Signed in as/ }).click()
    await tab.page.getByRole('menuitem', { name: 'Sign out' }).waitFor()
    await expectClean(tab)
  })
})

describe('the checks of these tests', () => {
  it('see a refused style, a broken rule and an error when there is one', async () => {
    const tab = await open('/', { as: everything })
    await settled(tab.page, 'Home')
    await tab.page.evaluate(`
      document.head.append(Object.assign(document.createElement('style'), { textContent: 'body { color: red }' }))
      document.body.append(document.createElement('button'))
      console.error('on purpose')
    `)
    await expect.poll(() => tab.cspViolations(), { timeout: 10_000 }).not.toEqual([])
    expect((await tab.axeViolations()).join()).toContain('button-name')
    expect(tab.errors.join()).toContain('on purpose')
  })
})

describe('the navigation', () => {
  const program = ['Home', 'Inbox', 'Packages', 'Releases', 'Embargo', 'Account']
  const rules = ['Calendar rules', 'Embargo']
  const member = [
    'Home',
    'Inbox',
    'Packages',
    'Releases',
    'Our organisation',
    'Agreement',
    'Public listing',
    'Search',
    'Look up many',
    'Indicators',
    'Collections',
    'Gaps',
    'Scanner',
    'YARA sets',
    'Account',
  ]
  const membership = ['Members', 'Applications', 'Criteria', 'Agreements', 'Contacts', 'Public pages']
  const operators: Record<(typeof OPERATOR_ROLES)[number], string[]> = {
    author: ['Home', 'Inbox', 'Packages', 'Releases', 'Embargo', 'Zero-day candidates', 'Account'],
    reviewer: program,
    publisher: ['Home', 'Inbox', 'Packages', 'Releases', ...rules, 'Zero-day candidates', 'Remote servers', 'Webhooks', 'Account'],
    'membership-officer': ['Home', 'Inbox', ...membership, 'Collections', 'People', 'Sign-in', 'Outgoing mail', 'Account'],
    tracer: program,
    analyst: [
      'Home',
      'Inbox',
      'Zero-day candidates',
      'Search',
      'Look up many',
      'Indicators',
      'Collections',
      'Remote servers',
      'Scanner',
      'YARA sets',
      'Machines',
      'Account',
    ],
    auditor: [
      'Home',
      'Inbox',
      'Packages',
      'Releases',
      ...rules,
      'Zero-day candidates',
      ...membership,
      'Search',
      'Look up many',
      'Indicators',
      'Collections',
      'Remote servers',
      'YARA sets',
      'Machines',
      'People',
      'Sign-in',
      'Webhooks',
      'Audit log',
      'Account',
    ],
  }
  const own = ['Our organisation', 'Agreement', 'Renewals', 'Public listing']
  const contacts: Record<(typeof CONTACT_ROLES)[number], string[]> = {
    admin: [
      'Home',
      'Inbox',
      'Packages',
      'Releases',
      ...own,
      'Search',
      'Look up many',
      'Indicators',
      'Collections',
      'Gaps',
      'Scanner',
      'YARA sets',
      'People',
      'Sign-in',
      'Webhooks',
      'Account',
    ],
    analyst: member,
    reader: member,
  }

  it.each(OPERATOR_ROLES)('shows an operator’s %s what they may use and nothing else', async (role) => {
    await expectPlaces(operator.people[role], operators[role])
  })

  it.each(CONTACT_ROLES)('shows a member’s %s what they may use and nothing else', async (role) => {
    await expectPlaces(operator.vendor.people[role], contacts[role])
  })

  async function expectPlaces(as: Anybody, places: string[]): Promise<void> {
    const { page } = await open('/', { as })
    await settled(page, 'Home')
    expect(await page.getByRole('navigation', { name: 'Main' }).getByRole('link').allInnerTexts()).toEqual(places)
    for (const [path, place] of [
      ['/packages', 'Packages'],
      ['/releases', 'Releases'],
      ['/indicators', 'Indicators'],
      ['/gaps', 'Gaps'],
      ['/scanner', 'Scanner'],
      ['/people', 'People'],
      ['/log', 'Audit log'],
    ] as const) {
      // Each place that is offered is opened elsewhere; one that is not is refused by its address, too.
      if (places.includes(place)) continue
      await page.goto(path)
      await settled(page, 'Nothing is here for you')
    }
  }

  it('opens and closes on a small screen', async () => {
    const { page } = await open('/', { as: everything, width: 390, height: 844 })
    await settled(page, 'Home')
    const account = page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Account' })
    expect(await account.isVisible()).toBe(false)
    await page.getByRole('button', { name: 'Open the navigation' }).click()
    await account.click()
    await settled(page, 'Account')
    await account.waitFor({ state: 'hidden' })
  })
})

describe('the account page', () => {
  it('creates a token that works, shows it once, and revokes it', async () => {
    const { page } = await open('/account', { as: everything })
    await page.getByRole('button', { name: 'Create a token' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('Feed puller')
    await dialog.getByRole('checkbox', { name: 'account:read' }).check()
    await dialog.getByRole('button', { name: 'Create the token' }).click()
    const secret = await dialog.getByRole('region', { name: 'The token' }).innerText()
    const use = () => fetch(`${url}/api/session`, { headers: { authorization: `Bearer ${secret.trim()}` } }).then(({ status }) => status)
    expect(await use()).toBe(200)
    await dialog.getByRole('button', { name: 'I have kept it' }).click()
    await page.getByRole('cell', { name: 'Feed puller', exact: true }).waitFor()
    expect(await page.content()).not.toContain(secret.trim())
    await page.getByRole('button', { name: 'Revoke: Feed puller' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await page.getByRole('cell', { name: 'Feed puller', exact: true }).waitFor({ state: 'detached' })
    expect(await use()).toBe(401)
  })

  it('lists client certificates, revokes one, and says why none can be added', async () => {
    const person = await seedStaff(vedette.app, operator.id, 'analyst', 'Analyst with a certificate')
    await vedette.database.superuser.query(
      `insert into client_certificate (id, person_id, name, subject, fingerprint, scopes, created_at, expires_at)
       values (gen_random_uuid(), $1, 'SIEM', 'O=Operator, CN=siem-1', decode($2, 'hex'), '{taxii:read}', $3, $3::timestamptz + interval '1 year')`,
      [person.id, 'ab'.repeat(32), vedette.clock.now()],
    )
    const tab = await open('/account', { as: person })
    const { page } = tab
    await page.getByRole('cell', { name: 'SIEM', exact: true }).waitFor()
    await picture(tab, 'client-certificates')
    await page.getByRole('button', { name: 'Revoke: SIEM' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await page.getByRole('cell', { name: 'SIEM', exact: true }).waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Add a certificate' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('SIEM')
    await dialog.getByRole('textbox', { name: 'Certificate' }).fill('-----BEGIN CERTIFICATE-----')
    await dialog.getByRole('textbox', { name: 'Signature by its key' }).fill('AAAA')
    await dialog.getByRole('checkbox', { name: 'taxii:read' }).check()
    await dialog.getByRole('button', { name: 'Add the certificate' }).click()
    await dialog.getByText('VEDETTE_TLS_CLIENT_CA').waitFor()
    await picture(tab, 'add-client-certificate')
  })

  it('ends all other sessions at once, and keeps this one', async () => {
    const person = await seedStaff(vedette.app, operator.id, 'author', 'Author with two browsers')
    const other = (await open('/account', { as: await anotherSession(person) })).page
    await settled(other, 'Account')
    const { page } = await open('/account', { as: person })
    await page.getByRole('button', { name: 'End all others' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'End all others' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'End all others' }).waitFor({ state: 'detached' })
    await page.reload()
    await settled(page, 'Account')
    await other.reload()
    await other.getByRole('heading', { name: 'Sign in' }).waitFor()
  })
})

describe('the people page', () => {
  it('invites a person, whose link works once, and keeps the draft over an accidental reload', async () => {
    const { page } = await open('/people', { as: operator.people['membership-officer'] })
    await page.getByRole('button', { name: 'Invite a person' }).click()
    await page.getByRole('dialog').getByLabel('Name').fill('Reader on call')
    await page.getByRole('dialog').getByLabel('Organisation').selectOption(operator.vendor.id)
    await page.getByRole('dialog').getByRole('checkbox', { name: 'Reader' }).check()
    await page.reload()
    const dialog = page.getByRole('dialog')
    await dialog.waitFor()
    expect(await dialog.getByLabel('Name').inputValue()).toBe('Reader on call')
    expect(await dialog.getByRole('checkbox', { name: 'Reader' }).isChecked()).toBe(true)
    await dialog.getByRole('button', { name: 'Invite', exact: true }).click()
    const link = (await dialog.getByRole('region', { name: 'Link for Reader on call' }).innerText()).trim()
    await dialog.getByRole('button', { name: 'I have passed it on' }).click()
    await page.getByRole('row', { name: /Reader on call/ }).waitFor()
    await page.reload()
    await settled(page, 'People')
    expect(await page.getByRole('dialog').count()).toBe(0)

    const invited = await open('/sign-in')
    await addAuthenticator(invited)
    await invited.page.goto(link)
    await invited.page.getByRole('heading', { name: 'Welcome, Reader on call' }).waitFor()
    await invited.page.getByRole('button', { name: 'Go on' }).click()
    await invited.page.getByRole('button', { name: 'Enrol a passkey' }).click()
    await settled(invited.page, 'Home')
  })

  it('keeps the form and says what to do when the server cannot be reached, and invites once when sent again', async () => {
    const { page } = await open('/people', { as: operator.people['membership-officer'] })
    await page.getByRole('button', { name: 'Invite a person' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('Invited once')
    await dialog.getByLabel('Organisation').selectOption(operator.vendor.id)
    await dialog.getByRole('checkbox', { name: 'Analyst' }).check()
    // The request arrives and is carried out, but its answer is lost.
    await page.route('**/api/people', async (route) => {
      if (route.request().method() === 'POST') await route.fetch()
      await route.abort('connectionreset')
    })
    await dialog.getByRole('button', { name: 'Invite', exact: true }).click()
    await dialog.getByText('What you typed is kept').waitFor()
    expect(await dialog.getByLabel('Name').inputValue()).toBe('Invited once')
    await page.unroute('**/api/people')
    await dialog.getByRole('button', { name: 'Invite', exact: true }).click()
    await dialog.getByRole('region', { name: 'Link for Invited once' }).waitFor()
    await dialog.getByRole('button', { name: 'I have passed it on' }).click()
    await page.getByRole('cell', { name: 'Invited once', exact: true }).first().waitFor()
    expect(await page.getByRole('cell', { name: 'Invited once', exact: true }).count()).toBe(1)
  })

  it('gives roles with two officers: the first cannot approve, the second can, from Home, and passes the link on', async () => {
    const tab = await open('/people', { as: operator.people['membership-officer'] })
    const { page } = tab
    await page.getByRole('button', { name: 'Invite a person' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('Publisher to be')
    await dialog.getByRole('checkbox', { name: 'Publisher' }).check()
    await dialog.getByText('Giving a role of the operator takes a second membership officer').waitFor()
    await dialog.getByRole('button', { name: 'Invite', exact: true }).click()
    await page.getByRole('heading', { name: 'Publisher to be is proposed' }).waitFor()
    await dialog.getByText('A second membership officer now has to approve').waitFor()
    await expectClean(tab)
    await dialog.getByRole('button', { name: 'Close' }).last().click()
    const panel = page.getByRole('region', { name: 'Role changes that wait for a second officer' })
    await panel.getByText('Gains: Publisher').waitFor()
    await panel.getByText('Waits for a colleague').waitFor()
    expect(await page.getByRole('button', { name: /^Approve the role change/ }).count()).toBe(0)
    await page.getByRole('row', { name: /Publisher to be.*No roles yet/ }).waitFor()
    await expectClean(tab)

    const other = await open('/', { as: secondOfficer })
    const second = other.page
    await second.getByRole('button', { name: 'Approve the role change of Publisher to be' }).click()
    const approving = second.getByRole('dialog')
    await approving.getByText('Gains: Publisher').waitFor()
    await expectClean(other)
    await approving.getByRole('button', { name: 'Approve the role change' }).click()
    const link = (await approving.getByRole('region', { name: 'Link for Publisher to be' }).innerText()).trim()
    await approving.getByRole('button', { name: 'I have passed it on' }).click()
    await second.getByRole('region', { name: 'Role changes that wait for a second officer' }).waitFor({ state: 'detached' })

    const invited = await open('/sign-in')
    await addAuthenticator(invited)
    await invited.page.goto(link)
    await invited.page.getByRole('button', { name: 'Go on' }).click()
    await invited.page.getByRole('button', { name: 'Enrol a passkey' }).click()
    await settled(invited.page, 'Home')

    // Another role for somebody who is in: no link, and closing it changes nothing.
    await second.goto('/people')
    await second.getByRole('button', { name: 'Actions for Publisher to be' }).click()
    await second.getByRole('menuitem', { name: 'Set roles' }).click()
    await second.getByRole('dialog').getByRole('checkbox', { name: 'Reviewer' }).check()
    await second.getByRole('dialog').getByRole('button', { name: 'Set roles' }).click()
    await second.getByRole('dialog').getByText('keeps the roles of now').waitFor()
    await second.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()
    await page.reload()
    await page.getByRole('button', { name: 'Approve the role change of Publisher to be' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Approve the role change' }).click()
    await page.getByRole('row', { name: /Publisher to be.*Publisher, Reviewer|Publisher to be.*Reviewer, Publisher/ }).waitFor()
  })

  it('shows what the server refuses at the field', async () => {
    const { page } = await open('/people', { as: operator.people['membership-officer'] })
    await page.getByRole('button', { name: 'Invite a person' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('   ')
    await dialog.getByRole('checkbox', { name: 'Analyst' }).check()
    await dialog.getByRole('button', { name: 'Invite', exact: true }).click()
    await dialog.getByText('The request does not fit what this route accepts').waitFor()
    expect(await dialog.getByLabel('Name').getAttribute('aria-invalid')).toBe('true')
  })

  it('recovers a person with two operators: the first cannot approve, the second can, and the link leads in', async () => {
    const lost = await seedStaff(vedette.app, operator.id, 'analyst', 'Analyst without a phone')
    // What Home shows are the newest notices: by the clock, which stands still otherwise.
    vedette.clock.advance(1000)
    const holder = await open('/account', { as: lost })
    await addAuthenticator(holder)
    await holder.page.getByRole('button', { name: 'Enrol a passkey' }).first().click()
    await holder.page.getByRole('dialog').getByRole('button', { name: 'Enrol a passkey' }).click()
    await holder.page.getByText('The only one: it stays').waitFor()

    const opener = (await open('/people', { as: operator.people['membership-officer'] })).page
    await opener.getByRole('button', { name: 'Actions for Analyst without a phone' }).click()
    await opener.getByRole('menuitem', { name: 'Open a recovery' }).click()
    await opener.getByLabel('Reason').fill('Called back on the number in the personnel file')
    await opener.getByRole('button', { name: 'Open the recovery' }).click()
    await opener.getByText('Waits for a colleague').waitFor()
    expect(await opener.getByRole('button', { name: /^Approve the recovery/ }).count()).toBe(0)

    const second = (await open('/', { as: secondOfficer })).page
    await second
      .getByRole('link', { name: /^A recovery of the account of Analyst without a phone/ })
      .first()
      .waitFor()
    await second.getByRole('button', { name: 'Approve the recovery of Analyst without a phone' }).click()
    const dialog = second.getByRole('dialog')
    await dialog.getByText('Called back on the number in the personnel file').waitFor()
    await dialog.getByRole('button', { name: 'Approve the recovery' }).click()
    const link = (await dialog.getByRole('region', { name: 'Link for Analyst without a phone' }).innerText()).trim()
    await dialog.getByRole('button', { name: 'I have passed it on' }).click()

    const recovered = await open('/sign-in')
    await recovered.page.goto(link)
    await recovered.page.getByText('Your account is being recovered').waitFor()
    await recovered.page.getByRole('button', { name: 'Go on' }).click()
    await recovered.page.getByRole('heading', { name: 'Enrol a passkey' }).waitFor()
    await holder.page.reload()
    await holder.page.getByRole('heading', { name: 'Sign in' }).waitFor()
  })

  it('sorts, filters and exports what it shows, and no cell starts a formula', async () => {
    const officer = operator.people['membership-officer']
    await invite('=HYPERLINK("//evil.example")')
    const { page } = await open('/people', { as: officer })
    await page.getByRole('row', { name: /HYPERLINK/ }).waitFor()
    const names = () => page.getByRole('region', { name: 'People' }).locator('tbody tr td:first-child').allInnerTexts()
    await page.getByRole('button', { name: 'Name' }).click()
    const ascending = await names()
    await page.getByRole('button', { name: 'Name' }).click()
    expect(await names()).toEqual(ascending.toReversed())
    await page.getByLabel('Filter people').fill('HYPERLINK')
    await expect.poll(names, { timeout: 10_000 }).toEqual(['=HYPERLINK("//evil.example")'])
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export CSV' }).click()])
    const csv = readFileSync(await download.path(), 'utf8')
    expect(csv.split('\r\n')).toHaveLength(3)
    expect(csv).toContain(`"'=HYPERLINK(""//evil.example"")"`)
  })
})

describe('the audit log page', () => {
  it('checks a proof in the browser: green as the server sent it, red when the leaf was changed on the way', async () => {
    const { page } = await open('/log', { as: everything })
    await page
      .getByRole('button', { name: /^Open leaf/ })
      .first()
      .click()
    const verdict = page.getByTestId('proof-verdict')
    await verdict.waitFor()
    expect(await verdict.getAttribute('data-outcome')).toBe('good')
    for (const step of ['The text gives the leaf hash: holds', 'The path leads to the root: holds', 'The root is signed by the log: holds']) {
      await page.getByText(step).waitFor()
    }
    await page.route('**/api/log/leaves/*', async (route) => {
      const answer = await route.fetch()
      const proof = (await answer.json()) as { leaf: { body: string } }
      await route.fulfill({ response: answer, json: { ...proof, leaf: { ...proof.leaf, body: proof.leaf.body.replace('"action":"', '"action":"x') } } })
    })
    await page.getByRole('button', { name: 'Check again' }).click()
    await page.getByText('The text gives the leaf hash: fails').waitFor()
    expect(await verdict.getAttribute('data-outcome')).toBe('bad')
  })

  it('turns red when the checkpoint is not signed by the key that is shown', async () => {
    const { page } = await open('/log', { as: everything })
    await page.route('**/api/log/leaves/*', async (route) => {
      const answer = await route.fetch()
      const proof = (await answer.json()) as { checkpoint: string }
      await route.fulfill({ response: answer, json: { ...proof, checkpoint: proof.checkpoint.replace(/\n\d+\n/, '\n1\n') } })
    })
    await page
      .getByRole('button', { name: /^Open leaf/ })
      .first()
      .click()
    await page.getByText('The root is signed by the log: fails').waitFor()
    expect(await page.getByTestId('proof-verdict').getAttribute('data-outcome')).toBe('bad')
  })

  it('filters by action, keeps the filter in the address, and exports what fits', async () => {
    const { page } = await open('/log', { as: everything })
    await page.getByLabel('Action').fill('operator.created')
    await page.getByRole('button', { name: 'Filter', exact: true }).click()
    await page.getByText('1 shown, that is all').waitFor()
    expect(new URL(page.url()).searchParams.get('action')).toBe('operator.created')
    await page.getByRole('button', { name: 'Export' }).click()
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: 'JSON lines, complete' }).click()])
    const lines = readFileSync(await download.path(), 'utf8')
      .trim()
      .split('\n')
    expect(lines.map((line) => (JSON.parse(line) as { action: string }).action)).toEqual(['operator.created'])
  })
})

describe('when things go wrong', () => {
  it('says that the clocks disagree, offers the way out to a publisher alone, and stands still', async () => {
    vedette.clock.disagree('The wall clock stepped forward by 4 minutes.')
    try {
      const publisher = (await open('/', { as: operator.people.publisher })).page
      await publisher.getByText('The clocks disagree: the trusted time stands still').waitFor()
      await publisher.getByText('Trusted time stands still:').waitFor()
      await publisher.getByRole('button', { name: 'State the time' }).waitFor()
      const reader = (await open('/', { as: operator.vendor.people.reader })).page
      await reader.getByText('Tell a publisher of the operator').waitFor()
      expect(await reader.getByRole('button', { name: 'State the time' }).count()).toBe(0)
    } finally {
      vedette.clock.disagree(undefined)
    }
  })

  it('shows the trusted time in UTC and in the browser’s zone', async () => {
    const { page } = await open('/', { as: everything })
    await page
      .getByText(/2026-\d\d-\d\d \d\d:\d\d:\d\d UTC/)
      .first()
      .waitFor()
    await page.getByText('(Europe/Berlin)').waitFor()
  })

  it('notices that the server is gone, keeps the page, and goes on when it is back', async () => {
    const { page } = await open('/', { as: everything })
    await settled(page, 'Home')
    await page.route('**/api/**', (route) => route.abort('connectionrefused'))
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Account' }).click()
    await page.getByRole('alert').filter({ hasText: 'Trying again every few seconds' }).waitFor()
    // Pressed while nothing answers: what comes back by itself would take the button away under the hand.
    await Promise.all([page.waitForRequest('**/api/**'), page.getByRole('button', { name: 'Try now' }).click()])
    await page.unroute('**/api/**')
    await page.getByRole('alert').filter({ hasText: 'Trying again every few seconds' }).waitFor({ state: 'detached' })
  })

  it('leads to the sign-in page when the session was ended elsewhere', async () => {
    const person = await seedStaff(vedette.app, operator.id, 'author', 'Author who is signed out')
    const { page } = await open('/account', { as: person })
    await settled(page, 'Account')
    const headers = { ...person.session }
    expect((await fetch(`${url}/api/session`, { method: 'DELETE', headers })).status).toBe(204)
    await page.getByRole('link', { name: 'Inbox' }).first().click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  })
})
