import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ensureConsole } from '#main/console.ts'
import { system } from '#platform/auth/actor.ts'
import { startSession } from '#platform/auth/start-session.ts'
import type { PersonId } from '#platform/ids.ts'
import { openBrowser, openTab, type Tab } from '#test/harness/browser.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { expectClean, expectCleanEverywhere, settled } from '#test/harness/console-tab.ts'
import { csafDocument, DECEMBER, ok, packageDesk, type Package } from '#test/harness/packages.ts'
import { entitle, seedMember, seedPeople, seedStaff, type SeededOperator } from '#test/harness/people.ts'

interface Somebody {
  readonly id: PersonId
}

const DAY = 86_400_000
const PROOF = Buffer.from('%PDF-1.7 proof of concept')
const SAMPLE = Buffer.from('crash at 0x41414141\n'.repeat(2000))

let vedette: TestApp
let url: string
let browser: Browser
let operator: SeededOperator
let entryMember: Awaited<ReturnType<typeof seedMember>>
let validateMember: Awaited<ReturnType<typeof seedMember>>
let secondPublisher: Somebody
let desk: ReturnType<typeof packageDesk>
const tabs: Tab[] = []
const folder = mkdtempSync(join(tmpdir(), 'vedette-upload-'))

beforeAll(async () => {
  await ensureConsole()
  vedette = await testApp()
  url = await vedette.listen()
  browser = await openBrowser()
  ;[operator] = await seedPeople(vedette.app)
  entryMember = await seedMember(vedette.app, operator.id, 'E')
  secondPublisher = await seedStaff(vedette.app, operator.id, 'publisher', 'Second publisher')
  desk = packageDesk(vedette)
  await entitle(vedette.app, operator, operator.vendor, operator.vendor.people.analyst)
  await entitle(vedette.app, operator, entryMember, entryMember.people.analyst, { tier: 'entry' })
  // Members before any window opens: whoever joins within one reads from the next cycle on.
  validateMember = await seedMember(vedette.app, operator.id, 'V')
  await entitle(vedette.app, operator, validateMember, validateMember.people.analyst, { tier: 'validate' })
})
afterEach(async () => {
  for (const { context } of tabs.splice(0)) await context.close()
})
afterAll(async () => {
  await browser.close()
  await vedette.close()
  rmSync(folder, { recursive: true, force: true })
})

/** A tab of somebody who has just signed in: sessions do not outlive the days that these tests cross. */
async function open(path: string, who: Somebody): Promise<Tab> {
  const started = await vedette.app.db.transaction(system('test'), async (tx) => {
    const begun = await startSession(vedette.app, tx, { person: who.id, method: 'passkey', client: { address: '192.0.2.3', userAgent: 'test' } })
    vedette.app.audit.record(tx, { action: 'session.started', subject: who.id, operator: operator.id })
    return begun
  })
  const tab = await openTab(browser, url, { cookie: `vedette=${started.secret}` })
  tabs.push(tab)
  await tab.page.goto(path)
  return tab
}

function choose(scope: Page | Locator, label: string, name: string, buffer: Buffer): Promise<void> {
  return scope.getByLabel(label, { exact: true }).setInputFiles({ name, mimeType: 'application/octet-stream', buffer })
}

/** What the browser saved, and under which name. */
async function downloaded(page: Page, name: string): Promise<Buffer> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: `Download ${name}` }).click()])
  expect(download.suggestedFilename()).toBe(name)
  return readFileSync(await download.path())
}

const december = (ms: number) => new Date(Date.parse(DECEMBER.advance) + ms)

describe('a package, from the advisory to its receipt', { timeout: 90_000 }, () => {
  let id: string
  const steps = (page: Page) => page.getByRole('list', { name: 'Steps from draft to release' })
  const present = (page: Page) => steps(page).locator('[aria-current=step]')

  it('is imported by an author, who is told what was left out and assumed', async () => {
    const document = csafDocument('Parser', 'CVE-2026-20001')
    const { distribution: _none, ...withoutTlp } = document.document
    const tab = await open('/packages', operator.people.author)
    const { page } = tab
    await settled(page, 'Packages')
    await page.getByText('No packages yet').waitFor()
    await page.getByRole('button', { name: 'Import an advisory' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Drop the JSON file here').waitFor()
    await expectClean(tab)

    await choose(dialog, 'A CSAF document or CVE record', 'broken.json', Buffer.from(JSON.stringify({ ...document, vulnerabilities: [{ cve: 'CVE-1' }] })))
    await dialog.getByText('/vulnerabilities/0/cve').first().waitFor()
    await dialog.getByText('Nothing was stored').waitFor()
    await expectClean(tab)

    const rated = { ...withoutTlp, aggregate_severity: { text: 'High' } }
    await choose(dialog, 'A CSAF document or CVE record', 'Prüfung 1.json', Buffer.from(JSON.stringify({ ...document, document: rated })))
    await page.getByRole('heading', { name: 'The advisory is imported' }).waitFor()
    await dialog.getByText('/document/distribution/tlp').waitFor()
    expect(await dialog.getByRole('region', { name: 'What was left out, as JSON Pointers' }).innerText()).toContain('/document/aggregate_severity')
    await expectClean(tab)
    await dialog.getByRole('link', { name: 'Open the draft' }).click()
    await settled(page, 'Parser title')
    id = page.url().split('/').at(-1)!
    expect(await page.title()).toBe('Package · Vedette')
    await present(page).getByText('Draft').waitFor()
    await page.goto('/packages')
    await page.getByRole('row', { name: /Parser title.*Parser-bulletin.*CVE-2026-20001.*Draft/ }).waitFor()
    await expectClean(tab)
  })

  it('gets guidance and files, and keeps what is typed over a reload', async () => {
    const tab = await open(`/packages/${id}`, operator.people.author)
    const { page } = tab
    await page.getByRole('link', { name: 'Edit', exact: true }).click()
    await settled(page, 'Edit Parser title')
    await page.getByRole('button', { name: 'Add guidance' }).click()
    const guidance = page.getByRole('group', { name: 'Guidance 1' })
    await guidance.getByLabel('Sensor').selectOption('network')
    await guidance.getByLabel('Title').fill('Overlong record')
    await guidance.getByRole('textbox', { name: 'Guidance' }).fill('<img src=x onerror=alert(1)> in **record 7**')
    await page.reload()
    await settled(page, 'Edit Parser title')
    expect(await guidance.getByLabel('Title').inputValue()).toBe('Overlong record')
    await page.getByLabel('Deploy protections to customers', { exact: true }).selectOption('from')
    await page.getByLabel('Deploy protections to customers, from (UTC)').fill('2026-12-04T12:00')

    await choose(page, 'Add an attachment', 'crash log.txt', SAMPLE)
    await page.getByRole('region', { name: 'Attachments', exact: true }).getByRole('cell', { name: 'crash log.txt', exact: true }).waitFor()
    await choose(page, 'Add a proof of concept', 'proof.pdf', PROOF)
    await page.getByRole('region', { name: 'Proof of concept', exact: true }).getByRole('cell', { name: 'proof.pdf', exact: true }).waitFor()
    // Files are added at once, and do not make what was typed look outdated.
    expect(await page.getByText('The package changed since you began').count()).toBe(0)
    await expectClean(tab)
    await page.getByRole('button', { name: 'Save' }).click()
    await settled(page, 'Parser title')
    await page.getByText('<img src=x onerror=alert(1)> in record 7').waitFor()
    await page.getByText('allowed from').waitFor()
    expect(await downloaded(page, 'crash log.txt')).toEqual(SAMPLE)
    await expectClean(tab)
  })

  it('refuses a file that is too large with a reason, and lets a transfer be cancelled', async () => {
    const tab = await open('/packages', operator.people.author)
    const { page } = tab
    await page.getByRole('button', { name: 'Import an advisory' }).click()
    // From a file: what is handed over as bytes goes through the page as text first, which takes it seconds.
    const huge = join(folder, 'huge.json')
    writeFileSync(huge, Buffer.alloc(15_600_000, ' '))
    await page.getByRole('dialog').getByLabel('A CSAF document or CVE record', { exact: true }).setInputFiles(huge)
    await page.getByRole('dialog').getByText('huge.json has 16 MB; at most 15 MB are accepted here.').waitFor()
    await page.goto(`/packages/${id}/edit`)
    const attachments = page.getByRole('region', { name: 'Attachments', exact: true }).first()
    let release = () => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    await page.route('**/attachments?part=attachments', async (route) => {
      await held
      await route.abort().catch(() => undefined)
    })
    await choose(page, 'Add an attachment', 'slow.bin', SAMPLE)
    await attachments.getByRole('progressbar', { name: 'Sending slow.bin' }).waitFor()
    await expectClean(tab)
    await attachments.getByRole('button', { name: 'Cancel' }).click()
    await attachments.getByRole('button', { name: 'Choose a file' }).waitFor()
    expect(await attachments.getByRole('alert').count()).toBe(0)
    release()
    expect((await desk.read(operator.people.author, id)).content.attachments).toHaveLength(1)
  })

  it('is not overwritten unseen when two authors edit it', async () => {
    const second = await seedStaff(vedette.app, operator.id, 'author', 'Second author')
    const { page } = await open(`/packages/${id}/edit`, second)
    await settled(page, 'Edit Parser title')
    const description = page.getByLabel('Description without detail').first()
    await description.fill('Words of the second author')
    ok(await desk.edit(operator.people.author, id, (content) => ({ ...content, title: 'Parser title, mended' })))
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('The package changed since you began').waitFor()
    expect(await description.inputValue()).toBe('Words of the second author')
    expect(await page.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true)
    await page.getByRole('button', { name: 'Discard what I typed' }).click()
    expect(await page.getByLabel('Title').first().inputValue()).toBe('Parser title, mended')
    expect(await description.inputValue()).toBe('')
    await description.fill('General words')
    await page.getByRole('button', { name: 'Save' }).click()
    await settled(page, 'Parser title, mended')
    await page.getByText('General words', { exact: true }).waitFor()
  })

  it('is approved by somebody else, exactly as it was read', async () => {
    const { author, reviewer } = operator.people
    const writing = await open(`/packages/${id}`, author)
    await writing.page.getByRole('button', { name: 'Send to review' }).click()
    await writing.page.getByRole('dialog').getByRole('button', { name: 'Send to review' }).click()
    await present(writing.page).getByText('In review').waitFor()
    expect(await writing.page.getByRole('button', { name: 'Approve' }).count()).toBe(0)

    const tab = await open(`/packages/${id}`, reviewer)
    const { page } = tab
    await page.getByRole('button', { name: 'Approve' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText((await desk.read(reviewer, id)).contentHash!).waitFor()
    await expectClean(tab)
    // Somebody gets it back and changes it while the reviewer looks at the dialog.
    ok(await desk.post(author, `/api/packages/${id}/return`))
    ok(await desk.edit(author, id, (content) => ({ ...content, title: 'Parser title, final' })))
    ok(await desk.step(author, id, 'review'))
    await dialog.getByRole('button', { name: 'Approve' }).click()
    await dialog.getByText('The content changed since it was read').waitFor()
    expect(await dialog.getByRole('button', { name: 'Approve' }).count()).toBe(0)
    expect((await desk.read(reviewer, id)).state).toBe('in-review')
    await dialog.getByRole('button', { name: 'Read it again' }).click()
    await settled(page, 'Parser title, final')
    await page.getByRole('button', { name: 'Approve' }).click()
    await dialog.getByText((await desk.read(reviewer, id)).contentHash!).waitFor()
    await dialog.getByRole('button', { name: 'Approve' }).click()
    await present(page).getByText('Approved').waitFor()
    await page.getByText('The approval names exactly this content.').waitFor()
  })

  it('says who else has to approve or schedule', async () => {
    const both = await seedStaff(vedette.app, operator.id, 'reviewer', 'Reviewer who writes')
    const other = ok(await desk.import(operator.people.author, csafDocument('Other', 'CVE-2026-20002')))
    ok(await desk.step(operator.people.author, other.id, 'review'))
    const { page } = await open(`/packages/${other.id}`, both)
    // The control: whoever took no part is offered it.
    await page.getByRole('button', { name: 'Approve' }).waitFor()
    await page.route(`**/api/packages/${other.id}`, async (route) => {
      const answer = await route.fetch()
      await route.fulfill({ response: answer, json: { ...((await answer.json()) as object), contributors: [{ id: both.id, name: 'Reviewer who writes' }] } })
    })
    await page.reload()
    await page.getByText('You wrote part of it, so somebody else has to approve it.').waitFor()
    expect(await page.getByRole('button', { name: 'Approve' }).count()).toBe(0)
  })

  it('is scheduled by a publisher, who sees each opening and is warned of one that is past', async () => {
    const tab = await open(`/packages/${id}`, operator.people.publisher)
    const { page } = tab
    await page.getByRole('button', { name: 'Schedule' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('radio', { name: /Tue 2026-12-08 10:00 PST/ }).check()
    await dialog.getByText('Thu 2026-12-03 10:00 PST').waitFor()
    await dialog.getByText('2026-12-03 18:00:00 UTC').waitFor()
    await dialog.getByText('2026-12-03 19:00:00 GMT+1').waitFor()
    expect(await dialog.getByRole('alert').count()).toBe(0)
    await expectClean(tab)
    vedette.clock.set(DECEMBER.validate)
    const late = await open(`/packages/${id}`, operator.people.publisher)
    await late.page.getByRole('button', { name: 'Schedule' }).click()
    await late.page.getByRole('dialog').getByRole('radio').first().check()
    await late.page.getByRole('dialog').getByText('Members can read it the moment you schedule it').waitFor()
    await expectClean(late)
    vedette.clock.set('2026-11-22T13:00:00Z')
    await dialog.getByRole('button', { name: 'Schedule' }).click()
    await steps(page).getByText('Tue 2026-12-08 10:00 PST').waitFor()
    await present(page).getByText('Validate window').waitFor()
    await expectClean(tab)
  })

  it('does not exist for members before their instant: for advance to the millisecond, for entry until its own', async () => {
    vedette.clock.set(december(-1))
    for (const member of [operator.vendor, entryMember]) await expectNothing(member.people.analyst)
    vedette.clock.set(december(0))
    await expectNothing(entryMember.people.analyst)
    const tab = await open('/packages', operator.vendor.people.analyst)
    await tab.page.getByRole('row', { name: /Not yet received.*Window open.*Not yet/ }).waitFor()
    expect(await tab.page.content()).not.toContain('Parser')
    await expectClean(tab)
    vedette.clock.set(DECEMBER.entry)
    const entry = await open('/packages', entryMember.people.analyst)
    await entry.page.getByRole('row', { name: /Not yet received.*Window open/ }).waitFor()
  })

  async function expectNothing(who: Somebody): Promise<void> {
    const tab = await open('/packages', who)
    const { page } = tab
    await page.getByText('No window is open for you').waitFor()
    await page.getByText('Tier entry').waitFor()
    expect(await page.content()).not.toContain(id)
    await expectClean(tab)
    for (const path of [`/packages/${id}`, '/packages/01900000-0000-7000-8000-000000000000']) {
      await page.goto(path)
      await settled(page, 'Nothing is here for you')
    }
  }

  it('is received by a member, who downloads what is meant for it, each with a receipt', async () => {
    vedette.clock.set(december(DAY))
    const tab = await open(`/packages/${id}`, operator.vendor.people.analyst)
    const { page } = tab
    await page.getByRole('button', { name: 'Receive this package' }).waitFor()
    await page.getByText('Block with them, and not only detect: not allowed').waitFor()
    await page.getByText('A receipt with your name and the instant is written').waitFor()
    expect(await page.content()).not.toContain('Parser')
    await expectClean(tab)
    await page.getByRole('button', { name: 'Receive this package' }).click()
    await settled(page, 'Parser title, final')
    await page.getByText('<img src=x onerror=alert(1)> in record 7').waitFor()
    // A download that is refused is shown as what it is, and nothing is saved.
    await page.route('**/attachments/**', (route) => route.fulfill({ status: 404, json: { title: 'Nothing is here for you', code: 'NOT_FOUND' } }))
    await page.getByRole('button', { name: 'Download crash log.txt' }).click()
    await page.getByRole('alert').getByText('Nothing is here for you').waitFor()
    await page.unroute('**/attachments/**')
    expect(await downloaded(page, 'crash log.txt')).toEqual(SAMPLE)
    expect(await page.content()).not.toContain('proof.pdf')
    await expectClean(tab)
    await page.goto('/packages')
    await page.getByRole('row', { name: /Parser title, final.*CVE-2026-20001.*Window open/ }).waitFor()
  })

  it('is received in parts by a member of tier validate: what opens with the release takes a further receipt', async () => {
    const member = validateMember
    const tab = await open(`/packages/${id}`, member.people.analyst)
    await tab.page.getByRole('button', { name: 'Receive this package' }).click()
    await tab.page.getByText('You received').waitFor()
    await tab.page.getByText('Overlong record').waitFor()
    expect(await tab.page.content()).not.toContain('Parser')
    const present = vedette.clock.now()
    vedette.clock.set(DECEMBER.release)
    const later = await open(`/packages/${id}`, member.people.analyst)
    await later.page.getByText('Not received yet: description without detail, bulletin and vulnerabilities, attachments.').waitFor()
    expect(await later.page.content()).not.toContain('Parser')
    await expectClean(later)
    await later.page.getByRole('button', { name: 'Receive the rest' }).click()
    await settled(later.page, 'Parser title, final')
    expect(await later.page.getByRole('button', { name: 'Receive the rest' }).count()).toBe(0)
    vedette.clock.set(present)
  })

  it('shows the auditor both receipts', async () => {
    const tab = await open(`/packages/${id}`, operator.people.auditor)
    const { page } = tab
    const receipts = page.getByRole('region', { name: 'Receipts', exact: true }).first()
    await receipts.getByRole('row', { name: /Vendor A.*Vendor A analyst.*The content/ }).waitFor()
    await receipts.getByRole('row', { name: new RegExp(`Vendor A analyst.*A file.*${sha256(SAMPLE).slice(0, 16)}`) }).waitFor()
    expect(await receipts.getByRole('row').count()).toBe(5)
    // An auditor reads that a package exists, and nothing of what it says.
    expect(await page.content()).not.toContain('Parser')
    await expectClean(tab)
  })
})

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

describe('an out-of-band release', { timeout: 90_000 }, () => {
  let urgent: Package

  it('is proposed in civil time, where a time that comes twice is asked about, and counts once another publisher confirms it', async () => {
    vedette.clock.set('2026-10-20T12:00:00Z')
    const { author, reviewer, publisher } = operator.people
    ok(await desk.import(author, csafDocument('Still a draft')))
    urgent = ok(await desk.import(author, csafDocument('Urgent', 'CVE-2026-20003')))
    ok(await desk.step(author, urgent.id, 'review'))
    const tab = await open('/releases', publisher)
    const { page } = tab
    await settled(page, 'Releases')
    await page.getByRole('button', { name: 'Propose an out-of-band release' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('No package is in review or approved').waitFor({ state: 'detached' })
    expect(await dialog.getByRole('checkbox', { name: /Still a draft/ }).count()).toBe(0)
    await dialog.getByRole('checkbox', { name: /Urgent title.*version 1/ }).check()
    const enter = async (label: string, date: string, time: string) => {
      await dialog.getByLabel(`${label}: date`).fill(date)
      await dialog.getByLabel(`${label}: time`).fill(time)
    }
    await enter('Validate window opens', '2026-10-30', '10:00')
    await enter('Advance window opens', '2026-10-31', '10:00')
    await enter('Entry window opens', '2026-11-02', '10:00')
    await enter('Release', '2026-11-01', '01:30')
    await dialog.getByLabel('Release: which of the two').selectOption({ label: 'Sun 2026-11-01 01:30 PST' })
    await dialog.getByText('2026-11-01 09:30:00 UTC').waitFor()
    await dialog.getByLabel('Reason').fill('Exploited in the wild')
    await expectClean(tab)
    await dialog.getByRole('button', { name: 'Propose' }).click()
    await dialog.getByText('open in this order, and none after the release').last().waitFor()
    await page.reload()
    expect(await dialog.getByLabel('Reason').inputValue()).toBe('Exploited in the wild')
    expect(await dialog.getByRole('checkbox', { name: /Urgent title/ }).isChecked()).toBe(true)
    await enter('Entry window opens', '2026-11-01', '00:30')
    await dialog.getByRole('button', { name: 'Propose' }).click()
    const waiting = page.getByRole('region', { name: 'Wait for a second publisher' })
    await waiting.getByText('You proposed it, so another publisher has to confirm it.').waitFor()
    expect(await waiting.getByRole('button', { name: 'Confirm' }).count()).toBe(0)
    await expectClean(tab)

    const other = await open('/releases', secondPublisher)
    await other.page.getByText('“Exploited in the wild”').waitFor()
    await other.page.getByRole('button', { name: 'Confirm' }).click()
    await other.page.getByRole('dialog').getByText('2026-11-01 09:30:00 UTC').waitFor()
    const named = other.page.getByRole('dialog').getByRole('list', { name: 'For these packages only' })
    await named.getByText('Urgent title').waitFor()
    await named.getByTitle(urgent.contentHash!).waitFor()
    await expectClean(other)
    await other.page.getByRole('dialog').getByRole('button', { name: 'Confirm' }).click()
    await other.page.getByRole('row', { name: /Out of band.*Confirmed.*Sun 2026-11-01 01:30 PST/ }).waitFor()
    await other.page.getByRole('region', { name: 'Wait for a second publisher' }).waitFor({ state: 'detached' })

    // It is offered for what it was decided for, and for nothing else.
    const unnamed = ok(await desk.import(author, csafDocument('Not named', 'CVE-2026-20004')))
    ok(await desk.step(author, unnamed.id, 'review'))
    for (const { id } of [urgent, unnamed]) ok(await desk.step(reviewer, id, 'approval'))
    for (const [id, offered] of [
      [urgent.id, 1],
      [unnamed.id, 0],
    ] as const) {
      const scheduling = await open(`/packages/${id}`, secondPublisher)
      await scheduling.page.getByRole('button', { name: 'Schedule' }).click()
      await scheduling.page
        .getByRole('radio', { name: /Update Tuesday/ })
        .first()
        .waitFor()
      expect(await scheduling.page.getByRole('radio', { name: /Out of band/ }).count()).toBe(offered)
    }
  })

  it('is withdrawn while it waits', async () => {
    const at = (hours: number) => new Date(vedette.clock.now().getTime() + hours * 3_600_000).toISOString()
    const windows = { validate: at(1), advance: at(2), entry: at(3) }
    const packages = [{ id: urgent.id, version: urgent.version, contentHash: urgent.contentHash }]
    const answer = await desk.post(operator.people.publisher, '/api/releases', { instant: at(4), zone: 'UTC', windows, reason: 'By mistake', packages })
    expect(answer.statusCode).toBe(201)
    const { page } = await open('/releases', operator.people.publisher)
    await page.getByRole('button', { name: 'Withdraw' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Withdraw' }).click()
    await page.getByText('By mistake').waitFor({ state: 'detached' })
  })
})

it(
  'every page of the program, in both schemes, wide and narrow, breaks no rule of WCAG AA, nothing of the policy, logs no error, and fits',
  {
    timeout: 300_000,
  },
  async () => {
    vedette.clock.set(december(DAY))
    const { author, publisher } = operator.people
    const draft = ok(await desk.import(author, csafDocument('Draft')))
    const scheduled = await desk.scheduled(operator, csafDocument('Scheduled'))
    const member = operator.vendor.people.analyst
    const pages: readonly [string, Somebody, string | RegExp][] = [
      ['/packages', author, 'Packages'],
      ['/packages', member, 'Packages'],
      [`/packages/${draft.id}`, author, 'Draft title'],
      [`/packages/${draft.id}/edit`, author, 'Edit Draft title'],
      [`/packages/${scheduled.id}`, publisher, 'Scheduled title'],
      [`/packages/${scheduled.id}`, member, /^Package …/],
      ['/releases', publisher, 'Releases'],
      ['/releases', member, 'Releases'],
    ]
    for (const [index, [path, who, heading]] of pages.entries()) {
      const tab = await open(path, who)
      await settled(tab.page, heading)
      await expectCleanEverywhere(tab, `program-${index}`)
      await tab.context.close()
    }
  },
)
