import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ensureConsole } from '#main/console.ts'
import { attemptDelivery } from '#platform/webhooks/attempt-delivery.ts'
import { lookForOpenings } from '#program/openings/look-for-openings.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { openBrowser, type Scheme, type Tab } from '#test/harness/browser.ts'
import { expectClean, openConsole, picture, settled, type Anybody } from '#test/harness/console-tab.ts'
import { csafDocument, DECEMBER, packageDesk } from '#test/harness/packages.ts'
import { entitle, seedPeople, type SeededOperator } from '#test/harness/people.ts'
import { readCalendar } from '#test/harness/strict-calendar.ts'
import { startReceiver, type WebhookReceiver } from '#test/harness/webhook-receiver.ts'

let vedette: TestApp
let url: string
let browser: Browser
let operator: SeededOperator
let receiver: WebhookReceiver
const tabs: Tab[] = []

beforeAll(async () => {
  await ensureConsole()
  vedette = await testApp({ env: { VEDETTE_WEBHOOK_PRIVATE_HOSTS: 'localhost' } })
  vedette.clock.set('2026-12-03T17:50:00.000Z')
  url = await vedette.listen()
  browser = await openBrowser()
  receiver = await startReceiver()
  ;[operator] = await seedPeople(vedette.app)
  await entitle(vedette.app, operator, operator.vendor, operator.vendor.people.admin)
  await packageDesk(vedette).scheduled(operator, csafDocument('Plantedtoken'))
})
afterEach(async () => {
  for (const { context } of tabs.splice(0)) await context.close()
})
afterAll(async () => {
  await browser?.close()
  await receiver?.close()
  await vedette?.close()
})

async function open(path: string, who: Anybody, options: { scheme?: Scheme; width?: number; height?: number } = {}): Promise<Tab> {
  const tab = await openConsole(browser, url, path, who, options)
  tabs.push(tab)
  return tab
}
const narrow = { scheme: 'dark', width: 390, height: 844 } as const
const deliver = async () => {
  for (const { id } of (await vedette.database.superuser.query("select id from webhook_delivery where state = 'queued'")).rows)
    await attemptDelivery(vedette.app, id)
}

describe('telling', { timeout: 60_000 }, () => {
  it('lets an admin add a webhook, see the secret once and a test arrive', async () => {
    const tab = await open('/webhooks', operator.vendor.people.admin)
    const { page } = tab
    await settled(page, 'Webhooks')
    await page.getByRole('button', { name: 'Add a webhook' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Address').fill('http://vendor.example/')
    await dialog.getByRole('button', { name: 'Add the webhook' }).click()
    await dialog.getByText('an https address').waitFor()
    await dialog.getByLabel('Address').fill(receiver.url)
    await dialog.getByRole('button', { name: 'Add the webhook' }).click()
    await dialog.getByText(/^whsec_/).waitFor()
    await expectClean(tab)
    await picture(tab, 'webhook-secret')
    await dialog.getByRole('button', { name: 'I have kept it' }).click()
    await page.getByRole('button', { name: `Send a test: ${receiver.url}` }).click()
    await page.getByRole('row', { name: /webhook\.ping.*Waits/ }).waitFor()
    await deliver()
    await page.reload()
    await page.getByRole('row', { name: /webhook\.ping.*Delivered.*204/ }).waitFor()
    expect(receiver.taken).toHaveLength(1)
    await expectClean(tab)
    await picture(tab, 'webhooks')
  })

  it('gives a contact an address for the calendar file, and lets them choose what comes by mail', async () => {
    const tab = await open('/account', operator.vendor.people.analyst)
    const { page } = tab
    await settled(page, 'Account')
    await page.getByRole('button', { name: 'Make an address' }).click()
    const dialog = page.getByRole('dialog')
    await picture(tab, 'make-calendar-address')
    await dialog.getByRole('button', { name: 'Make the address' }).click()
    const address = (await dialog.getByText(/^http.*\.ics$/).textContent())!
    // Not the size of targets: the dialog lies over the checkboxes behind it, and covers some in part.
    await expectClean(tab, ['color-contrast', 'label', 'button-name', 'aria-dialog-name'])
    await dialog.getByRole('button', { name: 'I have kept it' }).click()
    const { events } = readCalendar(Buffer.from(await (await fetch(address)).arrayBuffer()))
    expect(events.some(({ SUMMARY }) => SUMMARY === `${operator.name}: window of tier advance opens`)).toBe(true)
    const choice = page.getByLabel('A window of an operator opened for you')
    expect(await choice.isChecked()).toBe(true)
    await choice.click()
    await page.reload()
    await settled(page, 'Account')
    await page.getByRole('button', { name: 'End: calendar subscription' }).waitFor()
    expect(await page.getByLabel('A window of an operator opened for you').isChecked()).toBe(false)
    await expectClean(tab)
    await picture(tab, 'account-telling')
  })

  it('tells a contact that a window opened, and the staff who was told', async () => {
    vedette.clock.set(DECEMBER.advance)
    await lookForOpenings(vedette.app)
    await deliver()
    expect(receiver.taken.map(({ body }) => (JSON.parse(body) as { type: string }).type)).toContain('window.opened')
    const inbox = await open('/inbox', operator.vendor.people.admin)
    await inbox.page.getByText(`A window of ${operator.name} opened for you`).waitFor()
    expect(await inbox.page.content()).not.toContain('Plantedtoken')
    const tab = await open('/releases', operator.people.publisher)
    const { page } = tab
    await settled(page, 'Releases')
    await page.getByRole('row', { name: /Advance window.*1.*1/ }).waitFor()
    await expectClean(tab)
    await picture(tab, 'openings')
    await page.getByRole('button', { name: /Who was told: Advance window/ }).click()
    await page.getByRole('row', { name: new RegExp(`${operator.vendor.name}.*${operator.vendor.people.admin.name}`) }).waitFor()
    await expectClean(tab)
    await picture(tab, 'opening-told')
    for (const [path, heading, who] of [
      ['/webhooks', 'Webhooks', operator.vendor.people.admin],
      ['/releases', 'Releases', operator.people.publisher],
      ['/account', 'Account', operator.vendor.people.admin],
    ] as const) {
      const small = await open(path, who, narrow)
      await settled(small.page, heading)
      await expectClean(small)
      await picture(small, `telling-narrow${path.replace('/', '-')}`)
    }
  })
})
