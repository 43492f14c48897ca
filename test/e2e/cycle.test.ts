import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ensureConsole } from '#main/console.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { openBrowser, type Tab } from '#test/harness/browser.ts'
import { expectUntroubled, openConsole, settled } from '#test/harness/console-tab.ts'
import { csafDocument, DECEMBER, ok, packageDesk } from '#test/harness/packages.ts'
import { entitle, seedMember, seedPeople, seedStaff, type SeededOperator, type SeededPerson } from '#test/harness/people.ts'
import { newSession } from '#test/harness/standing.ts'
import { versionDesk } from '#test/harness/versions.ts'

type Person = Parameters<typeof newSession>[1]
const CVE = 'CVE-2026-81001'
const SLIPPED = '2026-12-15T18:00:00.000Z'

/** The pages themselves are looked at in the tests of versions, moves and the embargo. */
describe('one whole cycle in the console', { timeout: 120_000 }, () => {
  let test: TestApp
  let url: string
  let browser: Browser
  let a: SeededOperator
  let second: SeededPerson<OperatorActor>
  let waiting: Person
  let id: string
  let desk: ReturnType<typeof packageDesk>
  const tabs: Tab[] = []

  beforeAll(async () => {
    await ensureConsole()
    test = await testApp()
    url = await test.listen()
    browser = await openBrowser()
    ;[a] = await seedPeople(test.app)
    await entitle(test.app, a, a.vendor, a.vendor.people.analyst)
    const entry = await seedMember(test.app, a.id, 'of tier entry')
    await entitle(test.app, a, entry, entry.people.analyst, { tier: 'entry' })
    waiting = entry.people.analyst
    second = await seedStaff(test.app, a.id, 'publisher', 'Second publisher')
    desk = packageDesk(test)
    id = ok(await desk.import(a.people.author, csafDocument('Parser', CVE))).id
    await versionDesk(desk).approve(a, id)
  }, 120_000)
  afterEach(async () => {
    for (const tab of tabs) await expectUntroubled(tab)
    for (const { context } of tabs.splice(0)) await context.close()
  })
  afterAll(async () => {
    await browser.close()
    await test.close()
  })

  /** In a session that begins now: those from the beginning have ended by December. */
  async function open(path: string, who: Person): Promise<Tab> {
    const { cookie } = await newSession(test, who)
    const tab = await openConsole(browser, url, path, { session: { cookie: cookie! } })
    tabs.push(tab)
    return tab
  }

  async function expectNothing(who: Person): Promise<void> {
    const { page } = await open('/packages', who)
    await settled(page, 'Packages')
    expect(await page.getByRole('link', { name: 'Not yet received' }).count()).toBe(0)
  }

  it('is scheduled, and nobody sees it until the window of advance opens', async () => {
    const { page } = await open(`/packages/${id}`, a.people.publisher)
    await settled(page, 'Parser title')
    await page.getByRole('button', { name: 'Schedule' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('radio', { name: /2026-12-08/ }).check()
    await dialog.getByRole('button', { name: 'Schedule', exact: true }).click()
    await dialog.waitFor({ state: 'detached' })
    expect((await desk.read(a.people.publisher, id)).release!.instant).toBe(DECEMBER.release)

    test.clock.set(new Date(new Date(DECEMBER.advance).getTime() - 1))
    await expectNothing(a.vendor.people.analyst)
    test.clock.set(DECEMBER.advance)
    const member = await open('/packages', a.vendor.people.analyst)
    await member.page.getByRole('link', { name: 'Not yet received' }).click()
    await member.page.getByRole('button', { name: 'Receive this package' }).click()
    await member.page.getByRole('heading', { level: 1, name: 'Parser title' }).waitFor()
    await expectNothing(waiting)
  })

  it('slips by a week: what is open stays open, and its holder acknowledges the new date', async () => {
    test.clock.set('2026-12-04T12:00:00Z')
    const first = await open(`/releases/${encodeURIComponent(DECEMBER.release)}`, a.people.publisher)
    await first.page.getByRole('button', { name: 'Move the release' }).click()
    const dialog = first.page.getByRole('dialog')
    await dialog.getByLabel('Release: date').fill('2026-12-15')
    await dialog.getByLabel('Release: time').fill('10:00')
    await dialog.getByRole('region', { name: 'Consequences', exact: true }).getByText('2026-12-15 18:00:00 UTC').waitFor()
    await dialog.getByLabel('Reason').fill('The fix needs another week')
    await dialog.getByRole('button', { name: 'Propose the move' }).click()
    await first.page.getByText('You proposed it, so another publisher has to confirm it.').waitFor()

    const other = await open(`/releases/${encodeURIComponent(DECEMBER.release)}`, second)
    await other.page.getByRole('button', { name: 'Consequences' }).click()
    await other.page.getByRole('dialog').getByRole('button', { name: 'Confirm the move' }).click()
    await other.page.getByRole('row', { name: /Operator A publisher, Second publisher.*another week/ }).waitFor()
    expect((await desk.read(a.people.publisher, id)).release!.instant).toBe(SLIPPED)

    const member = await open(`/packages/${id}`, a.vendor.people.analyst)
    await member.page.getByRole('heading', { level: 1, name: 'Parser title' }).waitFor()
    await member.page.getByText('Tue 2026-12-15 10:00 PST').first().waitFor()
    await member.page.getByRole('button', { name: 'Acknowledge' }).click()
    await member.page.getByText('Your organisation has something to acknowledge').waitFor({ state: 'detached' })
    test.clock.set(DECEMBER.entry)
    await expectNothing(waiting)
  })

  it('is revised: the new version takes the place of the one that its holder compares it with', async () => {
    const writing = await open(`/packages/${id}`, a.people.author)
    await settled(writing.page, 'Parser title')
    await writing.page.getByRole('button', { name: 'Start a revision' }).click()
    await writing.page.getByRole('dialog').getByLabel('Why it is needed').fill('The record may be longer')
    await writing.page.getByRole('dialog').getByRole('button', { name: 'Start the revision' }).click()
    await writing.page.getByRole('row', { name: /^2 .*Draft/ }).waitFor()
    ok(await desk.edit(a.people.author, id, (content) => ({ ...content, title: 'Parser title, corrected' })))
    await versionDesk(desk).approve(a, id)
    const deciding = await open(`/packages/${id}`, a.people.publisher)
    await deciding.page.getByRole('button', { name: 'Schedule' }).click()
    await deciding.page.getByRole('button', { name: 'Take its place now' }).click()
    await deciding.page.getByRole('row', { name: /^1 Superseded/ }).waitFor()

    const member = await open(`/packages/${id}`, a.vendor.people.analyst)
    await member.page.getByRole('button', { name: 'Receive this package' }).click()
    await member.page.getByRole('button', { name: 'What changed in version 2' }).click()
    await member.page.getByRole('region', { name: 'Changed: Title' }).getByText('Parser title, corrected').waitFor()
  })

  it('ends early on the word of two publishers: every tier reads it from then on', async () => {
    await expectNothing(waiting)
    const first = await open('/embargo', a.people.publisher)
    await first.page.getByRole('button', { name: 'Propose an early end' }).click()
    const proposal = first.page.getByRole('dialog')
    await proposal.getByLabel('Vulnerability').fill(CVE)
    await proposal.getByLabel('Evidence').fill('The advisory is on a mailing list since this morning.')
    await proposal.getByRole('button', { name: 'Propose', exact: true }).click()
    await first.page.getByText('You proposed it, so another publisher has to confirm it.').waitFor()
    const other = await open('/embargo', second)
    await other.page.getByRole('button', { name: 'Confirm the end' }).click()
    await other.page.getByRole('dialog').getByRole('button', { name: 'Confirm the end' }).click()
    await other.page.getByText('(open to every tier)').waitFor()

    const member = await open('/packages', waiting)
    await member.page.getByRole('link', { name: 'Not yet received' }).click()
    await member.page.getByRole('button', { name: 'Receive this package' }).click()
    await member.page.getByRole('heading', { level: 1, name: 'Parser title, corrected' }).waitFor()
    await member.page.getByText('The embargo has ended early').waitFor()
    const inbox = await open('/inbox', waiting)
    await inbox.page
      .getByText(/embargo/i)
      .first()
      .waitFor()
  })

  it('is replayed by an auditor without a difference, once it was released', async () => {
    test.clock.set(SLIPPED)
    const { page } = await open(`/releases/${encodeURIComponent(DECEMBER.release)}`, a.people.auditor)
    await page.getByRole('button', { name: 'Replay' }).click()
    await page.getByText('No differences').waitFor()
  })
})
