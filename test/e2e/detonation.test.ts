import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ensureConsole } from '#main/console.ts'
import { eventJobs } from '#platform/events/jobs.ts'
import { startWorker, type Worker } from '#platform/jobs/work.ts'
import { consumers as opening } from '#program/candidates/consumers.ts'
import { consumers as lifting } from '#scanner/detonation/consumers.ts'
import { openFarm } from '#scanner/detonation/farm.ts'
import { detonationJobs } from '#scanner/detonation/jobs.ts'
import type { Happening } from '#scanner/detonation/contract.ts'
import type { Job } from '#scanner/detonation/sandbox.ts'
import { openPool, type ScanPool } from '#scanner/jail/pool.ts'
import { scanJobs } from '#scanner/submissions/jobs.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { openBrowser, type Tab } from '#test/harness/browser.ts'
import { expectCleanEverywhere, expectCleanHere, openConsole, picture, settled, type Anybody } from '#test/harness/console-tab.ts'
import { crashed, DROPPED, macroRan, pageOpened, rendered, SHOWN_ENVIRONMENTS, tookEffect } from '#test/harness/detonation/shown-runs.ts'
import { buildDocx, buildVba } from '#test/harness/documents.ts'
import { onePage } from '#test/harness/one-page.ts'
import { seedPeople, type SeededOperator } from '#test/harness/people.ts'
import { replaySandbox } from '#test/harness/replay-sandbox.ts'

const digest = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex')
const contentOf = ({ subject }: Job) => ('url' in subject ? subject.url : subject.document)

const macro = buildDocx({ 'word/vbaProject.bin': buildVba({ ThisDocument: 'Sub Document_Open()\r\n  Shell "calc"\r\nEnd Sub\r\n' }) })
const harmless = Buffer.from(onePage('harmless'))
const crash = Buffer.from(onePage('crash'))
const effect = Buffer.from(onePage('effect'))
const stuck = Buffer.from(onePage('stuck'))
const slow = Buffer.from(onePage('slow'))
const NOTE = 'Guests run by emulation: this host has no /dev/kvm.'
const ADDRESS = 'https://short.example/a1'

let vedette: TestApp
let url: string
let browser: Browser
let operator: SeededOperator
let pool: ScanPool
let worker: Worker
const tabs: Tab[] = []
/** Lets what is slow go on. */
const go = Promise.withResolvers<void>()

function shownFor(bytes: string, { options }: Job) {
  if (bytes === digest(crash)) return crashed()
  if (bytes === digest(effect)) return tookEffect()
  if (bytes === digest(ADDRESS)) return pageOpened(ADDRESS)
  return bytes === digest(macro) && options.macros ? macroRan() : rendered()
}

const sandbox = replaySandbox(
  SHOWN_ENVIRONMENTS,
  async ({ job, described, watcher, answer }) => {
    const bytes = digest(contentOf(job))
    if (bytes === digest(slow)) {
      for (let n = 0; n < 37; n++) watcher.happening?.({ kind: 'viewer', state: 'pending', t: n, rank: 'guest' })
      await go.promise
    }
    if (bytes === digest(stuck)) {
      if (described.age === 'older') throw new Error('the machine could not be read')
      const heard: Happening[] = [{ kind: 'silence', of: 'agent', detail: 'nothing was heard for 12 s', t: 14, rank: 'host' }]
      return answer({ end: 'agent-silenced', why_ended: 'the agent said nothing any more', dwell_ms: 14_000, happenings: heard })
    }
    const shown = shownFor(bytes, job)
    for (const one of shown.artefacts) watcher.artefact?.(one)
    if (bytes === digest(macro) && described.age === 'older' && !job.options.macros) return answer({ end: 'hung', why_ended: 'the longest time was over' })
    return answer(shown.answer)
  },
  (job) => digest(contentOf(job)),
)

beforeAll(async () => {
  await ensureConsole()
  vedette = await testApp({ env: { VEDETTE_EGRESS: 'operator' } })
  url = await vedette.listen()
  browser = await openBrowser()
  ;[operator] = await seedPeople(vedette.app)
  pool = openPool({ processes: 1 })
  const farm = openFarm(async () => ({ ...sandbox, notes: [NOTE] }), { host: 'worker-1.example', machines: 2, memoryMib: 8192 })
  worker = await startWorker(vedette.app, { kinds: [...scanJobs(pool), ...detonationJobs(farm), ...eventJobs([...opening, ...lifting])] })
})
afterEach(async () => {
  for (const { context } of tabs.splice(0)) await context.close()
})
afterAll(async () => {
  go.resolve()
  await browser?.close()
  await worker?.stop()
  pool?.close()
  await vedette?.close()
})

async function open(path: string, as: Anybody): Promise<Tab> {
  const tab = await openConsole(browser, url, path, as)
  tabs.push(tab)
  return tab
}

const analyst = () => operator.vendor.people.analyst
const row = (page: Page, file: string) => page.getByRole('region', { name: 'Submissions', exact: true }).getByRole('row').filter({ hasText: file })
const region = (page: Page, name: string | RegExp) => page.getByRole('region', { name }).first()

async function handIn(page: Page, name: string, buffer: Buffer): Promise<void> {
  await page.getByLabel('Files to scan').setInputFiles([{ name, mimeType: 'application/octet-stream', buffer }])
  await row(page, name).getByRole('link').click()
  await settled(page, 'Submission')
}

describe('what environments showed, in the console', () => {
  it('says of each environment what it came to, and leads to what proves it', { timeout: 120_000 }, async () => {
    const tab = await open('/scanner', analyst())
    const { page } = tab
    await settled(page, 'Scanner')
    await handIn(page, 'offer.docm', macro)
    await page.getByRole('list', { name: 'What each environment showed' }).waitFor({ timeout: 30_000 })
    await expectCleanEverywhere(tab, 'detonation-macro')
    await region(page, 'Runs').getByRole('link', { name: 'Rendered: what LibreOffice 7.4.7 showed, macros on' }).click()
    await settled(page, 'LibreOffice 7.4.7, macros on')
    await expectCleanEverywhere(tab, 'detonation-macro-run')
    await page.getByRole('button', { name: 'Open large: Page 2' }).click()
    await page.getByRole('img', { name: 'Page 2 as it looked' }).waitFor()
    await picture(tab, 'detonation-picture')
    await page.getByRole('button', { name: 'Close' }).click()
    const left = region(page, /^Files it left/)
    await left.getByRole('button', { name: `Save ${DROPPED.sha256.slice(0, 16)}` }).click()
    await picture(tab, 'detonation-save')
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save it, never open it' }).click()])
    expect([file.suggestedFilename(), digest(readFileSync(await file.path()))]).toEqual([`${DROPPED.sha256}.bin`, DROPPED.sha256])
  })

  it('leads to what was found in it, and from there back', { timeout: 120_000 }, async () => {
    const tab = await open('/scanner', analyst())
    const { page } = tab
    await settled(page, 'Scanner')
    await row(page, 'offer.docm').getByRole('link').click()
    await settled(page, 'Submission')
    const found = region(page, 'Found in it').getByRole('link')
    await found.waitFor({ timeout: 30_000 })
    const name = await found.textContent()
    await expectCleanHere(tab, 'detonation-found-in-it')
    await found.click()
    await page.getByText('Found in', { exact: true }).waitFor()
    await expectCleanHere(tab, 'detonation-found')
    expect(name).not.toBe('offer.docm')
    await region(page, 'The file').getByRole('link', { name: 'offer.docm' }).click()
    await region(page, 'Found in it').waitFor()
  })

  it('shows a crash to whom it may be shown', { timeout: 120_000 }, async () => {
    const tab = await open('/scanner', operator.people.analyst)
    const { page } = tab
    await settled(page, 'Scanner')
    await handIn(page, 'crash.pdf', crash)
    await page.getByRole('list', { name: 'What each environment showed' }).waitFor({ timeout: 30_000 })
    await expectCleanHere(tab, 'detonation-crash')
    await region(page, 'Runs').getByRole('link', { name: 'Crashed: what Poppler 22.12.0 showed, first run' }).click()
    await settled(page, 'Poppler 22.12.0')
    await expectCleanHere(tab, 'detonation-crash-run')
  })

  it('draws what a page did', { timeout: 120_000 }, async () => {
    const tab = await open('/scanner', analyst())
    const { page } = tab
    await settled(page, 'Scanner')
    await page.getByLabel('Address').fill(ADDRESS)
    await page.getByRole('button', { name: 'Open it' }).click()
    await settled(page, 'Submission')
    await page.getByRole('list', { name: 'What each environment showed' }).waitFor({ timeout: 30_000 })
    await expectCleanHere(tab, 'detonation-page')
    await region(page, 'Runs').getByRole('link').first().click()
    await settled(page, /^Chromium/)
    await expectCleanEverywhere(tab, 'detonation-page-run')
  })

  it('holds back from its submitter what may be unknown to everybody, and tells the operator', { timeout: 120_000 }, async () => {
    const tab = await open('/scanner', analyst())
    const { page } = tab
    await settled(page, 'Scanner')
    await handIn(page, 'effect.pdf', effect)
    await page.getByText('The operator holds back what was seen in environments').waitFor({ timeout: 30_000 })
    expect(await page.content()).not.toContain('/usr/bin/id')
    await page.getByTestId('verdict').getByText('Held back', { exact: true }).waitFor()
    await expectCleanHere(tab, 'detonation-held')
    await page.goto('/scanner')
    await settled(page, 'Scanner')
    await row(page, 'effect.pdf').getByText('Held back', { exact: true }).waitFor()
    expect(await row(page, 'effect.pdf').getByText('None seen').count()).toBe(0)
    await picture(tab, 'submissions-held')
    const mine = await open('/zero-day-candidates', operator.people.analyst)
    await settled(mine.page, 'Zero-day candidates')
    await mine.page.getByText('Waits for a decision').first().waitFor()
    await mine.page.getByLabel('Reason').first().fill('Poppler runs a program that the document names.')
    await expectCleanHere(mine, 'candidates')
    await mine.page
      .getByRole('link', { name: /^Open the submission/ })
      .first()
      .click()
    await settled(mine.page, 'Submission')
    await expectCleanHere(mine, 'detonation-effect')
  })

  it('lets people choose how it is opened, and loses nothing when that is refused', { timeout: 120_000 }, async () => {
    const tab = await open('/scanner', operator.people.analyst)
    const { page } = tab
    await settled(page, 'Scanner')
    await page.getByText('How files are opened').click()
    await page.getByRole('radio', { name: 'Only these:' }).check()
    await page.getByRole('checkbox', { name: 'Poppler 22.12.0' }).check()
    await page.getByRole('radio', { name: /^A simulated network/ }).check()
    await page.getByLabel('Longest time, in seconds').fill('3')
    await page.getByRole('alert').getByText('whole number of seconds').waitFor()
    await expectCleanEverywhere(tab, 'hand-in')
    await page.reload()
    await settled(page, 'Scanner')
    expect(await page.getByLabel('Longest time, in seconds').inputValue()).toBe('3')
    await page.getByLabel('Longest time, in seconds').fill('30')
    await handIn(page, 'chosen.pdf', Buffer.from(onePage('chosen')))
    await page.getByText('in poppler-debian12 alone; a simulated network; for at most 30 s').waitFor()
    await page.getByRole('list', { name: 'What each environment showed' }).getByText('Not seen in Poppler 22.12.0.').waitFor({ timeout: 30_000 })
    await picture(tab, 'detonation-chosen')
  })

  it('settles what may be reached, and keeps what is typed until it is taken', { timeout: 120_000 }, async () => {
    const tab = await open('/machines', operator.people.analyst)
    const { page } = tab
    await settled(page, 'Machines')
    await page.getByText('Never: nothing is let out').waitFor()
    await page.getByRole('button', { name: 'Change' }).click()
    await page.getByRole('checkbox', { name: 'The real network can be chosen' }).check()
    await page.getByRole('checkbox', { name: 'An upstream proxy can be chosen' }).check()
    await page.getByLabel('Host of the proxy').fill('192.168.7.7')
    await page.getByLabel('Port').fill('3128')
    await page.getByRole('radio', { name: 'By a new login' }).check()
    await page.getByLabel('User').fill('vedette')
    await page.getByLabel('Password').fill('not kept here')
    await page.getByLabel('Our own networks').fill('192.0.2.0/24 198.51.100.0/33')
    await page.getByRole('button', { name: 'Settle it' }).click()
    await page.getByText('not 198.51.100.0/33').waitFor()
    await expectCleanHere(tab, 'egress')
    expect(await page.evaluate<string>('JSON.stringify(Object.values(sessionStorage))')).not.toContain('not kept here')
    await page.getByLabel('Our own networks').fill('192.0.2.0/24')
    await page.getByLabel('Host of the proxy').fill('proxy.example')
    await page.getByRole('button', { name: 'Settle it' }).click()
    await page.getByText('proxy.example:3128').waitFor()
    await expectCleanHere(tab, 'machines-settled')
  })

  it('says how far it is, what waits for what, and the state of the farm', { timeout: 120_000 }, async () => {
    const tab = await open('/scanner', operator.people.analyst)
    const { page } = tab
    await settled(page, 'Scanner')
    await handIn(page, 'harmless.pdf', harmless)
    await page.getByRole('list', { name: 'What each environment showed' }).getByText('Not seen in Poppler 22.12.0.').waitFor({ timeout: 30_000 })
    // What was said while it was open is not said any more.
    await region(page, 'Runs')
      .getByRole('link', { name: /^Rendered/ })
      .nth(2)
      .waitFor()
    expect(await region(page, 'Runs').getByText('Is open now').count()).toBe(0)
    await picture(tab, 'detonation-harmless')
    await page.goto('/scanner')
    await settled(page, 'Scanner')
    await handIn(page, 'slow.pdf', slow)
    await page.getByText('37 happenings so far').first().waitFor({ timeout: 30_000 })
    await expectCleanHere(tab, 'detonation-running')
    await page.goto('/machines')
    await settled(page, 'Machines')
    await expectCleanEverywhere(tab, 'machines')
    go.resolve()
  })

  it('says what was not opened, or not to its end, and why', { timeout: 180_000 }, async () => {
    const tab = await open('/scanner', operator.people.analyst)
    const { page } = tab
    await settled(page, 'Scanner')
    await handIn(page, 'stuck.pdf', stuck)
    await page.getByText('It could not be opened in every environment that it was planned for.').waitFor({ timeout: 60_000 })
    await page.getByRole('list', { name: 'What each environment showed' }).getByText('Poppler 22.12.0 says nothing about the document').waitFor()
    await region(page, 'Runs').getByText('Every attempt ended with an error of this Vedette, not of what was opened.').first().waitFor()
    await page.getByTestId('verdict').getByText('None seen, in part', { exact: true }).waitFor()
    await expectCleanHere(tab, 'detonation-in-part')
    await region(page, 'Runs')
      .getByRole('link', { name: /what Poppler 22\.12\.0 showed/ })
      .click()
    await settled(page, 'Poppler 22.12.0')
    await expectCleanHere(tab, 'detonation-silenced-run')
    await page.goto('/scanner')
    await settled(page, 'Scanner')
    await handIn(page, 'notes.txt', Buffer.from('notes of no kind that anything opens'))
    await page.getByText('No environment opens files of this kind.').waitFor({ timeout: 30_000 })
    await expectCleanHere(tab, 'detonation-static-only')
  })

  it('says what to do where nothing is installed', { timeout: 120_000 }, async () => {
    await worker.stop()
    const tab = await open('/machines', operator.people.analyst)
    await tab.page.getByText('vedette guest build').waitFor({ timeout: 30_000 })
    await expectCleanHere(tab, 'machines-none')
    await tab.page.goto('/scanner')
    await settled(tab.page, 'Scanner')
    await tab.page.getByText('How files are opened').click()
    await tab.page.getByText('vedette guest build').waitFor()
    await expectCleanHere(tab, 'hand-in-no-environment')
  })
})
