import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ensureConsole } from '#main/console.ts'
import { system } from '#platform/auth/actor.ts'
import { startSession } from '#platform/auth/start-session.ts'
import type { PersonId } from '#platform/ids.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { openBrowser, openTab, type Tab } from '#test/harness/browser.ts'
import { expectClean, expectCleanEverywhere, settled } from '#test/harness/console-tab.ts'
import { csafDocument, DECEMBER, ok, packageDesk } from '#test/harness/packages.ts'
import { entitle, seedPeople, seedStaff, type SeededOperator } from '#test/harness/people.ts'
import { versionDesk } from '#test/harness/versions.ts'

describe('versions of a package in the console', { timeout: 90_000 }, () => {
  let vedette: TestApp
  let url: string
  let browser: Browser
  let operator: SeededOperator
  let second: Awaited<ReturnType<typeof seedStaff>>
  let desk: ReturnType<typeof packageDesk>
  let id: string
  const tabs: Tab[] = []

  beforeAll(async () => {
    await ensureConsole()
    vedette = await testApp()
    url = await vedette.listen()
    browser = await openBrowser()
    ;[operator] = await seedPeople(vedette.app)
    second = await seedStaff(vedette.app, operator.id, 'publisher', 'Second publisher')
    desk = packageDesk(vedette)
    const { analyst } = operator.vendor.people
    await entitle(vedette.app, operator, operator.vendor, analyst)
    id = (await desk.scheduled(operator, csafDocument('Parser', 'CVE-2026-20001'))).id
    vedette.clock.set(DECEMBER.advance)
    ok(await desk.receive(analyst, id))
  })
  afterEach(async () => {
    for (const { context } of tabs.splice(0)) await context.close()
  })
  afterAll(async () => {
    await browser?.close()
    await vedette?.close()
  })

  async function open(path: string, who: { id: PersonId }): Promise<Tab> {
    const started = await vedette.app.db.transaction(system('test'), (tx) =>
      startSession(vedette.app, tx, { person: who.id, method: 'passkey', client: { address: '192.0.2.3', userAgent: 'test' } }),
    )
    const tab = await openTab(browser, url, { cookie: `vedette=${started.secret}` })
    tabs.push(tab)
    await tab.page.goto(path)
    return tab
  }

  it('begins a revision, and puts it in the place of the version before it', async () => {
    const { author, publisher } = operator.people
    const writing = await open(`/packages/${id}`, author)
    await settled(writing.page, 'Parser title')
    await writing.page.getByRole('button', { name: 'Start a revision' }).click()
    const dialog = writing.page.getByRole('dialog')
    await dialog.getByLabel('Why it is needed').fill('The record may be longer')
    await expectClean(writing)
    await dialog.getByRole('button', { name: 'Start the revision' }).click()
    await writing.page.getByRole('row', { name: /^2 .*Draft/ }).waitFor()

    ok(await desk.edit(author, id, (content) => ({ ...content, title: 'Parser title, corrected', permittedUse: { deploy: { ownFleet: 'allow' } } })))
    await versionDesk(desk).approve(operator, id)
    const deciding = await open(`/packages/${id}`, publisher)
    await settled(deciding.page, 'Parser title, corrected')
    await deciding.page.getByRole('button', { name: 'Schedule' }).click()
    await deciding.page.getByText('Put version 2 in the place of version 1').waitFor()
    await expectClean(deciding)
    await deciding.page.getByRole('button', { name: 'Take its place now' }).click()
    await deciding.page.getByRole('row', { name: /^1 Superseded/ }).waitFor()
    await deciding.page.getByRole('row', { name: /New version.*Not yet/ }).waitFor()
    await expectCleanEverywhere(deciding, 'versions-publisher')
    await deciding.page.getByRole('button', { name: 'What changed in version 2' }).click()
    await deciding.page.getByRole('region', { name: 'Changed: Permitted use › deploy › own fleet' }).waitFor()
    await expectCleanEverywhere(deciding, 'versions-differences')
  })

  it('asks a holder to acknowledge the new version, and compares it with the old one', async () => {
    const tab = await open('/packages', operator.vendor.people.analyst)
    const { page } = tab
    await page.getByText('Your organisation has something to acknowledge').waitFor()
    await page.goto(`/packages/${id}`)
    await page.getByText('Version 2 took the place of the version that you hold').waitFor()
    await expectClean(tab)
    await page.getByRole('button', { name: 'Receive this package' }).click()
    await page.getByText('Version 2 took the place').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'What changed in version 2' }).click()
    await page.getByRole('region', { name: 'Changed: Title' }).getByText('Parser title, corrected').waitFor()
    await page.getByRole('button', { name: 'Close' }).click()
    await page.getByRole('button', { name: 'Acknowledge' }).click()
    await page.getByText('Your organisation has something to acknowledge').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Show version 1' }).click()
    await page.getByText('This is version 1, not the newest').waitFor()
    await expectCleanEverywhere(tab, 'versions-contact')
  })

  it('pulls a package by two publishers, and collects what its holders destroyed', async () => {
    const first = await open(`/packages/${id}`, operator.people.publisher)
    await first.page.getByRole('button', { name: 'Pull' }).click()
    const dialog = first.page.getByRole('dialog')
    await dialog.getByText('One person of one member holds something of the package').waitFor()
    await dialog.getByLabel('Reason').fill('It names the wrong product')
    await expectCleanEverywhere(first, 'versions-pull')
    await dialog.getByRole('button', { name: 'Propose it' }).click()
    await first.page.getByText('You proposed it, so another publisher has to confirm it.').waitFor()

    const other = await open('/packages', second)
    await other.page.getByText('Decisions that wait for a second publisher').waitFor()
    await other.page.getByRole('link', { name: `Open package …${id.slice(-6)}` }).click()
    await other.page.getByRole('button', { name: 'Look at and confirm: Pull, version 2' }).click()
    await other.page.getByRole('dialog').getByText('It names the wrong product').waitFor()
    await expectClean(other)
    await other.page.getByRole('button', { name: 'Pull it now' }).click()
    await other.page.getByText('One person has not attested yet').waitFor()

    const holder = await open('/packages', operator.vendor.people.analyst)
    await holder.page.getByRole('button', { name: /Attest the destruction/ }).click()
    await holder.page.getByLabel('What was destroyed, and how').fill('Wiped from two analysis machines')
    await holder.page.getByLabel('When it was done (UTC)').fill('2026-12-03T17:30')
    await expectCleanEverywhere(holder, 'versions-attestation')
    await holder.page.getByRole('button', { name: 'Attest it' }).click()
    await holder.page.getByText('You attested it').waitFor()
    await expectClean(holder)
    await other.page.reload()
    await other.page.getByText('Everybody who holds something of it attested').waitFor()
    await expectCleanEverywhere(other, 'versions-pulled')
    expect(await other.page.getByRole('row', { name: /Wiped from two analysis machines/ }).count()).toBe(2)
  })
})
