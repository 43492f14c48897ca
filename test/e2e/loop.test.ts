import { readFileSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ensureConsole } from '#main/console.ts'
import { loadDemonstration, type Demonstration } from '#main/demonstration/load.ts'
import { issueDemonstrationLink } from '#platform/auth/issue-demonstration-link.ts'
import { startWorker, type Worker } from '#platform/jobs/work.ts'
import { openBrowser, openTab, type Tab } from '#test/harness/browser.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { expectClean, expectCleanEverywhere, picture, settled } from '#test/harness/console-tab.ts'

/** What a first-time visitor does with the demonstration, as its guide says it, each person in a browser of their own. */
let vedette: TestApp
let worker: Worker
let url: string
let browser: Browser
let demonstration: Demonstration
const tabs: Tab[] = []

beforeAll(async () => {
  await ensureConsole()
  vedette = await testApp({ edition: 'demo' })
  worker = await startWorker(vedette.app)
  demonstration = await loadDemonstration(vedette.app)
  url = await vedette.listen()
  browser = await openBrowser()
}, 120_000)
afterEach(async () => {
  for (const { context } of tabs.splice(0)) await context.close()
})
afterAll(async () => {
  await browser.close()
  await worker.stop()
  await vedette.close()
})

/** Comes in by the link that the demonstration prints for this person. */
async function comeInAs(role: string): Promise<Tab> {
  const { id } = demonstration.people.find((person) => person.role === role)!
  const tab = await openTab(browser, url)
  tabs.push(tab)
  await tab.page.goto((await issueDemonstrationLink(vedette.app, id)).url)
  await settled(tab.page, 'Home')
  return tab
}

it('home invites to the guide, which is clean in both schemes, wide and narrow', { timeout: 60_000 }, async () => {
  const tab = await comeInAs('vendor analyst')
  await expectCleanEverywhere(tab, 'home')
  await tab.page.getByRole('link', { name: 'Open the guide' }).click()
  await settled(tab.page, 'Guide')
  await tab.page.getByText('you are signed in as Vendor analyst').waitFor()
  await expectCleanEverywhere(tab, 'guide')
})

describe('the guide', { timeout: 90_000 }, () => {
  it('1: hands out an advisory that can be imported', async () => {
    const { page } = await comeInAs('operator author')
    await page.goto('/guide')
    const saving = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Save the example advisory' }).click()
    const advisory = readFileSync(await (await saving).path())
    await page.getByRole('link', { name: 'Open Packages' }).first().click()
    await settled(page, 'Packages')
    await page.getByRole('button', { name: 'Import an advisory' }).click()
    await page.getByRole('dialog').locator('input[type=file]').setInputFiles({ name: 'advisory.json', mimeType: 'application/json', buffer: advisory })
    await page.getByText('Heap overflow in the preview of Example Document Server').first().waitFor()
  })

  it('2: shows the open release to tier advance, and nothing to tier entry', async () => {
    const advance = await comeInAs('vendor analyst')
    await advance.page.goto('/packages')
    await settled(advance.page, 'Packages')
    await advance.page.getByText('1 in all').waitFor()
    await advance.page.getByRole('link', { name: 'Not yet received' }).click()
    await advance.page.getByRole('button', { name: 'Receive this package' }).click()
    await advance.page.getByRole('heading', { level: 1, name: 'Missing authentication in the update service of Example Mail Gateway' }).waitFor()
    await expectClean(advance)
    await picture(advance, 'received')
    const entry = await comeInAs('vendor analyst, entry tier')
    await entry.page.goto('/packages')
    await settled(entry.page, 'Packages')
    expect(await entry.page.getByRole('link', { name: 'Not yet received' }).count()).toBe(0)
    await expectClean(entry)
  })

  it('3: hands out a document, and the scanner names what it exploits', async () => {
    const { page } = await comeInAs('responder')
    await page.goto('/guide')
    const saving = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Save remittance-advice.rtf' }).click()
    const file = await saving
    await page.getByRole('link', { name: 'Open Scanner' }).click()
    await settled(page, 'Scanner')
    const buffer = readFileSync(await file.path())
    await page.locator('input[type=file]').setInputFiles({ name: file.suggestedFilename(), mimeType: 'application/rtf', buffer })
    await page.getByRole('cell', { name: 'CVE-2017-11882' }).waitFor()
  })

  it('4 and 5: an indicator is there, the fifth sighting of it makes a gap, and a protection closes it', async () => {
    const vendor = await comeInAs('vendor analyst')
    await vendor.page.goto('/gaps')
    await vendor.page.getByText('No gap is shown').waitFor()
    const responder = await comeInAs('responder')
    await responder.page.goto('/indicators')
    await responder.page.getByRole('button', { name: /^We have seen it: Document that/ }).click()
    await responder.page.getByRole('button', { name: 'Report the sighting' }).click()
    await responder.page
      .getByText(/^once$|1 time/i)
      .first()
      .waitFor()
    await vendor.page.reload()
    await vendor.page.getByText('At least 5 organisations').waitFor()
    await expectClean(vendor)
    await picture(vendor, 'gap')
    await vendor.page.getByRole('button', { name: /^We ship a protection/ }).click()
    await vendor.page.getByRole('dialog').getByLabel('Product').fill('Example Endpoint')
    await vendor.page.getByRole('button', { name: 'Report the protection' }).click()
    await vendor.page.getByText('No gap is shown').waitFor()
  })

  it('6: the receipt is in the log, and its proof holds in the browser', async () => {
    const tab = await comeInAs('operator approver')
    const { page } = tab
    await page.goto('/log?action=package.received')
    await settled(page, 'Audit log')
    await page
      .getByRole('button', { name: /^Open leaf/ })
      .first()
      .click()
    const verdict = page.getByTestId('proof-verdict')
    await verdict.waitFor()
    expect(await verdict.getAttribute('data-outcome')).toBe('good')
    await expectClean(tab)
    await picture(tab, 'receipt-proof')
  })
})
