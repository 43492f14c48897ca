import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ensureConsole } from '#main/console.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { openBrowser, type Tab } from '#test/harness/browser.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { expectCleanEverywhere, openConsole, picture, settled, type Anybody } from '#test/harness/console-tab.ts'
import { seedPeople, seedStaff, type SeededOperator, type SeededPerson } from '#test/harness/people.ts'

let vedette: TestApp
let url: string
let browser: Browser
let operator: SeededOperator
let second: SeededPerson<OperatorActor>
const tabs: Tab[] = []

beforeAll(async () => {
  await ensureConsole()
  vedette = await testApp()
  url = await vedette.listen()
  browser = await openBrowser()
  ;[operator] = await seedPeople(vedette.app)
  second = await seedStaff(vedette.app, operator.id, 'publisher', 'Second publisher')
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

describe('the rules of the calendar', { timeout: 90_000 }, () => {
  it('are proposed beside a preview that follows what is typed', async () => {
    const tab = await open('/calendar-rules', operator.people.publisher)
    const { page } = tab
    await settled(page, 'Calendar rules')
    await page.getByText('Releases on the second Tuesday of every month at 10:00, America/Los_Angeles.').waitFor()
    await page.getByRole('row', { name: /^2026-12 Planned/ }).waitFor()
    await expectCleanEverywhere(tab, 'calendar-rules')
    await page.getByRole('button', { name: 'Propose other rules' }).click()
    const dialog = page.getByRole('dialog', { name: 'Propose other rules' })
    await dialog.getByText('From the cycle of 2026-12 on: nothing changes.').waitFor()
    await dialog.getByLabel('Validate opens before the release by').fill('10')
    await dialog.getByText(/24 move/).waitFor()
    await dialog
      .getByRole('row', { name: /^2027-01 Moves/ })
      .getByText('240 (−96)')
      .waitFor()
    await dialog.getByLabel('Count the working hours of a member whose weekend is').selectOption('Friday and Saturday')
    await dialog.getByRole('columnheader', { name: 'Entry working hours' }).waitFor()
    await dialog.getByLabel('Advance has at least').fill('130')
    await dialog
      .getByText(/more than the 120 hours that the window has/)
      .first()
      .waitFor()
    expect(await dialog.getByRole('button', { name: 'Propose', exact: true }).isDisabled()).toBe(true)
    await dialog.getByLabel('Advance has at least').fill('119')
    await dialog.getByText(/24 move/).waitFor()
    await picture(tab, 'calendar-rules-form')
    await dialog.getByLabel('First cycle that follows them').selectOption('2027-02')
    await dialog.getByText(/^From the cycle of 2027-02 on/).waitFor()
    await dialog.getByRole('button', { name: 'Propose', exact: true }).click()
    await page.getByText('Waits for a second publisher').waitFor()
  })

  it('are put in force by another publisher, and an auditor reads them', async () => {
    const tab = await open('/calendar-rules', second)
    const { page } = tab
    await settled(page, 'Calendar rules')
    await page.getByRole('button', { name: 'Read and adopt federal@2' }).click()
    await page
      .getByRole('dialog')
      .getByText(/^From the cycle of 2027-02 on/)
      .waitFor()
    await expectCleanEverywhere(tab, 'calendar-rules-adopt')
    await page.getByRole('button', { name: 'Put them in force' }).click()
    await page.getByText('In force', { exact: true }).waitFor()
    await page.getByRole('row', { name: /^2027-02 .*federal@2/ }).waitFor()
    await page.getByRole('row', { name: /^2027-01 .*federal@1/ }).waitFor()
    const auditor = await open('/calendar-rules', operator.people.auditor)
    await settled(auditor.page, 'Calendar rules')
    await auditor.page.getByRole('button', { name: 'Read federal@2' }).waitFor()
    expect(await auditor.page.getByRole('button', { name: 'Propose other rules' }).count()).toBe(0)
  })
})
