import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ensureConsole } from '#main/console.ts'
import { openBrowser, type Tab } from '#test/harness/browser.ts'
import { expectClean, openConsole, picture, settled, type Anybody } from '#test/harness/console-tab.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { seedPeople, type SeededOperator } from '#test/harness/people.ts'

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
afterAll(async () => {
  for (const { context } of tabs) await context.close()
  await browser?.close()
  await vedette?.close()
})

async function open(path: string, as: Anybody): Promise<Tab> {
  const tab = await openConsole(browser, url, path, as)
  tabs.push(tab)
  return tab
}

it('a YARA set is added when its rules are right, shown to those it is marked for, replaced, disabled and deleted', { timeout: 120_000 }, async () => {
  const tab = await open('/yara-sets', operator.vendor.people.analyst)
  const { page } = tab
  await settled(page, 'YARA sets')
  await page.getByText('No YARA set yet').waitFor()
  await page.getByRole('button', { name: 'Add a YARA set' }).click()
  await page.getByLabel('Name').fill('maldocs')
  await page.getByRole('textbox', { name: 'Rules' }).fill('rule a { condition: true }\n\nrule b { condition: absent }')
  await page.getByText('is told that a rule matches, and nothing else of it').waitFor()
  await page.getByRole('button', { name: 'Add the set' }).click()
  await page.getByText('line 3, column 21: ').waitFor()
  await expectClean(tab)
  await picture(tab, 'yara-set-faults')

  // From a file, and for members.
  await page.getByLabel('Rules from a file').setInputFiles({ name: 'maldocs.yar', mimeType: 'text/plain', buffer: Buffer.from('rule a { condition: true }') })
  await page.getByRole('combobox', { name: 'TLP' }).click()
  await page.getByRole('option', { name: 'TLP:AMBER', exact: true }).click()
  await page.getByRole('button', { name: 'Add the set' }).click()
  const row = page.getByRole('region', { name: 'YARA sets', exact: true }).last().getByRole('row').filter({ hasText: 'maldocs' })
  await row.getByText('Ours').waitFor()
  await picture(tab, 'yara-sets')

  const other = (await open('/yara-sets', operator.responder.people.reader)).page
  await other.getByRole('row').filter({ hasText: 'maldocs' }).getByText('A member').waitFor()
  expect(await other.content()).not.toContain(operator.vendor.name)
  expect(await other.getByRole('button', { name: 'Add a YARA set' }).count()).toBe(0)

  await page.getByRole('link', { name: 'maldocs' }).click()
  await settled(page, 'YARA set')
  await page.getByRole('region', { name: 'Rules of version 1' }).getByText('rule a { condition: true }').first().waitFor()
  await page.getByRole('button', { name: 'Replace' }).click()
  await page.getByRole('combobox', { name: 'TLP' }).click()
  await page.getByRole('option', { name: 'TLP:RED', exact: true }).click()
  await page.getByRole('button', { name: 'Replace the set' }).click()
  await page.getByRole('button', { name: 'Show version 2' }).waitFor()
  await page.getByRole('button', { name: 'Disable' }).click()
  await page.getByRole('button', { name: 'Enable' }).waitFor()
  await expectClean(tab)
  await picture(tab, 'yara-set')
  await other.reload()
  await other.getByText('No YARA set yet').waitFor()

  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('button', { name: 'Delete the set' }).click()
  await page.getByText('No YARA set yet').waitFor()
})
