import { randomUUID } from 'node:crypto'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ensureConsole } from '#main/console.ts'
import { indexObjects } from '#exchange/search/index-objects.ts'
import { TLP_MARKINGS } from '#exchange/stix/tlp.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { openBrowser, type Tab } from '#test/harness/browser.ts'
import { expectCleanEverywhere, openConsole, picture, settled, type Anybody } from '#test/harness/console-tab.ts'
import { hashOf, indicator, relationship, seedCollection, TaxiiClient } from '#test/harness/exchange.ts'
import { seedPeople, type SeededOperator } from '#test/harness/people.ts'

const DAY = '2026-01-01T00:00:00.000Z'

let vedette: TestApp
let url: string
let browser: Browser
let operator: SeededOperator
const tabs: Tab[] = []

const malware = named('malware', 'Reefworm', { is_family: true, description: 'Spreads through shared printers.', labels: ['worm'] })
const loader = indicator({
  name: 'Loader of the reef',
  pattern: "[domain-name:value = 'reef.example' OR file:name = 'reef.exe'] FOLLOWEDBY [ipv4-addr:value = '198.51.100.7']",
  confidence: 80,
  valid_until: '2027-01-01T00:00:00Z',
})
const twin = indicator({ name: 'Another of the reef', pattern: "[domain-name:value = 'reef.example']" })
const hashed = indicator()
const link = relationship(loader.id, malware.id, { relationship_type: 'indicates' })
const report = named('report', 'On Reefworm', { published: DAY, object_refs: [malware.id, loader.id, link.id] })

function named(type: string, name: string, properties: object) {
  return {
    type,
    spec_version: '2.1',
    id: `${type}--${randomUUID()}`,
    created: DAY,
    modified: DAY,
    name,
    object_marking_refs: [TLP_MARKINGS.GREEN],
    ...properties,
  }
}

beforeAll(async () => {
  await ensureConsole()
  vedette = await testApp()
  url = await vedette.listen()
  browser = await openBrowser()
  ;[operator] = await seedPeople(vedette.app)
  const collection = await seedCollection(vedette.app, operator.id, [{ organisation: operator.vendor.id }, { organisation: operator.responder.id }])
  const client = new TaxiiClient(vedette.server, operator.responder.people.admin, operator.id, collection)
  expect((await client.post(malware, loader, twin, hashed, link, report)).json()).toMatchObject({ success_count: 6 })
  await client.post({ ...loader, modified: '2026-02-01T00:00:00.000Z', confidence: 90 })
  await indexObjects(vedette.app, new AbortController().signal)
})
afterEach(async () => {
  for (const { context } of tabs.splice(0)) await context.close()
})
afterAll(async () => {
  await browser?.close()
  await vedette?.close()
})

async function open(path: string, as: Anybody): Promise<Tab> {
  const tab = await openConsole(browser, url, path, as)
  tabs.push(tab)
  return tab
}

describe('search in the console', () => {
  it('finds what is pasted, narrows it, and leads to the object and on to its neighbours', { timeout: 60_000 }, async () => {
    const tab = await open('/search', operator.vendor.people.analyst)
    const { page } = tab
    await settled(page, 'Search')
    await page.getByText('6 in all').waitFor()
    await page.getByLabel('Look for').fill('hxxp://reef[.]example')
    await page.getByRole('button', { name: 'Search', exact: true }).click()
    await page.getByText('Nothing that you can see fits').waitFor()
    await page.getByLabel('Look for').fill('reef[.]example')
    await page.getByRole('button', { name: 'Search', exact: true }).click()
    await page.getByText('2 in all').waitFor()
    await page.getByText('Read as domain reef.example', { exact: false }).waitFor()
    // What is looked for is in no address and in no storage of the browser.
    expect(page.url()).not.toContain('reef')
    expect(await page.evaluate<string>('JSON.stringify([localStorage, sessionStorage])')).not.toContain('reef')
    await expectCleanEverywhere(tab, 'search')
    await page.getByLabel('Confidence at least').fill('85')
    await page.getByLabel('Confidence at least').press('Enter')
    await page.getByText('1 in all').waitFor()
    const saved = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Export STIX bundle' }).click()
    expect((await saved).suggestedFilename()).toBe('vedette-search.json')

    await page.getByRole('link', { name: 'Loader of the reef' }).click()
    await settled(page, 'Loader of the reef')
    await page.getByText('For your community', { exact: false }).waitFor()
    await page.getByRole('region', { name: 'Neighbours of Loader of the reef, drawn' }).waitFor()
    await page.getByText('4 in all').or(page.getByText('3 in all')).first().waitFor()
    await expectCleanEverywhere(tab, 'object')
    await page.getByRole('button', { name: /What changed in version/ }).click()
    await page.getByRole('dialog').getByText('"confidence": 90', { exact: false }).waitFor()
    await picture(tab, 'object-changes')
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click()
    // By keyboard alone: from neighbour to neighbour with the arrows, and there.
    const graph = page.getByRole('region', { name: 'Neighbours of Loader of the reef, drawn' })
    await graph.getByRole('link').first().focus()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Loader of the reef' }).waitFor({ state: 'detached' })
  })

  it('looks many values up and names the lines that it cannot read', { timeout: 60_000 }, async () => {
    const tab = await open('/look-up', operator.vendor.people.reader)
    const { page } = tab
    await settled(page, 'Look up many')
    await page.getByLabel('One a line').fill([hashOf(hashed), 'absent.example', 'reef[.]example', 'x'.repeat(5000)].join('\n'))
    await page.getByRole('button', { name: 'Look them up' }).click()
    await page.getByText('2 of 4 values are named by objects that you can see').waitFor()
    await page.getByText('One line could not be read').waitFor()
    await expectCleanEverywhere(tab, 'look-up')
  })
})
