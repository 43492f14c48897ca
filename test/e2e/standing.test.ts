import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ensureConsole } from '#main/console.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { openBrowser, openTab, type Tab } from '#test/harness/browser.ts'
import { expectCleanEverywhere } from '#test/harness/console-tab.ts'
import { entitle, seedPeople, seedStaff, type SeededOperator } from '#test/harness/people.ts'
import { newSession } from '#test/harness/standing.ts'

let vedette: TestApp
let url: string
let browser: Browser
let operator: SeededOperator
const tabs: Tab[] = []

beforeAll(async () => {
  await ensureConsole()
  vedette = await testApp()
  url = await vedette.listen()
  browser = await openBrowser()
  ;[operator] = await seedPeople(vedette.app)
  await entitle(vedette.app, operator, operator.vendor, operator.vendor.people.analyst)
})
afterEach(async () => {
  for (const { context } of tabs.splice(0)) await context.close()
})
afterAll(async () => {
  await browser.close()
  await vedette.close()
})

async function open(path: string, who: Parameters<typeof newSession>[1]): Promise<Tab> {
  const { cookie } = await newSession(vedette, who)
  const tab = await openTab(browser, url, { cookie: cookie! })
  tabs.push(tab)
  await tab.page.goto(path)
  return tab
}

describe('the standing of a member', { timeout: 90_000 }, () => {
  it('is changed by two officers where it widens, by one where it narrows, and shown to the member in words', async () => {
    const tab = await open('/members', operator.people['membership-officer'])
    const { page } = tab
    await page.getByRole('link', { name: operator.vendor.name }).waitFor()
    await expectCleanEverywhere(tab, 'members')
    await page.getByRole('link', { name: operator.vendor.name }).click()
    await page.getByRole('button', { name: 'Suspend' }).click()
    const dialog = page.getByRole('dialog')
    expect(await dialog.getByRole('button', { name: 'Suspension' }).isDisabled()).toBe(true)
    await dialog.getByLabel('Reason').fill('Shared a package with another company')
    vedette.clock.advance(60_000)
    await dialog.getByRole('button', { name: 'Suspension' }).click()
    await page.getByText('Active to suspended').waitFor()
    await page.getByRole('button', { name: 'Change the standing' }).click()
    await page.getByRole('menuitem', { name: 'Reinstate' }).click()
    await dialog.getByLabel('Reason').fill('It was another company')
    await dialog.getByLabel('Give back what opened meanwhile').check()
    await dialog.getByRole('button', { name: 'Reinstatement' }).click()
    await page.getByRole('region', { name: 'Waits for a second officer' }).waitFor()
    await expectCleanEverywhere(tab, 'member')
    const second = await seedStaff(vedette.app, operator.id, 'membership-officer', 'Second officer')
    const other = await open(`/members/${operator.vendor.id}`, second)
    await other.page.getByRole('button', { name: 'Approve: reinstatement' }).click()
    vedette.clock.advance(60_000)
    await other.page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click()
    await other.page.getByText('with what opened meanwhile').waitFor()
    await other.page.getByLabel('At (UTC)').fill('2026-11-22T11:00')
    await other.page.getByRole('button', { name: 'Ask' }).click()
    await other.page.getByText('Nobody could read anything').waitFor()
    const own = await open('/organisation', operator.vendor.people.reader)
    await own.page.getByText('Leaves everything that the tier gives').waitFor()
    expect(await own.page.getByText('It was another company').count()).toBe(0)
    await expectCleanEverywhere(own, 'own-standing')
  })
})
