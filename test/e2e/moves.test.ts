import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ensureConsole } from '#main/console.ts'
import { system, type OperatorActor } from '#platform/auth/actor.ts'
import { startSession } from '#platform/auth/start-session.ts'
import { openBrowser, openTab, type Tab } from '#test/harness/browser.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { expectClean, expectCleanEverywhere, settled } from '#test/harness/console-tab.ts'
import { csafDocument, DECEMBER, ok, packageDesk, type Package } from '#test/harness/packages.ts'
import { entitle, seedMember, seedPeople, seedStaff, type SeededOperator, type SeededPerson } from '#test/harness/people.ts'

let vedette: TestApp
let url: string
let browser: Browser
let operator: SeededOperator
let second: SeededPerson<OperatorActor>
let desk: ReturnType<typeof packageDesk>
let moved: Package
const tabs: Tab[] = []
const CYCLE = `/releases/${encodeURIComponent(DECEMBER.release)}`

beforeAll(async () => {
  await ensureConsole()
  vedette = await testApp()
  url = await vedette.listen()
  browser = await openBrowser()
  ;[operator] = await seedPeople(vedette.app)
  second = await seedStaff(vedette.app, operator.id, 'publisher', 'Second publisher')
  desk = packageDesk(vedette)
  await entitle(vedette.app, operator, operator.vendor, operator.vendor.people.analyst)
  const entry = await seedMember(vedette.app, operator.id, 'E')
  await entitle(vedette.app, operator, entry, entry.people.analyst, { tier: 'entry' })
  const stays = await desk.scheduled(operator, csafDocument('Stays', 'CVE-2026-40001'))
  moved = await desk.scheduled(operator, csafDocument('Slips', 'CVE-2026-40002'))
  vedette.clock.set(DECEMBER.advance)
  for (const { id } of [stays, moved]) ok(await desk.receive(operator.vendor.people.analyst, id))
  vedette.clock.set('2026-12-04T12:00:00Z')
})
afterEach(async () => {
  for (const { context } of tabs.splice(0)) await context.close()
})
afterAll(async () => {
  await browser.close()
  await vedette.close()
})

async function open(path: string, who: Pick<SeededPerson<OperatorActor>, 'id'>): Promise<Tab> {
  const started = await vedette.app.db.transaction(system('test'), (tx) =>
    startSession(vedette.app, tx, { person: who.id, method: 'passkey', client: { address: '192.0.2.3', userAgent: 'test' } }),
  )
  const tab = await openTab(browser, url, { cookie: `vedette=${started.secret}` })
  tabs.push(tab)
  await tab.page.goto(path)
  return tab
}

describe('a cycle in the console', { timeout: 90_000 }, () => {
  it('moves one package with every consequence shown while it is typed, and leaves the others', async () => {
    const tab = await open('/releases', operator.people.publisher)
    const { page } = tab
    await settled(page, 'Releases')
    await page.getByRole('link', { name: 'Update Tuesday' }).first().click()
    await settled(page, /^Update Tuesday, Tue 2026-12-08 10:00 PST/)
    await page.getByRole('button', { name: 'Move the release' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('All of the release, and what is still to be scheduled for it').click()
    await dialog.getByRole('checkbox', { name: /Slips title/ }).check()
    await dialog.getByLabel('Release: date').fill('2026-12-15')
    await dialog.getByLabel('Release: time').fill('10:00')
    const consequences = dialog.getByRole('region', { name: 'Consequences', exact: true })
    await consequences.getByText('2026-12-15 18:00:00 UTC').waitFor()
    await consequences
      .getByRole('row', { name: /Advance.*Stays open/ })
      .first()
      .waitFor()
    await consequences
      .getByRole('row', { name: /Entry.*Opens later/ })
      .first()
      .waitFor()
    await consequences.getByText(/Received, and to acknowledge: Vendor A analyst/).waitFor()
    await dialog.getByLabel('Reason').fill('The fix needs another week')
    await expectCleanEverywhere(tab, 'moves-dialog')
    await dialog.getByRole('button', { name: 'Propose the move' }).click()
    await page.getByText('You proposed it, so another publisher has to confirm it.').waitFor()
    expect((await desk.read(operator.people.publisher, moved.id)).release!.instant).toBe(DECEMBER.release)

    const other = await open(CYCLE, second)
    await other.page.getByRole('button', { name: 'Consequences' }).click()
    const shown = other.page.getByRole('dialog')
    await shown.getByText('2026-12-15 18:00:00 UTC').waitFor()
    await expectClean(other)
    await shown.getByRole('button', { name: 'Confirm the move' }).click()
    await other.page.getByRole('row', { name: /Slips title.*on another release/ }).waitFor()
    await other.page.getByRole('row', { name: /Stays title.*Scheduled/ }).waitFor()
    await other.page.getByRole('row', { name: /Slips title.*Operator A publisher, Second publisher.*another week/ }).waitFor()
    expect((await desk.read(operator.people.publisher, moved.id)).release!.instant).toBe('2026-12-15T18:00:00.000Z')
    await expectCleanEverywhere(other, 'moves-cycle')
    await other.page.goto('/releases')
    await other.page.getByRole('row', { name: /Moved packages.*Tue 2026-12-15 10:00 PST/ }).waitFor()
    await expectClean(other)
  })

  it('is replayed by an auditor, to whom nothing of a package is shown', async () => {
    const tab = await open(CYCLE, operator.people.auditor)
    const { page } = tab
    await page.getByRole('button', { name: 'Replay' }).click()
    await page.getByText('No differences').waitFor()
    expect(await page.getByRole('button', { name: 'Move the release' }).count()).toBe(0)
    expect(await page.content()).not.toContain('Slips')
    await expectCleanEverywhere(tab, 'moves-replay')
  })
})
