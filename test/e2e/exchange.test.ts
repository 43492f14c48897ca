import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ensureConsole } from '#main/console.ts'
import { system } from '#platform/auth/actor.ts'
import { discoverConsumers } from '#platform/events/dispatch.ts'
import { eventJobs } from '#platform/events/jobs.ts'
import type { OrganisationId } from '#platform/ids.ts'
import { startWorker, type Worker } from '#platform/jobs/work.ts'
import { TLP_MARKINGS } from '#exchange/stix/tlp.ts'
import { openBrowser, type Tab } from '#test/harness/browser.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { expectClean, expectCleanEverywhere, openConsole, picture, settled, type Anybody } from '#test/harness/console-tab.ts'
import { hashOf, indicator, seedCollection, sightLike, TaxiiClient } from '#test/harness/exchange.ts'
import { joinOperator, seedPeople, type SeededOperator } from '#test/harness/people.ts'

let vedette: TestApp
let url: string
let browser: Browser
let operator: SeededOperator
let worker: Worker
const others: OrganisationId[] = []
const tabs: Tab[] = []
const loader = indicator({ name: 'Loader of a phishing wave', labels: ['CVE-2017-11882'] })
const beacon = indicator({ name: 'Beacon', pattern: "[domain-name:value = 'beacon.example']", object_marking_refs: [TLP_MARKINGS.AMBER] })
const unnamed = indicator()

beforeAll(async () => {
  await ensureConsole()
  vedette = await testApp()
  url = await vedette.listen()
  browser = await openBrowser()
  ;[operator] = await seedPeople(vedette.app)
  const { app } = vedette
  for (let n = 0; n < 10; n++) others.push(await anotherOrganisation(n))
  const members = [operator.vendor.id, operator.responder.id, ...others].map((organisation) => ({ organisation }))
  const collection = await seedCollection(app, operator.id, members)
  const posted = await new TaxiiClient(vedette.server, operator.responder.people.admin, operator.id, collection).post(loader, beacon, unnamed)
  expect(posted.json()).toMatchObject({ success_count: 3 })
  worker = await startWorker(app, { kinds: eventJobs(await discoverConsumers()) })
})
afterEach(async () => {
  for (const { context } of tabs.splice(0)) await context.close()
})
afterAll(async () => {
  await browser?.close()
  await worker?.stop()
  await vedette?.close()
})

async function anotherOrganisation(n: number): Promise<OrganisationId> {
  const { app } = vedette
  const id = app.ids.next<'organisation'>() as OrganisationId
  await app.db.transaction(system('seed'), async (tx) => {
    await tx.db
      .insertInto('organisation')
      .values({ id, name: `Member ${n}`, kind: 'responder', created_at: app.clock.now() })
      .execute()
    await joinOperator(app, tx, id, operator.id, 'responder')
  })
  return id
}

async function open(path: string, as: Anybody): Promise<Tab> {
  const tab = await openConsole(browser, url, path, as)
  tabs.push(tab)
  return tab
}

describe('the exchange in the console', () => {
  it('takes sightings one by one and in bulk, and keeps what it refuses', { timeout: 60_000 }, async () => {
    const tab = await open('/indicators', operator.responder.people.analyst)
    const { page } = tab
    await settled(page, 'Indicators')
    await page.getByText('3 in all').waitFor()
    await page.getByRole('button', { name: 'We have seen it: Loader of a phishing wave' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('How often').fill('12')
    await dialog.getByText('2026-11-22 12:00:00 UTC').first().waitFor()
    await expectClean(tab)
    await picture(tab, 'sighting-dialog')
    await dialog.getByLabel('Last seen: date').fill('2026-12-24')
    await dialog.getByRole('button', { name: 'Report the sighting' }).click()
    await dialog
      .getByText(/later|future|present|now/i)
      .first()
      .waitFor()
    await picture(tab, 'sighting-refused')
    await dialog.getByLabel('Last seen: date').fill('2026-11-22')
    await dialog.getByRole('button', { name: 'Report the sighting' }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.getByText('12 times').waitFor()

    await page.getByRole('button', { name: 'Report many' }).click()
    const lines = dialog.getByLabel('Sightings', { exact: true })
    await lines.fill(
      [
        `${hashOf(unnamed)}, 4, 2026-11-21T08:30:00Z, 2026-11-21T09:00:00Z`,
        `${hashOf(unnamed)}, 4, 2026-11-21T08:30:00Z, 2026-11-21T09:00:00Z`,
        'beacon.example, 2, 2026-11-20 10:00',
        'nobody.example, 1, 2026-11-20T10:00:00Z',
        'beacon.example, many, 2026-11-20T10:00:00Z',
        'beacon.example, 1, 2027-01-01T00:00:00Z',
      ].join('\n'),
    )
    await dialog.getByRole('button', { name: 'Report them' }).click()
    await dialog.getByText('2 accepted, 1 known already, 3 refused').waitFor()
    expect((await lines.inputValue()).split('\n')).toEqual([
      'nobody.example, 1, 2026-11-20T10:00:00Z',
      'beacon.example, many, 2026-11-20T10:00:00Z',
      'beacon.example, 1, 2027-01-01T00:00:00Z',
    ])
    await dialog.getByText('no indicator that you can see names this').waitFor()
    await expectClean(tab)
    await picture(tab, 'many-refused')
    await dialog
      .getByLabel('CSV file of sightings')
      .setInputFiles({ name: 'a.csv', mimeType: 'text/csv', buffer: Buffer.from('beacon.example,9,2026-11-19T10:00:00Z\n') })
    await dialog.getByRole('button', { name: 'Report them' }).click()
    await dialog.getByText('1 accepted, 0 known already, 0 refused').waitFor()
    await dialog.getByRole('button', { name: 'Close' }).last().click()
    await page.getByText('11 times').waitFor()
  })

  it('shows a vendor a gap from the fifth organisation on, and none once it ships', { timeout: 60_000 }, async () => {
    const tab = await open('/gaps', operator.vendor.people.analyst)
    const { page } = tab
    await settled(page, 'Gaps')
    await page.getByText('No gap is shown').waitFor()
    await picture(tab, 'gaps-empty')
    for (const other of others.slice(0, 3)) await sightLike(vedette.database.superuser, other, operator.responder.id, loader.id)
    await page.reload()
    await settled(page, 'Gaps')
    await page.getByText('No gap is shown').waitFor()
    await sightLike(vedette.database.superuser, others[3]!, operator.responder.id, loader.id)
    for (const other of others.slice(0, 9)) await sightLike(vedette.database.superuser, other, operator.responder.id, beacon.id)
    await page.reload()
    await page.getByText('At least 5 organisations').waitFor()
    await page.getByText('At least 10 organisations').waitFor()
    await expectClean(tab)
    await picture(tab, 'gaps')
    await page.getByRole('button', { name: 'We ship a protection: Loader of a phishing wave' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Product').fill('Mail gateway')
    await dialog.getByLabel('What it does').selectOption('Blocks it')
    await expectClean(tab)
    await picture(tab, 'ship-dialog')
    await dialog.getByRole('button', { name: 'Report the protection' }).click()
    await page.getByText('At least 5 organisations').waitFor({ state: 'detached' })
    await page.getByText('At least 10 organisations').waitFor()
  })

  it.each([
    ['/indicators', 'Indicators', 'vendor', () => operator.vendor.people.analyst],
    ['/indicators', 'Indicators', 'operator', () => operator.people.analyst],
    ['/gaps', 'Gaps', 'vendor', () => operator.vendor.people.reader],
  ] as const)('%s (%s) is clean in both schemes, wide and narrow, to the %s', { timeout: 60_000 }, async (path, heading, who, as) => {
    const tab = await open(path, as())
    await settled(tab.page, heading)
    await tab.page.getByText('Beacon', { exact: true }).waitFor()
    await expectCleanEverywhere(tab, `${heading.toLowerCase()}-${who}`)
  })

  it('offers nothing to those who may not', async () => {
    const { page } = await open('/gaps', operator.people.analyst)
    await settled(page, 'Nothing is here for you')
    await page.goto('/indicators')
    await settled(page, 'Indicators')
    expect(await page.getByRole('button', { name: /seen it|sighting|many/i }).count()).toBe(0)
  })
})
