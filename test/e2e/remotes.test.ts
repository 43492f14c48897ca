import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ensureConsole } from '#main/console.ts'
import { startWorker, type Worker } from '#platform/jobs/work.ts'
import { jobs } from '#exchange/remotes/jobs.ts'
import { openBrowser, type Tab } from '#test/harness/browser.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { makeCertificates } from '#test/harness/certificates.ts'
import { expectClean, expectCleanEverywhere, openConsole, picture, settled, type Anybody } from '#test/harness/console-tab.ts'
import { indicator, seedCollection } from '#test/harness/exchange.ts'
import { seedPeople, seedStaff, type SeededOperator } from '#test/harness/people.ts'
import { RemoteTaxii } from '#test/harness/remote-taxii.ts'

const certificates = makeCertificates()
let vedette: TestApp
let url: string
let browser: Browser
let operator: SeededOperator
let second: Anybody
let worker: Worker
let taxii: RemoteTaxii
const tabs: Tab[] = []

beforeAll(async () => {
  await ensureConsole()
  vedette = await testApp({ env: { VEDETTE_REMOTE_PRIVATE_HOSTS: 'localhost' } })
  url = await vedette.listen()
  browser = await openBrowser()
  ;[operator] = await seedPeople(vedette.app)
  second = await seedStaff(vedette.app, operator.id, 'analyst', 'Second analyst')
  await seedCollection(vedette.app, operator.id, [{ organisation: operator.vendor.id }])
  taxii = await RemoteTaxii.start(certificates?.server)
  taxii.authorization = `Basic ${Buffer.from('partner:secret of ours').toString('base64')}`
  worker = await startWorker(vedette.app, { kinds: jobs })
})
afterEach(async () => {
  for (const { context } of tabs.splice(0)) await context.close()
})
afterAll(async () => {
  await browser?.close()
  await worker?.stop()
  await taxii?.close()
  await vedette?.close()
})

async function open(path: string, as: Anybody, size: { width?: number; height?: number } = {}): Promise<Tab> {
  const tab = await openConsole(browser, url, path, as, size)
  tabs.push(tab)
  return tab
}

describe('remote servers in the console', () => {
  it('are added step by step, polled before one’s eyes, paused and ended', { timeout: 90_000 }, async () => {
    taxii.add(Array.from({ length: 8 }, () => indicator()))
    taxii.addText('{"type":"indicator","id":"indicator--1"}')
    taxii.faults = { largest: 3 }
    const tab = await open('/remotes', operator.people.analyst)
    const { page } = tab
    await settled(page, 'Remote servers')
    await expectClean(tab)
    await page.getByRole('button', { name: 'Add a remote server' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Address').fill(taxii.origin)
    await dialog.getByLabel('User name').fill('partner')
    await dialog.locator('input[type=password]').fill('wrong')
    if (certificates) await dialog.getByLabel('Authority of the server').fill(certificates.ca)
    await dialog.getByRole('button', { name: 'See what it offers' }).click()
    await dialog.getByText(/does not accept the credentials/).waitFor()
    await expectClean(tab)
    await picture(tab, 'remote-address')
    // Nothing typed is lost by the refusal.
    expect(await dialog.getByLabel('User name').inputValue()).toBe('partner')
    await dialog.locator('input[type=password]').fill('secret of ours')
    await dialog.getByRole('button', { name: 'See what it offers' }).click()
    await dialog.getByLabel('Remote collection').check()
    await dialog.getByLabel('Your collection').selectOption({ label: 'Shared' })
    await expectClean(tab)
    await picture(tab, 'remote-collection')
    await dialog.getByRole('button', { name: 'Next' }).click()
    await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill('Partner feed')
    await expectClean(tab)
    await picture(tab, 'remote-rules')
    // The second page is held back: what was brought so far is seen meanwhile.
    let release: () => void = () => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    let pages = 0
    taxii.onPage = () => (++pages === 2 ? held : undefined)
    await dialog.getByRole('button', { name: 'Add and poll' }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.getByRole('link', { name: 'Partner feed' }).click()
    await settled(page, 'Partner feed')
    await page.getByText(/1 page, 3 objects received, 3 new/).waitFor()
    await picture(tab, 'remote-under-way')
    release()
    const runs = page.getByRole('region', { name: 'Runs', exact: true })
    await runs.getByText('Done').waitFor()
    await page.getByText('8 new objects, 1 refused').waitFor()
    await page.getByText('indicator--1').waitFor()
    await expectCleanEverywhere(tab, 'remote')
    await page.getByRole('button', { name: 'Change' }).click()
    await dialog.getByLabel('How often it is polled').selectOption({ label: 'every 5 minutes' })
    await dialog.getByRole('button', { name: 'Change it' }).click()
    await page.locator('dd', { hasText: 'every 5 minutes' }).waitFor()
    await page.getByRole('button', { name: 'Replace credentials' }).click()
    await dialog.getByLabel('User name').waitFor()
    expect([await dialog.getByLabel('User name').inputValue(), await dialog.locator('input[type=password]').inputValue()]).toEqual(['', ''])
    await expectClean(tab)
    await picture(tab, 'remote-credentials')
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByRole('button', { name: 'Resume' }).waitFor()
    await page.getByRole('link', { name: 'Remote servers' }).click()
    await settled(page, 'Remote servers')
    await page.getByText('Paused').waitFor()
    await expectCleanEverywhere(tab, 'remotes')
    await page.getByRole('link', { name: 'Partner feed' }).click()
    await page.getByRole('button', { name: 'End', exact: true }).click()
    await dialog.getByRole('button', { name: 'End it' }).click()
    await page.getByText('No remote server yet').waitFor()
  })

  it('let a push be proposed by one and confirmed by another', { timeout: 60_000 }, async () => {
    taxii.faults = {}
    const tab = await open('/remotes', operator.people.analyst)
    const { page } = tab
    await settled(page, 'Remote servers')
    await page.getByRole('button', { name: 'Add a remote server' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Address').fill(taxii.root)
    await dialog.getByLabel('User name').fill('partner')
    await dialog.locator('input[type=password]').fill('secret of ours')
    if (certificates) await dialog.getByLabel('Authority of the server').fill(certificates.ca)
    await dialog.getByRole('button', { name: 'See what it offers' }).click()
    await dialog.getByLabel(/Push from a collection/).check()
    await dialog.getByLabel('Remote collection').check()
    await dialog.getByLabel('Your collection').selectOption({ label: 'Shared' })
    await dialog.getByRole('button', { name: 'Next' }).click()
    await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill('To the partner')
    await dialog.getByRole('button', { name: 'Propose the push' }).click()
    await page.getByRole('link', { name: 'To the partner' }).click()
    await settled(page, 'To the partner')
    expect(await page.getByRole('button', { name: 'Confirm the push' }).count()).toBe(0)
    const other = await open('/remotes', second)
    await settled(other.page, 'Remote servers')
    await other.page.getByRole('link', { name: 'To the partner' }).click()
    await other.page.getByRole('button', { name: 'Confirm the push' }).click()
    await expectClean(other)
    await picture(other, 'remote-confirm')
    await other.page.getByRole('dialog').getByRole('button', { name: 'Confirm it' }).click()
    await other.page.getByText(/^Second analyst, /).waitFor()
    await other.page.getByRole('button', { name: 'Push now' }).waitFor()
    // Other credentials take two as well.
    await other.page.getByRole('button', { name: 'Replace credentials' }).click()
    const replacing = other.page.getByRole('dialog')
    await replacing.getByLabel('User name').fill('other')
    await replacing.locator('input[type=password]').fill('secret of another')
    await replacing.getByRole('button', { name: 'Propose them' }).click()
    await other.page.getByRole('button', { name: 'Withdraw them' }).waitFor()
    expect(await other.page.getByRole('button', { name: 'Approve the credentials' }).count()).toBe(0)
    await page.reload()
    await page.getByRole('button', { name: 'Approve the credentials' }).waitFor()
    await expectCleanEverywhere(tab, 'remote-login')
    await page.getByRole('button', { name: 'Approve the credentials' }).click()
    await page.getByText('Other credentials wait for a second person').waitFor({ state: 'detached' })
    await page.getByText(/by Second analyst/).waitFor()
  })
})
