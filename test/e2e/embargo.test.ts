import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { ensureConsole } from '#main/console.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { openBrowser, type Tab } from '#test/harness/browser.ts'
import { expectCleanEverywhere, openConsole, settled } from '#test/harness/console-tab.ts'
import { csafDocument, ok, packageDesk } from '#test/harness/packages.ts'
import { entitle, seedPeople, seedStaff, type SeededOperator, type SeededPerson } from '#test/harness/people.ts'
import { newSession } from '#test/harness/standing.ts'

type Staff = Parameters<typeof newSession>[1]
const CVE = 'CVE-2026-79001'

describe('the embargo in the console', { timeout: 120_000 }, () => {
  let test: TestApp
  let url: string
  let browser: Browser
  let a: SeededOperator
  let second: SeededPerson<OperatorActor>
  let id: string
  const tabs: Tab[] = []

  beforeAll(async () => {
    await ensureConsole()
    test = await testApp()
    url = await test.listen()
    browser = await openBrowser()
    ;[a] = await seedPeople(test.app)
    await entitle(test.app, a, a.vendor, a.vendor.people.analyst, { tier: 'advance' })
    second = await seedStaff(test.app, a.id, 'publisher', 'Second publisher')
    const desk = packageDesk(test)
    const { author, reviewer, publisher } = a.people
    id = ok(await desk.import(author, csafDocument('Example', CVE))).id
    ok(await desk.step(author, id, 'review'))
    ok(await desk.step(reviewer, id, 'approval'))
    ok(await desk.schedule(publisher, id))
    test.clock.set('2026-12-04T12:00:00.000Z')
    ok(await desk.receive(a.vendor.people.analyst, id))
    await desk.post(publisher, '/api/regulatory-clocks', {
      cve: CVE,
      basis: 'member-telemetry',
      evidence: 'Attacks on two customers',
      awarenessAt: '2026-12-04T06:00:00Z',
    })
    await desk.post(second, `/api/embargo-ends/${(await desk.get(publisher, '/api/embargo-ends')).json<{ items: { id: string }[] }>().items[0]!.id}/refusal`)
    const breach = { what: 'The description', toWhom: 'A forum', learnt: 'By a search', prevention: 'Access was cut', since: '2026-12-04T05:00:00Z' }
    await desk.post(a.vendor.people.analyst, '/api/breach-reports', { ...breach, package: id, about: 'own' })
  }, 120_000)
  afterEach(async () => {
    for (const { context } of tabs.splice(0)) await context.close()
  })
  afterAll(async () => {
    await browser.close()
    await test.close()
  })

  /** In a session that begins now: those from the beginning have ended by December. */
  async function open(path: string, who: Staff): Promise<Tab> {
    const { cookie } = await newSession(test, who)
    const tab = await openConsole(browser, url, path, { session: { cookie: cookie! } })
    tabs.push(tab)
    return tab
  }

  it('goes from a member’s report to an end that two publishers decided, and back', async () => {
    const member = await open(`/packages/${id}`, a.vendor.people.analyst)
    await member.page.getByRole('button', { name: 'Report that it is public or exploited' }).click()
    const form = member.page.getByRole('dialog')
    await form.getByLabel('What you saw, where and when').fill('The advisory is on a mailing list since this morning.')
    await form.getByLabel('Where it can be read').fill('https://list.example/2026/12')
    await form.getByRole('button', { name: 'Report', exact: true }).click()
    await member.page.getByText('Your report was received.').waitFor()

    const first = await open('/embargo', a.people.publisher)
    await first.page.getByRole('button', { name: `Propose the end of ${CVE}` }).click()
    const proposal = first.page.getByRole('dialog')
    expect(await proposal.getByLabel('Evidence').inputValue()).toContain('mailing list')
    await proposal.getByRole('button', { name: 'Propose', exact: true }).click()
    await first.page.getByText('You proposed it, so another publisher has to confirm it.').waitFor()

    const other = await open('/embargo', second)
    await other.page.getByRole('button', { name: 'Confirm the end' }).click()
    await other.page.getByRole('dialog').getByRole('button', { name: 'Confirm the end' }).click()
    await other.page.getByText('(open to every tier)').waitFor()
    await settled(other.page, 'Embargo')
    await expectCleanEverywhere(other, 'embargo')

    await member.page.reload()
    await member.page.getByText('The embargo has ended early').waitFor()
    await expectCleanEverywhere(member, 'package-ended-early')

    await other.page.getByRole('button', { name: 'False alarm' }).click()
    const alarm = other.page.getByRole('dialog')
    await alarm.getByLabel('Why nothing of it is public').fill('It was about another flaw.')
    await alarm.getByRole('button', { name: 'Propose', exact: true }).click()
    await first.page.reload()
    await first.page.getByRole('button', { name: 'Confirm the false alarm' }).click()
    await first.page.getByRole('dialog').getByRole('button', { name: 'Confirm the false alarm' }).click()
    await first.page.getByText('A false alarm: the embargo stands').waitFor()
    await member.page.reload()
    await settled(member.page, 'Example title')
    expect(await member.page.getByText('The embargo has ended early').count()).toBe(0)
  })

  it('lets a tracer look into a breach, and tells members in words that name nobody', async () => {
    const { page } = await open('/embargo', a.people.tracer)
    await page.getByRole('button', { name: 'Take on' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Take on' }).click()
    await page.getByText('Looked into').waitFor()
    await page.getByRole('button', { name: 'Tell members' }).click()
    const form = page.getByRole('dialog')
    await form.getByLabel('Message').fill(`It was ${a.vendor.name}.`)
    await form.getByRole('button', { name: 'Send' }).click()
    await form.getByText('words that name no member', { exact: false }).waitFor()
    await form.getByLabel('Message').fill('A description is in a forum. Look at your exposure.')
    await form.getByRole('button', { name: 'Send' }).click()
    await page.getByText('Told 1 members').waitFor()
  })
})
