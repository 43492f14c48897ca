import { readFileSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { PDFDocument } from 'pdf-lib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ensureConsole } from '#main/console.ts'
import { Signer } from '#test/harness/agreements.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { addAuthenticator, openBrowser, type Tab } from '#test/harness/browser.ts'
import { expectClean, expectCleanEverywhere, openConsole, picture, settled, type Anybody } from '#test/harness/console-tab.ts'
import { seedPeople, seedStaff, type SeededOperator } from '#test/harness/people.ts'

const FIRST = '# Terms of the programme\n\nWhat you are told stays with you **until the release**.\n\n1. Tell nobody.\n2. Keep it sealed.\n'
const SECOND = `${FIRST}3. Report what leaked within *one day*.\n\n| Matter | Days |\n|-|-|\n| A leak | 1 |\n\n<img src=x onerror=alert(1)> [x](javascript:alert(1))\n`

let vedette: TestApp
let url: string
let browser: Browser
let operator: SeededOperator
let officer: Anybody
let second: Anybody
const tabs: Tab[] = []

beforeAll(async () => {
  await ensureConsole()
  vedette = await testApp()
  url = await vedette.listen()
  browser = await openBrowser()
  ;[operator] = await seedPeople(vedette.app)
  officer = operator.people['membership-officer']
  second = await seedStaff(vedette.app, operator.id, 'membership-officer', 'Second officer')
})
afterEach(async () => {
  for (const { context } of tabs.splice(0)) await context.close()
})
afterAll(async () => {
  await browser.close()
  await vedette.close()
})

async function open(path: string, who: Anybody): Promise<Tab> {
  const tab = await openConsole(browser, url, path, who)
  tabs.push(tab)
  return tab
}

/** A tab of somebody who has just enrolled a passkey in it. */
async function withPasskey(path: string, who: Anybody): Promise<Tab> {
  const tab = await open('/account', who)
  await addAuthenticator(tab)
  const { page } = tab
  await settled(page, 'Account')
  await page.getByRole('button', { name: 'Enrol a passkey' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Enrol a passkey' }).click()
  await page.getByRole('cell', { name: 'This device' }).waitFor()
  await page.goto(path)
  return tab
}

async function draft(page: Page, text: string): Promise<void> {
  await page.getByRole('button', { name: 'Draft a new version' }).click()
  await page.getByRole('textbox', { name: 'Text' }).fill(text)
}

async function issue(): Promise<void> {
  const { page } = await open('/agreements', second)
  await page.getByRole('button', { name: 'Read the draft of Operator A membership-officer' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Issue this text' }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
}

describe('an agreement, from its draft to the signed copy', { timeout: 90_000 }, () => {
  it('is drafted by one officer with a preview that is kept, and issued by another', async () => {
    const tab = await open('/agreements', officer)
    const { page } = tab
    await settled(page, 'Agreements')
    await page.getByText('No agreement yet').waitFor()
    await draft(page, SECOND)
    await page.reload()
    const dialog = page.getByRole('dialog')
    expect(await dialog.getByRole('textbox', { name: 'Text' }).inputValue()).toBe(SECOND)
    await dialog.getByText('Preview', { exact: true }).click()
    await dialog.getByRole('heading', { name: 'Terms of the programme' }).waitFor()
    await dialog.getByText('<img src=x onerror=alert(1)> x').waitFor()
    expect(await dialog.locator('img').count()).toBe(0)
    expect(await dialog.getByRole('link').count()).toBe(0)
    await expectClean(tab)
    await picture(tab, 'agreement-draft-preview')
    await dialog.getByText('Write', { exact: true }).click()
    await dialog.getByRole('textbox', { name: 'Text' }).fill(FIRST)
    await dialog.getByRole('button', { name: 'Hand to a second officer' }).click()
    await page.getByRole('button', { name: 'Read the draft of Operator A membership-officer' }).click()
    await dialog.getByText('You drafted it: another membership officer has to issue it.').waitFor()
    expect(await dialog.getByRole('button', { name: 'Issue this text' }).count()).toBe(0)
    await expectClean(tab)
    await issue()
  })

  it('is signed by an admin of the member with a passkey, and countersigned with one', async () => {
    const { admin } = operator.vendor.people
    const tab = await withPasskey('/agreement', admin)
    const { page } = tab
    await settled(page, 'Agreement')
    await page.getByText('Nothing under embargo can be read').waitFor()
    await page.getByRole('button', { name: 'Sign with passkey' }).click()
    await page.getByRole('dialog').getByText('exactly as it is shown on this page').waitFor()
    await expectClean(tab)
    await picture(tab, 'agreement-sign')
    await page.getByRole('dialog').getByRole('button', { name: 'Sign with passkey' }).click()
    await page.getByText('Signed, waits for the operator').first().waitFor()
    await page.getByText('Operator A has still to countersign.').waitFor()
    expect(await page.getByRole('button', { name: 'Sign with passkey' }).count()).toBe(0)

    const officers = await withPasskey('/agreements', officer)
    await settled(officers.page, 'Agreements')
    await officers.page.getByRole('button', { name: 'Countersign for Vendor A' }).click()
    await officers.page.getByRole('dialog').getByText('Make sure that this person may bind the organisation.').waitFor()
    await expectClean(officers)
    await officers.page.getByRole('dialog').getByRole('button', { name: 'Countersign with passkey' }).click()
    await officers.page.getByRole('button', { name: 'PDF of the agreement of Vendor A' }).waitFor()
    await page.reload()
    await page.getByText('Signed and countersigned').first().waitFor()
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'PDF of version 1 as signed' }).first().click()])
    expect(download.suggestedFilename()).toBe('agreement-1.pdf')
    const document = await PDFDocument.load(readFileSync(await download.path()))
    expect(document.getTitle()).toBe('Agreement of Vendor A with Operator A, version 1')
  })

  it('shows what a new version changes, until when access continues, and why one was refused', async () => {
    const writing = await open('/agreements', officer)
    await draft(writing.page, SECOND)
    await writing.page.getByRole('dialog').getByText('Changes', { exact: true }).click()
    await writing.page.getByRole('region', { name: 'Changes from the newest version' }).getByText('3. Report what leaked').waitFor()
    await writing.page.getByRole('dialog').getByRole('button', { name: 'Hand to a second officer' }).click()
    await writing.page.getByRole('dialog').waitFor({ state: 'detached' })
    await issue()

    const responder = await new Signer(vedette, operator.responder.people.admin).ready()
    expect((await responder.sign(2)).statusCode).toBe(204)
    const operators = await open('/agreements', officer)
    await settled(operators.page, 'Agreements')
    await operators.page.getByRole('row', { name: /Vendor A.*Version 1.*Signed and countersigned.*Until/ }).waitFor()
    await operators.page.getByRole('row', { name: /Responder A.*None.*waits for the operator.*Stopped/ }).waitFor()
    await expectCleanEverywhere(operators, 'agreements')
    await operators.page.getByRole('button', { name: 'Refuse the signature of Responder A' }).click()
    await operators.page.getByLabel('Reason, as the member reads it').fill('Let the head of the team sign.')
    await operators.page.getByRole('dialog').getByRole('button', { name: 'Refuse the signature' }).click()
    await operators.page.getByRole('row', { name: /Responder A.*Not countersigned/ }).waitFor()

    const tab = await open('/agreement', operator.vendor.people.admin)
    await settled(tab.page, 'Agreement')
    await tab.page.getByText('Access stops soon').waitFor()
    await tab.page.getByRole('region', { name: 'Changes from version 1 to version 2' }).getByText('3. Report what leaked').waitFor()
    await tab.page.getByRole('table').first().waitFor()
    await expectCleanEverywhere(tab, 'agreement')
    const refused = await open('/agreement', operator.responder.people.admin)
    await refused.page.getByText('Let the head of the team sign.').waitFor()
    await refused.page.getByRole('button', { name: 'Sign with passkey' }).waitFor()
    await expectClean(refused)
  })

  it('is read by analysts, who cannot sign, and is no page of the operator', async () => {
    const analyst = await open('/agreement', operator.vendor.people.analyst)
    await analyst.page.getByText('An admin of your organisation can sign it.').waitFor()
    expect(await analyst.page.getByRole('button', { name: 'Sign with passkey' }).count()).toBe(0)
    const staff = await open('/agreement', officer)
    await staff.page.getByRole('heading', { level: 1, name: 'Nothing is here for you' }).waitFor()
  })
})
