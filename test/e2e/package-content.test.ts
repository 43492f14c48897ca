import { readFileSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ensureConsole } from '#main/console.ts'
import { openBrowser, type Tab } from '#test/harness/browser.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { expectCleanEverywhere, openConsole, settled } from '#test/harness/console-tab.ts'
import { csafDocument, ok, packageDesk } from '#test/harness/packages.ts'
import { seedPeople, type SeededOperator } from '#test/harness/people.ts'

const VECTOR = 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:A/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N'

describe('what a package says, in the console', { timeout: 90_000 }, () => {
  let vedette: TestApp
  let url: string
  let browser: Browser
  let operator: SeededOperator
  let tab: Tab
  let id: string

  beforeAll(async () => {
    await ensureConsole()
    vedette = await testApp()
    url = await vedette.listen()
    browser = await openBrowser()
    ;[operator] = await seedPeople(vedette.app)
    const desk = packageDesk(vedette)
    id = ok(await desk.import(operator.people.author, csafDocument('Parser'))).id
    ok(await desk.attach(operator.people.author, id, 'sample bytes', { name: 'bad.otf' }))
  })
  afterAll(async () => {
    await browser.close()
    await vedette.close()
  })

  it('is written field by field: the score is computed beside the vector, and nothing typed is lost over a reload', async () => {
    tab = await openConsole(browser, url, `/packages/${id}/edit`, operator.people.author)
    const { page } = tab
    await settled(page, 'Edit Parser title')
    const vulnerability = page.getByRole('group', { name: 'Vulnerability 1' })
    await vulnerability.getByRole('button', { name: 'Add a CVSS vector' }).click()
    const vector = page.getByRole('group', { name: 'CVSS vector 1' })
    await vector.getByRole('textbox', { name: 'Vector', exact: true }).fill('CVSS:4.0/AV:N')
    await vector.getByText('Not a complete vector yet.').waitFor()
    await vector.getByRole('textbox', { name: 'Vector', exact: true }).fill(VECTOR)
    await vector.getByText('computed: 8.6 high').waitFor()
    await vector.getByLabel('Stated score').fill('9.9')
    await vector.getByText('The stated score differs: 9.9.').waitFor()
    await vulnerability.getByRole('button', { name: 'Add a weakness' }).click()
    const weakness = page.getByRole('group', { name: 'Weakness 1' })
    await weakness.getByLabel('CWE id').fill('CWE-787')
    await weakness.getByLabel('Name in the CWE list').fill('Out-of-bounds Write')
    await vulnerability.getByLabel('Latest version of the product').selectOption('more-likely')
    await vulnerability.getByLabel('Reached by').selectOption('network')
    await vulnerability.getByLabel('Trigger conditions').fill('The *preview* is on.')
    await vulnerability.getByRole('button', { name: 'Add a step' }).click()
    await page.getByRole('textbox', { name: 'Step 1' }).fill('Open the file.')
    await page.getByLabel('Stack frames').fill('reader!parse+0x12\nreader!load')
    await vulnerability.getByRole('button', { name: 'Add a remedy' }).click()
    await page.getByRole('group', { name: 'Remedy 1' }).getByLabel('What to do').fill('Update to **2.0**.')
    await page.reload()
    await settled(page, 'Edit Parser title')
    expect(await vector.getByRole('textbox', { name: 'Vector', exact: true }).inputValue()).toBe(VECTOR)
    await page.getByLabel('Text of the bulletin').fill('# Summary\n\nA table of <b>fonts</b>:\n\n| a | b |\n|---|---|\n| 1 | 2 |')
    await page.getByRole('button', { name: 'Add a draft rule' }).click()
    const rule = page.getByRole('group', { name: 'Draft rule 1' })
    await rule.getByLabel('Name').fill('LongRecord')
    await rule.getByRole('textbox', { name: 'Rule', exact: true }).fill('rule LongRecord { condition: false }')
    await page.getByRole('button', { name: 'Add a known-bad sample' }).click()
    await page.getByRole('group', { name: 'Known-bad sample 1' }).getByLabel('Its bytes').selectOption({ label: 'bad.otf' })
    await page.getByRole('button', { name: 'Add a finder' }).click()
    await page.getByRole('group', { name: 'Finder 1' }).getByLabel('Name').fill('A. Finder')
    await page.getByRole('button', { name: 'Name a sharing group' }).click()
    await expectCleanEverywhere(tab, 'edit-package')
  })

  it('is refused with the place at its field, and then shown as it was written', async () => {
    const { page } = tab
    const weakness = page.getByRole('group', { name: 'Weakness 1' })
    await weakness.getByLabel('CWE id').fill('787')
    await page.getByRole('button', { name: 'Save' }).click()
    await weakness.getByText('a CWE id such as CWE-79').waitFor()
    await weakness.getByLabel('CWE id').fill('CWE-787')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { level: 1, name: 'Parser title', exact: true }).waitFor()
    await page.getByText('CVSS 4.0 8.6 high').waitFor()
    await page.getByText('The source states 9.9; the vector computes to 8.6.').waitFor()
    await page.getByText('Latest version: Exploitation more likely').waitFor()
    await page.locator('em', { hasText: 'preview' }).waitFor()
    await page.getByRole('cell', { name: 'bad.otf', exact: true }).first().waitFor()
    await page.getByText('Members see it with the release.').waitFor()
    // Markdown, and never what somebody wrote as HTML.
    await page.getByText('A table of <b>fonts</b>:').waitFor()
    await page.getByRole('table').filter({ hasText: '12' }).first().waitFor()
    await expectCleanEverywhere(tab, 'package')
  })

  it('is exported from a menu', async () => {
    const { page } = tab
    const exported = async (item: string) => {
      await page.getByRole('button', { name: 'Export', exact: true }).first().click()
      return JSON.parse((await saved(page, item)).toString()) as { document?: { csaf_version: string }; cveMetadata?: { cveId: string } }
    }
    expect((await exported('CSAF 2.1')).document?.csaf_version).toBe('2.1')
    expect((await exported('CVE record of CVE-2026-10001')).cveMetadata?.cveId).toBe('CVE-2026-10001')
  })

  async function saved(page: Page, item: string): Promise<Buffer> {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: item }).click()])
    return readFileSync(await download.path())
  }
})
