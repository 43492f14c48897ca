import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ensureConsole } from '#main/console.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { openBrowser, openTab, type Tab } from '#test/harness/browser.ts'
import { expectCleanEverywhere } from '#test/harness/console-tab.ts'
import { indicator, seedCollection, TaxiiClient } from '#test/harness/exchange.ts'
import { seedPeople, seedStaff, type SeededOperator } from '#test/harness/people.ts'
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

describe('collections and sharing groups', { timeout: 90_000 }, () => {
  it('are made by one officer, opened to members by two, and read by the member with its address', async () => {
    const { vendor, responder } = operator
    const tab = await open('/collections', operator.people['membership-officer'])
    const { page } = tab
    const dialog = page.getByRole('dialog')
    await page.getByRole('button', { name: 'Make a collection' }).click()
    await dialog.getByLabel('Title').fill('Phishing')
    await dialog.getByLabel('What it holds').fill('Addresses and pages of current campaigns')
    await page.reload()
    expect(await dialog.getByLabel('Title').inputValue()).toBe('Phishing')
    await dialog.getByRole('button', { name: 'Make the collection' }).click()
    await page.getByRole('link', { name: 'Phishing' }).click()
    await page.getByText('No member holds a right').waitFor()
    await page.getByRole('combobox', { name: 'Let a member read' }).click()
    await page.getByRole('option', { name: vendor.name }).click()
    await page.getByRole('button', { name: 'Propose' }).click()
    await page.getByText('Another officer approves').waitFor()
    await page.goto('/collections')
    await page.getByRole('button', { name: 'Make a collection' }).click()
    await dialog.getByLabel('Title').fill('Everything')
    await dialog.getByRole('combobox', { name: 'Union of' }).click()
    await page.getByRole('option', { name: 'Phishing' }).click()
    await page.keyboard.press('Tab')
    await dialog.getByRole('button', { name: 'Make the collection' }).click()
    await page.getByRole('link', { name: 'Everything' }).click()
    await page.getByRole('link', { name: 'Phishing' }).waitFor()
    expect(await page.getByRole('checkbox', { name: 'and write' }).count()).toBe(0)
    await page.goto('/collections')
    await page.getByRole('button', { name: 'Make a group' }).click()
    await dialog.getByLabel('Title').fill('Hospitals')
    await dialog.getByRole('button', { name: 'Make the group' }).click()
    await page.getByRole('combobox', { name: 'Add a member to Hospitals' }).click()
    await page.getByRole('option', { name: responder.name }).click()
    await page.getByRole('button', { name: 'Propose' }).click()
    await page.getByText('Joins the sharing group Hospitals.').waitFor()
    await expectCleanEverywhere(tab, 'collections')

    const second = await open('/collections', await seedStaff(vedette.app, operator.id, 'membership-officer', 'Second officer'))
    for (const { name } of [vendor, responder]) {
      await second.page.getByRole('button', { name: `Approve: change for ${name}` }).click()
      await second.page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click()
      await second.page.getByRole('dialog').waitFor({ state: 'hidden' })
    }
    await second.page.getByRole('link', { name: 'Phishing' }).click()
    await second.page.getByRole('checkbox', { name: `${vendor.name} reads` }).waitFor()
    await expectCleanEverywhere(second, 'collection')

    const member = await open('/collections', vendor.people.analyst)
    await member.page.getByRole('link', { name: 'Phishing' }).waitFor()
    await member.page.getByText('Your organisation belongs to none.').waitFor()
    await member.page.getByRole('link', { name: 'Phishing' }).click()
    await member.page.getByText(`/taxii2/${operator.id}/collections/`).first().waitFor()
    expect(await member.page.getByRole('region', { name: 'Members' }).count()).toBe(0)
    const other = await open('/collections', responder.people.admin)
    await other.page.getByRole('switch', { name: /may read that/ }).click()
    await other.page.getByText('named to the others').waitFor()
    await expectCleanEverywhere(other, 'own-groups')
    await second.page.goto(`/collections`)
    await second.page.getByRole('link', { name: 'Phishing' }).click()
    await second.page.getByRole('checkbox', { name: `${vendor.name} reads` }).uncheck()
    await second.page.getByRole('button', { name: 'Take away now' }).click()
    await second.page.getByRole('button', { name: 'Take away now' }).waitFor({ state: 'hidden' })
    await member.page.goto('/collections')
    await member.page.getByText('No collection').waitFor()
  })

  it('hold objects under an embargo that one person sets and slips, and two end early', async () => {
    const { id } = operator
    const collection = await seedCollection(vedette.app, id, [{ organisation: operator.vendor.id }])
    const tab = await open(`/collections/${collection}`, operator.people.analyst)
    const { page } = tab
    const dialog = page.getByRole('dialog')
    await page.getByText('Nothing waits here').waitFor()
    await page.getByRole('button', { name: 'Set an embargo' }).click()
    await dialog.getByLabel('Title').fill('Blog post')
    await dialog.getByLabel('Advance from (UTC)').fill('2030-01-02T10:00')
    await page.reload()
    expect(await dialog.getByLabel('Title').inputValue()).toBe('Blog post')
    await dialog.getByLabel('Entry from (UTC)').fill('2030-01-03T10:00')
    await dialog.getByRole('button', { name: 'Set the embargo' }).click()
    const embargo = page.getByRole('region', { name: 'Blog post', exact: true })
    await embargo.getByText('2030-01-02').waitFor()
    const buffer = Buffer.from(JSON.stringify({ type: 'bundle', objects: [indicator(), { type: 'indicator' }] }))
    await embargo.locator('input[type=file]').setInputFiles({ name: 'wave.json', mimeType: 'application/json', buffer })
    await embargo.getByText('1 added, 0 known, 1 refused').waitFor()
    await embargo.getByText('1 object, set by').waitFor()
    await embargo.getByRole('button', { name: 'Change the instants of Blog post' }).click()
    await dialog.getByLabel('End it for them now').check()
    await dialog.getByLabel('Reason').fill('The finder has published')
    await dialog.getByRole('button', { name: 'Change it' }).click()
    await embargo.getByText('Another officer approves').waitFor()
    await expectCleanEverywhere(tab, 'embargoes')

    const second = await open(`/collections/${collection}`, await seedStaff(vedette.app, id, 'analyst', 'Second analyst'))
    await second.page.getByRole('button', { name: 'Approve: change of Blog post' }).click()
    await second.page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click()
    await second.page.getByRole('row', { name: /Advance .* Reached/ }).waitFor()
    await second.page.getByRole('button', { name: 'Set an embargo' }).click()
    await expectCleanEverywhere(second, 'set-embargo')
  })

  it('say what was taken away of what their reader was shown', async () => {
    const collection = await seedCollection(vedette.app, operator.id, [{ organisation: operator.vendor.id }, { organisation: operator.responder.id }])
    const union = await seedCollection(vedette.app, operator.id, [{ organisation: operator.responder.id, canWrite: false }], { aggregates: [collection] })
    const gone = indicator()
    await new TaxiiClient(vedette.server, operator.vendor.people.analyst, operator.id, collection).post(gone, indicator())
    const url = `/taxii2/${operator.id}/collections/${collection}/objects/${gone.id}/`
    await vedette.server.inject({ method: 'DELETE', url, headers: { ...operator.vendor.people.analyst.token, accept: 'application/taxii+json;version=2.1' } })
    const tab = await open(`/collections/${union}`, operator.responder.people.analyst)
    await tab.page.getByRole('link', { name: gone.id }).waitFor()
    await expectCleanEverywhere(tab, 'removals')
    await tab.page.goto(`/collections/${collection}`)
    await tab.page.getByRole('link', { name: gone.id }).waitFor()
    await tab.page.getByRole('searchbox', { name: 'Filter taken away' }).fill('nothing like it')
    await tab.page.getByText('0 of 1').waitFor()
  })
})
