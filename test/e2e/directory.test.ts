import { PNG } from 'pngjs'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ensureConsole } from '#main/console.ts'
import { system, type OperatorActor } from '#platform/auth/actor.ts'
import { openBrowser, openTab, type Tab } from '#test/harness/browser.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { expectClean, expectCleanEverywhere, openConsole, picture, settled, SIZES, type Anybody } from '#test/harness/console-tab.ts'
import { seedPeople, seedStaff, type SeededOperator, type SeededPerson } from '#test/harness/people.ts'

let vedette: TestApp
let url: string
let browser: Browser
let operator: SeededOperator
let second: SeededPerson<OperatorActor>
const tabs: Tab[] = []
/** A picture that is dark on transparent ground. */
const LOGO = (() => {
  const png = new PNG({ width: 300, height: 120 })
  for (let at = 0; at < png.data.length; at += 4) png.data.set([42, 82, 179, (at / 4) % 300 < 150 ? 255 : 120], at)
  return PNG.sync.write(png)
})()

beforeAll(async () => {
  await ensureConsole()
  vedette = await testApp()
  url = await vedette.listen()
  browser = await openBrowser()
  const [one, other] = await seedPeople(vedette.app)
  operator = one.id < other.id ? one : other
  second = await seedStaff(vedette.app, operator.id, 'membership-officer', 'Second officer')
})
afterEach(async () => {
  for (const { context } of tabs.splice(0)) await context.close()
})
afterAll(async () => {
  await browser.close()
  await vedette.close()
})

async function open(path: string, as: Anybody): Promise<Tab> {
  const tab = await openConsole(browser, url, path, as)
  tabs.push(tab)
  return tab
}

/** A page as anybody sees it, in each scheme and size. */
async function publicPage(path: string, heading: string, name: string): Promise<void> {
  const tab = await openTab(browser, url, { fresh: true })
  const { page, context } = tab
  await page.goto(path)
  await page.getByRole('heading', { level: 1, name: heading }).waitFor()
  expect(await page.evaluate<number>('document.scripts.length')).toBe(0)
  for (const [width, height] of SIZES) {
    await page.setViewportSize({ width, height })
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme })
      await expectClean(tab, scheme === 'dark' ? ['color-contrast'] : undefined)
      await picture(tab, `${name}-${scheme}-${width}`)
    }
  }
  await context.close()
}

describe('the public side of a programme', { timeout: 90_000 }, () => {
  it('begins with a text that an officer writes beside its preview, kept while it is typed', async () => {
    const tab = await open('/public-pages', operator.people['membership-officer'])
    const { page } = tab
    await settled(page, 'Public pages')
    await page.getByRole('button', { name: 'Edit: Questions and answers' }).click()
    const field = page.getByLabel('Questions and answers, in Markdown')
    await field.fill('# Who may apply?\n\nVendors of **active protections**.\n\n| Tier | For |\n|-|-|\n| entry | all |')
    await page.getByLabel('Preview of Questions and answers').getByRole('heading', { name: 'Who may apply?' }).waitFor()
    await page.reload()
    await settled(page, 'Public pages')
    expect(await field.inputValue()).toContain('Who may apply?')
    await expectCleanEverywhere(tab, 'public-pages-editing')
    await page.getByRole('button', { name: 'Publish', exact: true }).click()
    await page.getByText('Published by Operator').waitFor()
  })

  it('shows a member once its admin agreed and an officer looked at it', async () => {
    const admin = await open('/listing', operator.vendor.people.admin)
    await settled(admin.page, 'Public listing')
    await admin.page.getByText('Your organisation is not shown').waitFor()
    await admin.page.getByLabel('Name as it is shown').fill('Vendor Security')
    await admin.page.getByLabel('Link').fill('https://vendor.example/')
    await admin.page.getByLabel('What you protect').fill('Mail gateways and endpoints of small organisations.')
    await admin.page.getByLabel('Logo', { exact: true }).setInputFiles({ name: 'logo.svg', mimeType: 'image/svg+xml', buffer: Buffer.from('<svg/>') })
    await admin.page.getByText('SVG is refused; export the logo as PNG first.').waitFor()
    await admin.page.getByLabel('Logo', { exact: true }).setInputFiles({ name: 'logo.png', mimeType: 'image/png', buffer: LOGO })
    await admin.page.locator('img[src^="/api/listings/logos/"]').waitFor()
    await admin.page.getByLabel(/agrees to be shown/).check()
    await admin.page.getByRole('button', { name: 'Send to an officer' }).click()
    await admin.page.getByText('Waits for an officer').waitFor()
    await admin.page.getByRole('button', { name: 'Switch on' }).click()
    await admin.page.getByRole('button', { name: 'Switch off' }).waitFor()
    await expectCleanEverywhere(admin, 'listing')

    const officer = await open('/public-pages', operator.people['membership-officer'])
    await settled(officer.page, 'Public pages')
    await officer.page.getByText('Mail gateways').waitFor()
    await picture(officer, 'public-pages-waiting')
    await officer.page.getByRole('button', { name: `Show ${operator.vendor.name} in public` }).click()
    await officer.page.getByRole('row', { name: /Vendor Security.*Public/ }).waitFor()
    await expectCleanEverywhere(officer, 'public-pages')
  })

  it('is read without script, in both schemes, on a telephone as on a desk', async () => {
    await publicPage('/programme', 'Programme', 'public-programme')
    await publicPage('/programme/criteria', 'Criteria', 'public-criteria')
    await publicPage('/programme/faq', 'Questions and answers', 'public-faq')
    await publicPage('/programme/members', 'Members', 'public-members')
    const context = await browser.newContext({ baseURL: url, javaScriptEnabled: false })
    const page = await context.newPage()
    await page.goto('/programme')
    await page.getByRole('link', { name: 'Questions' }).click()
    await page.getByRole('heading', { name: 'Who may apply?' }).waitFor()
    await page.getByRole('link', { name: 'Members' }).click()
    const logo = page.locator('.members img')
    await logo.waitFor()
    expect(await page.getByRole('link', { name: 'Vendor Security' }).getAttribute('href')).toBe('https://vendor.example/')
    await page.getByRole('link', { name: 'Sort from Z to A' }).click()
    await page.getByRole('link', { name: 'Sort from A to Z' }).waitFor()
    await context.close()
  })

  it('states that a member is one, until it is no more', async () => {
    const { rows } = await vedette.database.superuser.query<{ id: string }>('select id from membership_statement where switched_off_at is null')
    const path = `/membership/${rows[0]!.id}`
    await publicPage(path, `${operator.vendor.name} is a member`, 'public-statement')
    await vedette.app.db.transaction(system('test'), (tx) =>
      tx.db.updateTable('membership').set({ state: 'suspended' }).where('organisation_id', '=', operator.vendor.id).execute(),
    )
    await publicPage(path, 'No such statement', 'public-no-statement')
    const tab = await openTab(browser, url, { fresh: true })
    tabs.push(tab)
    await tab.page.goto('/programme/members')
    await tab.page.getByText('None is at present').waitFor()
  })
})

describe('a list of members in the console', () => {
  const HEADER = 'name;kind;tier;jurisdiction;contact_name;contact_email'
  const file = (...lines: string[]) => ({ name: 'members.csv', mimeType: 'text/csv', buffer: Buffer.from([HEADER, ...lines].join('\r\n')) })

  it('is looked at line by line, proposed by one officer and admitted by another', async () => {
    const tab = await open('/members/import', operator.people['membership-officer'])
    const { page } = tab
    await settled(page, 'Import members')
    const choose = (list: ReturnType<typeof file>) => page.getByLabel('A list of members as CSV', { exact: true }).setInputFiles(list)
    await choose(file('One;vendor;entry;unrestricted;Admin;admin@one.example', 'Two;bank;entry;unrestricted;Admin;admin@two.example'))
    await page.getByRole('row', { name: /3.*INVALID.*kind.*vendor or responder/ }).waitFor()
    expect(await page.getByRole('button', { name: /^Propose/ }).count()).toBe(0)
    await expectCleanEverywhere(tab, 'member-import')
    await choose(file('One;vendor;entry;unrestricted;Admin;admin@one.example', 'Two;vendor;entry;unrestricted;Admin;admin@two.example'))
    await page.getByRole('button', { name: 'Propose these 2 members' }).click()
    await page.getByText('Waits for a colleague').waitFor()

    const other = await open('/members/import', second)
    await settled(other.page, 'Import members')
    await other.page.getByRole('button', { name: 'Look at 2 members' }).click()
    await other.page
      .getByRole('dialog')
      .getByRole('row', { name: /Two.*vendor.*entry/ })
      .waitFor()
    await expectCleanEverywhere(other, 'member-import-approve')
    await other.page.getByRole('button', { name: 'Admit these 2 members' }).click()
    await other.page.getByRole('heading', { name: 'They are members' }).waitFor()
    await expectClean(other)
    await picture(other, 'member-import-done')
    const [download] = await Promise.all([other.page.waitForEvent('download'), other.page.getByRole('button', { name: 'Download the invitations' }).click()])
    expect(download.suggestedFilename()).toBe('vedette-invitations.csv')
    await other.page.getByRole('button', { name: 'I have kept the links' }).click()
    await other.page.getByText('No list waits').waitFor()
  })
})
