import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ensureConsole } from '#main/console.ts'
import { keepScan } from '#program/membership/applications/keep-scan.ts'
import { mailedToken, sendIn } from '#test/harness/applicant.ts'
import { openBrowser, openTab, type Tab } from '#test/harness/browser.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { expectClean, expectCleanEverywhere, openConsole, picture, settled, type Anybody } from '#test/harness/console-tab.ts'
import { seedPeople, seedStaff, type SeededOperator } from '#test/harness/people.ts'

let vedette: TestApp
let url: string
let browser: Browser
let operator: SeededOperator
let second: Anybody
const tabs: Tab[] = []

beforeAll(async () => {
  await ensureConsole()
  vedette = await testApp()
  url = await vedette.listen()
  browser = await openBrowser()
  ;[operator] = await seedPeople(vedette.app)
  second = await seedStaff(vedette.app, operator.id, 'membership-officer', 'Second officer')
})
afterEach(async () => {
  for (const { context } of tabs.splice(0)) await context.close()
})
afterAll(async () => {
  await browser.close()
  await vedette.close()
})

async function visit(path: string, as?: Anybody): Promise<Tab> {
  const tab = as ? await openConsole(browser, url, path, as) : await openTab(browser, url)
  tabs.push(tab)
  if (!as) await tab.page.goto(path)
  return tab
}

/** The other criteria, as the console would send them. */
async function judgeTheRest(id: string): Promise<void> {
  const { token } = operator.people['membership-officer']
  const path = `/api/applications/${id}`
  let view = (await vedette.server.inject({ method: 'GET', url: path, headers: token })).json<{ version: number; set: { criteria: { id: string }[] } }>()
  for (const { id: criterion } of view.set.criteria.filter((one) => one.id !== 'CR-03')) {
    const payload = { version: view.version, criterion, outcome: 'met', reason: `Shown for ${criterion}.` }
    const answer = await vedette.server.inject({ method: 'POST', url: `${path}/judgements`, headers: token, payload })
    expect(answer.statusCode, answer.body).toBe(200)
    view = answer.json()
  }
}

const EMAIL = 'security@vendor.example'

describe('an application', { timeout: 90_000 }, () => {
  it('is begun by a mailed link and filled in without an account; a reload loses nothing', async () => {
    const tab = await visit('/apply')
    const { page } = tab
    await settled(page, 'Apply for membership')
    await page.getByText('Reach.').waitFor()
    await expectCleanEverywhere(tab, 'apply-start')
    await page.getByLabel('Mail address').fill(EMAIL)
    await page.getByRole('button', { name: 'Mail me the link' }).click()
    await page.getByText('Look into your mailbox').waitFor()

    await page.goto(`/apply#${await mailedToken(vedette, EMAIL)}`)
    await settled(page, 'Application to Operator A')
    expect(new URL(page.url()).hash).toBe('')
    await page.getByLabel('Legal name').fill('A new vendor')
    await page.getByLabel('Website').fill('https://vendor.example')
    await page.getByLabel('Countries').fill('de, fr')
    await page.reload()
    await settled(page, 'Application to Operator A')
    expect(await page.getByLabel('Legal name').inputValue()).toBe('A new vendor')
    expect(await page.getByLabel('Countries').inputValue()).toBe('DE, FR')
    await expectClean(tab)
    await picture(tab, 'apply-organisation')

    await page.getByRole('button', { name: 'Next: Products' }).click()
    await page.getByRole('button', { name: 'Add a product' }).click()
    const product = page.getByRole('group', { name: 'Product 1' })
    await product.getByLabel('Name', { exact: true }).fill('Gateway 9')
    await product.getByLabel('Kind').selectOption('mail-gateway')
    await product.getByLabel('Page about it').fill('https://vendor.example/gateway')
    await product.getByLabel('Users').fill('40000')
    await product.getByLabel('Countries').fill('WW')
    await product.getByRole('radio', { name: 'Yes' }).check()
    await page.getByRole('button', { name: 'Next: Use of the data' }).click()
    await page.getByLabel('How you will use the data').fill('To write detections.')
    await page.getByRole('button', { name: 'Next: Worked example' }).click()
    await page.getByLabel('Its CVE').fill('CVE-2017-11882')
    await page.getByLabel('How you would detect it').fill('A font name over 40 bytes.')
    await page.getByRole('button', { name: 'Next: Statements' }).click()
    await page.getByLabel('Your policy of coordinated disclosure').fill('https://vendor.example/disclosure')
    for (const [name, answer] of [
      [/attack tools/, 'No'],
      [/through an interface/, 'Yes'],
      [/name you publicly/, 'Yes'],
    ] as const) {
      await page.getByRole('radiogroup', { name }).getByRole('radio', { name: answer }).check()
    }
    await page.getByRole('button', { name: 'Next: People' }).click()
    await page.getByLabel('Role address').fill('psirt@vendor.example')
    await page.getByRole('button', { name: 'Add a contact' }).click()
    await page.getByLabel('Name', { exact: true }).fill('Vendor contact')
    await page.getByLabel('Mail address').fill('contact@vendor.example')
    await page.getByRole('button', { name: 'Next: Evidence' }).click()
    await page.getByLabel('A file for “Reach”').setInputFiles({ name: 'users.txt', mimeType: 'text/plain', buffer: Buffer.from('40,000 users') })
    await page.getByText(/users\.txt, /).waitFor()
    await expectCleanEverywhere(tab, 'apply-evidence')

    await page.getByRole('button', { name: 'Next: Review and send' }).click()
    await page.getByRole('button', { name: 'Send the application' }).click()
    await page.getByText('It was not sent').waitFor()
    await page.getByRole('checkbox', { name: /We have read the criteria/ }).check()
    await page.getByText('Everything is there').waitFor()
    await page.getByRole('button', { name: 'Send the application' }).click()
    await page.getByText('In review').waitFor()
    await expectClean(tab)
    await picture(tab, 'apply-status')
  })

  it('is judged beside its answers, and tells who may not decide and why', async () => {
    const tab = await visit('/applications', operator.people['membership-officer'])
    const { page } = tab
    await settled(page, 'Applications')
    await page.getByRole('row', { name: /A new vendor.*Vendor.*In review.*0 of 13/ }).waitFor()
    await expectClean(tab)
    await picture(tab, 'applications')
    const { rows } = await vedette.database.superuser.query<{ object: string }>('select object from application_evidence')
    await keepScan(vedette.app, rows[0]!.object, { outcome: 'complete', exploit: 'attempted' })
    await page.getByRole('link', { name: 'A new vendor' }).click()
    await settled(page, 'A new vendor')
    await page.getByText('Holds an attempted exploit. Open it in a safe place only').waitFor()
    await page.getByRole('button', { name: 'Download users.txt' }).click()
    await page.getByRole('dialog').getByText('That you downloaded it all the same is on record').waitFor()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('button', { name: 'Judge Reach', exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Reason').fill('40,000 are counted.')
    await dialog.getByRole('button', { name: 'Judge', exact: true }).click()
    await dialog.waitFor({ state: 'hidden' })
    await page.getByText('40,000 are counted.').waitFor()
    await page.getByRole('button', { name: 'Judge Reachable' }).waitFor()
    expect(await page.getByRole('button', { name: /^Judge / }).count()).toBe(13)
    await judgeTheRest(page.url().split('/').at(-1)!)
    await page.reload()
    await page.getByText('You judged a criterion, asked the applicant or recommended').waitFor()
    await page.getByRole('button', { name: 'Recommend' }).click()
    await page.getByRole('dialog').getByRole('radio', { name: 'advance' }).check()
    await page.getByRole('dialog').getByLabel('Policy of its jurisdiction').selectOption('unrestricted@1')
    await page.getByRole('dialog').getByRole('button', { name: 'Recommend' }).click()
    await page.getByText('Tier advance, under unrestricted@1').waitFor()
    expect(await page.getByRole('button', { name: 'Admit' }).count()).toBe(0)
    await expectCleanEverywhere(tab, 'application')
  })

  it('is admitted by another officer, with a tier and a policy', async () => {
    const tab = await visit('/applications', second)
    const { page } = tab
    await page.getByRole('link', { name: 'A new vendor' }).click()
    await settled(page, 'A new vendor')
    await page.getByRole('button', { name: 'Admit' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('radio', { name: 'advance' }).check()
    await dialog.getByLabel('Reason').fill('All is shown.')
    await dialog.getByRole('button', { name: 'Admit' }).click()
    await page.getByText('All is shown.').waitFor()
    await page.goto(`/apply#${await mailedToken(vedette, EMAIL)}`)
    await page.getByText('Admitted', { exact: true }).waitFor()
    await page.getByText('40,000 are counted.').waitFor()
    await expectClean(tab)
    await picture(tab, 'apply-decision')
  })

  it('that is asked about is answered by the applicant on a telephone', async () => {
    const { id, applicant } = await sendIn(vedette, operator.id, 'asked@vendor.example')
    const officer = await visit(`/applications/${id}`, second)
    await settled(officer.page, 'Endpoint vendor')
    await officer.page.getByRole('button', { name: 'Ask the applicant' }).click()
    await officer.page.getByRole('checkbox', { name: 'CR-03 Reach' }).check()
    await officer.page.getByRole('textbox', { name: 'Question' }).fill('How many are active?')
    await officer.page.getByRole('button', { name: 'Ask', exact: true }).click()
    await officer.page.getByText('Waits for the applicant', { exact: true }).waitFor()

    const tab = await openTab(browser, url, { width: 390, height: 844 })
    tabs.push(tab)
    await tab.page.goto(`/apply#${applicant.token}`)
    await tab.page.getByText('How many are active?').waitFor()
    await tab.page.getByRole('button', { name: /^Products/ }).click()
    await tab.page.getByLabel('Users').fill('300000')
    await tab.page.getByRole('button', { name: /^Review and send/ }).click()
    await tab.page.getByRole('button', { name: 'Send the answer' }).click()
    await tab.page.getByText('In review').waitFor()
  })
})

describe('a renewal', () => {
  it('is filed from the console by an administrator of the member, with the same form', async () => {
    const until = new Date(vedette.clock.now().getTime() + 60 * 86_400_000)
    await vedette.database.superuser.query('update membership set until = $1 where organisation_id = $2', [until, operator.vendor.id])
    const tab = await visit('/renewals', operator.vendor.people.admin)
    const { page } = tab
    await settled(page, 'Renewals')
    await page.getByText('Lapses unless renewed').waitFor()
    await expectClean(tab)
    await picture(tab, 'renewals')
    await page.getByRole('button', { name: 'File the renewal' }).click()
    await settled(page, 'Renewal of Vendor A')
  })
})

describe('criteria', () => {
  it('are proposed by one officer and put in force by another, who sees the members concerned', async () => {
    const tab = await visit('/criteria', operator.people['membership-officer'])
    const { page } = tab
    await settled(page, 'Criteria')
    await page.getByRole('button', { name: 'Propose a set' }).click()
    await page.getByLabel('Begin with').selectOption('mapp-2014@1')
    await page.getByRole('checkbox', { name: 'Change it into a set of our own' }).check()
    await page.getByRole('textbox', { name: 'Name' }).fill('our-own')
    await page.getByRole('dialog').getByRole('button', { name: 'Propose' }).click()
    await page.getByText('our-own@1').waitFor()
    await expectCleanEverywhere(tab, 'criteria')

    const other = await visit('/criteria', second)
    await settled(other.page, 'Criteria')
    await other.page.getByRole('button', { name: 'Read our-own@1' }).click()
    await other.page.getByRole('row', { name: /Vendor A.*no application/ }).waitFor()
    await other.page.getByRole('button', { name: 'Put it in force' }).click()
    await other.page.getByText('In force', { exact: true }).waitFor()
  })
})
