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
import type { Job } from '#scanner/detonation/sandbox.ts'
import { openPool, type ScanPool } from '#scanner/jail/pool.ts'
import { scanJobs } from '#scanner/submissions/jobs.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { openBrowser, type Tab } from '#test/harness/browser.ts'
import { expectCleanEverywhere, openConsole, picture, settled, type Anybody } from '#test/harness/console-tab.ts'
import { crashed, DROPPED, macroRan, pageOpened, rendered, SHOWN_ENVIRONMENTS } from '#test/harness/detonation/shown-runs.ts'
import { buildDocx, buildVba } from '#test/harness/documents.ts'
import { onePage } from '#test/harness/one-page.ts'
import { seedPeople, type SeededOperator } from '#test/harness/people.ts'
import { replaySandbox } from '#test/harness/replay-sandbox.ts'

const digest = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex')
const contentOf = ({ subject }: Job) => ('url' in subject ? subject.url : subject.document)

const macro = buildDocx({ 'word/vbaProject.bin': buildVba({ ThisDocument: 'Sub Document_Open()\r\n  Shell "calc"\r\nEnd Sub\r\n' }) })
const harmless = Buffer.from(onePage('harmless'))
const crash = Buffer.from(onePage('crash'))
const slow = Buffer.from(onePage('slow'))
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

const sandbox = replaySandbox(
  SHOWN_ENVIRONMENTS,
  async ({ job, described, watcher, answer }) => {
    const bytes = digest(contentOf(job))
    if (bytes === digest(slow)) {
      for (let n = 0; n < 37; n++) watcher.happening?.({ kind: 'viewer', state: 'pending', t: n, rank: 'guest' })
      await go.promise
    }
    const shown =
      bytes === digest(crash)
        ? crashed()
        : bytes === digest(ADDRESS)
          ? pageOpened(ADDRESS)
          : bytes === digest(macro) && job.options.macros
            ? macroRan()
            : rendered()
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
  const farm = openFarm(async () => sandbox, { host: 'worker-1.example', machines: 2, memoryMib: 8192 })
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
    await page.getByRole('dialog').getByRole('img').waitFor()
    await picture(tab, 'detonation-picture')
    await page.getByRole('button', { name: 'Close' }).click()
    const left = region(page, /^Files it left/)
    await left.getByRole('button', { name: `Save ${DROPPED.sha256.slice(0, 16)}` }).click()
    await picture(tab, 'detonation-save')
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save it, never open it' }).click()])
    expect([file.suggestedFilename(), digest(readFileSync(await file.path()))]).toEqual([`${DROPPED.sha256}.bin`, DROPPED.sha256])
  })

  it('shows a crash to whom it may be shown', { timeout: 120_000 }, async () => {
    const tab = await open('/scanner', operator.people.analyst)
    const { page } = tab
    await settled(page, 'Scanner')
    await handIn(page, 'crash.pdf', crash)
    await page.getByRole('list', { name: 'What each environment showed' }).waitFor({ timeout: 30_000 })
    await expectCleanEverywhere(tab, 'detonation-crash')
    await region(page, 'Runs').getByRole('link', { name: 'Crashed: what Poppler 22.12.0 showed, first run' }).click()
    await settled(page, 'Poppler 22.12.0')
    await expectCleanEverywhere(tab, 'detonation-crash-run')
  })

  it('draws what a page did', { timeout: 120_000 }, async () => {
    const tab = await open('/scanner', analyst())
    const { page } = tab
    await settled(page, 'Scanner')
    await page.getByLabel('Address').fill(ADDRESS)
    await page.getByRole('button', { name: 'Open it' }).click()
    await settled(page, 'Submission')
    await page.getByRole('list', { name: 'What each environment showed' }).waitFor({ timeout: 30_000 })
    await expectCleanEverywhere(tab, 'detonation-page')
    await region(page, 'Runs').getByRole('link').first().click()
    await settled(page, /^Chromium/)
    await expectCleanEverywhere(tab, 'detonation-page-run')
  })

  it('says how far it is, what waits for what, and the state of the farm', { timeout: 120_000 }, async () => {
    const tab = await open('/scanner', operator.people.analyst)
    const { page } = tab
    await settled(page, 'Scanner')
    await handIn(page, 'harmless.pdf', harmless)
    await page.getByRole('list', { name: 'What each environment showed' }).getByText('Not seen in Poppler 22.12.0.').waitFor({ timeout: 30_000 })
    await picture(tab, 'detonation-harmless')
    await page.goto('/scanner')
    await settled(page, 'Scanner')
    await handIn(page, 'slow.pdf', slow)
    await page.getByText('37 happenings so far').first().waitFor({ timeout: 30_000 })
    await expectCleanEverywhere(tab, 'detonation-running')
    await page.goto('/machines')
    await settled(page, 'Machines')
    await expectCleanEverywhere(tab, 'machines')
    await page.goto('/zero-day-candidates')
    await settled(page, 'Zero-day candidates')
    await expectCleanEverywhere(tab, 'candidates')
  })
})
