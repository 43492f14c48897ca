import { createHash, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ensureConsole } from '#main/console.ts'
import { discoverConsumers } from '#platform/events/dispatch.ts'
import { eventJobs } from '#platform/events/jobs.ts'
import { startWorker, type Worker } from '#platform/jobs/work.ts'
import { openPool, type ScanPool } from '#scanner/jail/pool.ts'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import { scanJobs } from '#scanner/submissions/jobs.ts'
import { failureOf } from '#scanner/submissions/submission.ts'
import { SCAN_SCHEMA } from '#scanner/verdict/schema.ts'
import { addAuthenticator, openBrowser, openTab, type Tab } from '#test/harness/browser.ts'
import { expectClean, expectCleanEverywhere, openConsole, picture, settled, type Anybody } from '#test/harness/console-tab.ts'
import { testApp, type TestApp } from '#test/harness/app.ts'
import { buildCfb, buildDocx, buildPackage, buildVba, buildZip, equationObject, fontRecord, nativeStream, relationships } from '#test/harness/documents.ts'
import { seedCollection } from '#test/harness/exchange.ts'
import { sarifFaults } from '#test/harness/sarif-check.ts'
import { seedPeople, type SeededOperator } from '#test/harness/people.ts'

const exploit = buildDocx({ 'word/embeddings/oleObject1.bin': equationObject(fontRecord(Buffer.alloc(0x30, 0x41))), 'word/document.xml': '<w:document/>' })
const macro = buildDocx({ 'word/vbaProject.bin': buildVba({ ThisDocument: 'Sub Document_Open()\r\n  Shell "calc"\r\nEnd Sub\r\n' }) })
const harmless = buildDocx({ 'word/document.xml': '<w:document/>' })
const locked = buildZip([{ name: 'inside.doc', bytes: harmless, encrypted: true }])
/** An exploit, techniques, a candidate and parts that stay shut, all inside each other. */
const everything = buildDocx({
  'word/document.xml': '<w:document/>',
  'word/_rels/document.xml.rels': relationships('oleObject', 'http://files.example/page.html!'),
  'word/vbaProject.bin': buildVba({ ThisDocument: 'Sub Document_Open()\r\n  Shell "calc"\r\nEnd Sub\r\n' }),
  'word/embeddings/oleObject1.bin': equationObject(fontRecord(Buffer.alloc(0x30, 0x41))),
  'word/embeddings/oleObject2.bin': buildCfb([{ path: ['\u0001Ole10Native'], bytes: nativeStream(buildPackage('invoice.exe', Buffer.alloc(500, 1))) }]),
  'word/embeddings/a.zip': buildZip([
    { name: 'inside.doc', bytes: harmless, encrypted: true },
    { name: 'letter.docx', bytes: macro },
  ]),
  ...Object.fromEntries([...Array(9)].map((_, n) => [`word/media/text${n}.xml`, '<a/>'])),
})
const octets = 'application/octet-stream'
const STATIC_ONLY = { state: 'static-only', why: 'No environment that opens it was installed when it was scanned.' }

let vedette: TestApp
let url: string
let browser: Browser
let operator: SeededOperator
let pool: ScanPool
let worker: Worker
const tabs: Tab[] = []

beforeAll(async () => {
  await ensureConsole()
  vedette = await testApp()
  url = await vedette.listen()
  browser = await openBrowser()
  ;[operator] = await seedPeople(vedette.app)
  const members = [operator.vendor.id, operator.responder.id].map((organisation) => ({ organisation }))
  await seedCollection(vedette.app, operator.id, members, { findings: true })
  pool = openPool({ processes: 1 })
  worker = await startWorker(vedette.app, { kinds: [...scanJobs(pool), ...eventJobs(await discoverConsumers())] })
})
afterEach(async () => {
  for (const { context } of tabs.splice(0)) await context.close()
})
afterAll(async () => {
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

const row = (page: Page, file: string) => page.getByRole('region', { name: 'Submissions', exact: true }).getByRole('row').filter({ hasText: file })
const analyst = () => operator.vendor.people.analyst

describe('the scanner in the console', () => {
  it('takes documents in, says what each exploits, shows the proof, and deletes', { timeout: 120_000 }, async () => {
    const tab = await open('/scanner', analyst())
    const { page } = tab
    await settled(page, 'Scanner')
    expect(await page.getByRole('radio', { name: /^TLP:AMBER\+STRICT/ }).isChecked()).toBe(true)
    expect(await page.getByRole('checkbox', { name: 'Share the verdict with the exchange' }).isChecked()).toBe(false)
    await page.getByText('Nothing was handed in yet').waitFor()
    await expectClean(tab)
    await picture(tab, 'scanner-empty')

    await page.getByRole('radio', { name: /^TLP:AMBER For/ }).check()
    await page.getByRole('checkbox', { name: 'Share the verdict with the exchange' }).check()
    await page.getByLabel('Files to scan').setInputFiles([
      { name: 'invoice.docx', mimeType: octets, buffer: exploit },
      { name: 'offer.docm', mimeType: octets, buffer: macro },
      { name: 'minutes.docx', mimeType: octets, buffer: harmless },
      { name: 'locked.zip', mimeType: octets, buffer: locked },
      { name: 'nothing.doc', mimeType: octets, buffer: Buffer.alloc(0) },
    ])
    await page.getByText('The file is empty').waitFor()
    await row(page, 'invoice.docx').getByText('Exploit attempted').waitFor()
    await row(page, 'invoice.docx').getByText('CVE-2017-11882').waitFor()
    await row(page, 'offer.docm').getByText('Technique only').waitFor()
    await row(page, 'minutes.docx').getByText('None seen', { exact: true }).waitFor()
    await row(page, 'locked.zip').getByText('None seen, in part').waitFor()
    expect(await row(page, 'invoice.docx').innerText()).toContain('shared')
    await expectClean(tab)
    await picture(tab, 'scanner-full')
    await page.getByRole('button', { name: 'Clear what has ended' }).click()

    await page.getByRole('searchbox', { name: 'Filter submissions' }).fill('CVE-2017')
    await page.getByText('1 of 4').waitFor()
    await page.getByRole('link', { name: 'invoice.docx' }).click()
    await settled(page, 'Submission')
    expect(await page.getByTestId('verdict').innerText()).toContain('It holds everything that it takes to exploit CVE-2017-11882.')
    const proof = page.getByRole('region', { name: /^Proof of/ }).first()
    await proof.getByText('/word/embeddings/oleObject1.bin').first().waitFor()
    await page.getByRole('region', { name: 'Objects', exact: true }).getByText('word/document.xml', { exact: true }).waitFor()
    expect(await page.title()).not.toContain('invoice')
    await expectClean(tab)
    await picture(tab, 'submission-exploit')

    // What was shared has reached another member, without the file's name.
    const other = (await open('/indicators', operator.responder.people.reader)).page
    await other.getByRole('cell', { name: 'CVE-2017-11882', exact: true }).waitFor()
    expect(await other.content()).not.toContain('invoice.docx')

    const saved = async (form: string) => {
      await page.getByRole('button', { name: 'Save report' }).click()
      const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: form }).click()])
      return JSON.parse(readFileSync(await file.path(), 'utf8')) as object
    }
    // No worker of this test opens anything, and the report says so.
    expect(await saved('JSON')).toEqual({ ...JSON.parse(JSON.stringify(scanBytes(exploit))), behaviour: STATIC_ONLY })
    expect(sarifFaults(await saved('SARIF'))).toEqual([])
    expect(JSON.stringify(await saved('STIX'))).toContain('CVE-2017-11882')

    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByText('What was shared with the exchange stays there.').waitFor()
    await expectClean(tab)
    await picture(tab, 'submission-delete')
    await page.getByRole('dialog').getByRole('button', { name: 'Delete for good' }).click()
    await settled(page, 'Scanner')
    await page.getByText('3 in all').waitFor()
    expect(await row(page, 'invoice.docx').count()).toBe(0)
  })

  it.each([
    ['analyst', () => analyst(), 'offer.docm', 'it holds active or deceptive content.'],
    ['operator', () => operator.people.analyst, 'locked.zip', 'in the part that could be examined.'],
  ] as const)('is clean in both schemes, wide and narrow, to the %s', { timeout: 60_000 }, async (who, as, file, verdict) => {
    const tab = await open('/scanner', as())
    const { page } = tab
    await settled(page, 'Scanner')
    await row(page, 'offer.docm').waitFor()
    await expectCleanEverywhere(tab, `scanner-${who}`)
    await page.getByRole('link', { name: file }).click()
    await settled(page, 'Submission')
    await page.getByTestId('verdict').getByText(verdict).waitFor()
    // What somebody else handed in is not theirs to delete.
    expect(await page.getByRole('button', { name: 'Delete' }).count()).toBe(who === 'analyst' ? 1 : 0)
    await expectCleanEverywhere(tab, `submission-${who}`)
  })

  it('offers a reader no place to hand files in and nothing to delete', async () => {
    const { page } = await open('/scanner', operator.vendor.people.reader)
    await settled(page, 'Scanner')
    await row(page, 'offer.docm').getByRole('link').click()
    await settled(page, 'Submission')
    await page.getByTestId('verdict').waitFor()
    expect(await page.getByRole('button', { name: 'Delete' }).count()).toBe(0)
    await page.goBack()
    await settled(page, 'Scanner')
    expect(await page.getByLabel('Files to scan').count()).toBe(0)
  })

  it('lists every object once, also those that are alike', async () => {
    const twins = buildZip([...Array(3)].map(() => ({ name: 'same.txt', bytes: Buffer.from('the same') })))
    const { page } = await open('/scanner', analyst())
    await settled(page, 'Scanner')
    await page.getByLabel('Files to scan').setInputFiles([{ name: 'twins.zip', mimeType: octets, buffer: twins }])
    await row(page, 'twins.zip').getByText('None seen').waitFor()
    await page.getByRole('link', { name: 'twins.zip' }).click()
    await settled(page, 'Submission')
    const objects = page.getByRole('region', { name: 'Objects', exact: true }).first()
    expect(await objects.getByRole('listitem').filter({ hasText: 'same.txt' }).filter({ hasNotText: 'the file' }).count()).toBe(3)
    await objects.getByRole('button', { name: 'Table', exact: true }).click()
    const twin = objects.getByRole('row').filter({ hasText: 'same.txt' })
    expect(await twin.count()).toBe(3)
    for (const filter of ['zip', 'same.txt', '']) await page.getByRole('searchbox', { name: 'Filter objects' }).fill(filter)
    await objects.getByRole('button', { name: 'Size' }).click()
    await page.getByText('4 in all').waitFor()
    expect(await twin.count()).toBe(3)
  })

  it('draws what lies in a file with what was found at its place, and says what was not checked', { timeout: 90_000 }, async () => {
    const tab = await open('/scanner', analyst())
    const { page, context } = tab
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await settled(page, 'Scanner')
    await page.getByLabel('Files to scan').setInputFiles([{ name: 'everything.docm', mimeType: octets, buffer: everything }])
    await row(page, 'everything.docm').getByText('Exploit attempted').waitFor()
    await page.getByRole('link', { name: 'everything.docm' }).click()
    await settled(page, 'Submission')
    const { verdict, extracted } = scanBytes(everything)

    const tree = page.getByRole('list', { name: 'What lies in the file' })
    const node = (name: string) => tree.getByRole('listitem').filter({ hasText: name }).last()
    await node('Equation Native').getByText('CVE-2017-11882').waitFor()
    await node('VBA/ThisDocument').getByText('vba-autoexec').waitFor()
    await node('inside.doc').getByText('not examined').waitFor()
    // What nothing stands at is folded away, and comes on demand.
    expect(await tree.getByText('text8.xml').count()).toBe(0)
    await tree.getByRole('button', { name: /objects more, without findings/ }).click()
    await tree.getByText('word/media/text8.xml', { exact: true }).waitFor()
    await tree.getByRole('button', { name: 'Copy the SHA-256 of /word/vbaProject.bin:' }).click()
    expect(await page.evaluate<string>('navigator.clipboard.readText()')).toBe(extracted.find(({ path }) => path === '/word/vbaProject.bin')!.sha256)

    await page
      .getByRole('region', { name: /^Not checked/ })
      .first()
      .getByText('inside.doc')
      .waitFor()
    const candidates = page.getByRole('region', { name: 'Candidates, which are not named' })
    await candidates.getByText(verdict.candidates[0]!.id).waitFor()
    expect(await page.getByRole('link', { name: 'ATT&CK T1059.005' }).first().getAttribute('href')).toBe('https://attack.mitre.org/techniques/T1059/005/')
    const seen = page.getByRole('region', { name: 'Seen where', exact: true }).first()
    await seen.getByText(`${verdict.seen.length} in all`).waitFor()
    await page.getByRole('searchbox', { name: 'Filter seen where' }).fill('0x26')
    await seen.getByText(`2 of ${verdict.seen.length}`).waitFor()
    await page.getByRole('searchbox', { name: 'Filter seen where' }).fill('')
    await expectCleanEverywhere(tab, 'submission-everything')
  })

  it('says what failed, and what could not be read', { timeout: 60_000 }, async () => {
    const tab = await open('/scanner', analyst())
    const { page } = tab
    await settled(page, 'Scanner')
    const { rows } = await vedette.database.superuser.query<{ id: string }>("select id from submission where outcome = 'complete' limit 1")
    const answer = async (change: object) => {
      await page.route(`**/api/submissions/${rows[0]!.id}`, async (route) => route.fulfill({ json: { ...(await (await route.fetch()).json()), ...change } }))
      await page.goto(`/scanner/${rows[0]!.id}`)
      await settled(page, 'Submission')
    }
    await answer({ state: 'failed', outcome: null, exploit: null, cves: [], failure: failureOf('SCAN_FAILED') })
    await page.getByText('There is no verdict: the scan failed.').waitFor()
    await expectCleanEverywhere(tab, 'submission-failed')
    await page.unrouteAll()
    const reason = { code: 'limit', limit: 'cpu', detail: 'reading it takes more than 5 s of processor time' }
    await page.route('**/report', (route) => route.fulfill({ json: { schema: SCAN_SCHEMA, outcome: 'not-scanned', reason, behaviour: STATIC_ONLY } }))
    await answer({ outcome: 'not-scanned', exploit: null, cves: [], type: null })
    await page.getByText('There is no verdict: the file could not be examined.').waitFor()
    await expectCleanEverywhere(tab, 'submission-not-scanned')
  })

  describe('what somebody was about to hand in', () => {
    const handIn = async (page: Page, name: string) => {
      await page.route(/\/api\/submissions\?tlp=/, (route) => route.abort(), { times: 1 })
      await page.getByLabel('Files to scan').setInputFiles([{ name, mimeType: octets, buffer: Buffer.from(name) }])
      await page.getByRole('button', { name: `Send again: ${name}` }).waitFor()
    }
    const become = async (context: BrowserContext, { session }: Anybody) => {
      const [name = '', value = ''] = session.cookie.split('=')
      await context.addCookies([{ name, value, url, httpOnly: true, sameSite: 'Strict' }])
    }
    const invite = async (name: string) => {
      const headers = { ...operator.people['membership-officer'].session, 'content-type': 'application/json', 'idempotency-key': randomUUID() }
      const body = JSON.stringify({ name, organisation: operator.vendor.id, roles: ['analyst'] })
      const answer = await fetch(`${url}/api/people`, { method: 'POST', headers, body })
      return ((await answer.json()) as { link: { url: string } }).link.url
    }
    const handedIn = async (bytes: string) => {
      const digest = createHash('sha256').update(bytes).digest('hex')
      const { rows } = await vedette.database.superuser.query<{ submitted_by: string }>('select submitted_by from submission where sha256 = $1', [digest])
      return rows.map((row) => row.submitted_by)
    }

    it('is gone from the tab when another person signs in, and is still there for the same one', { timeout: 60_000 }, async () => {
      const link = await invite('Colleague at the same tab')
      const tab = await openTab(browser, url)
      tabs.push(tab)
      const { page, context } = tab
      await addAuthenticator(tab)
      await page.goto(link)
      await page.getByRole('button', { name: 'Go on' }).click()
      await page.getByRole('button', { name: 'Enrol a passkey' }).click()
      await settled(page, 'Home')
      const transfers = page.getByRole('region', { name: 'Files on their way' })
      const signInAgain = async (unseen: string) => {
        await context.clearCookies()
        await page.getByRole('link', { name: unseen }).first().click()
        await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
        await page.getByRole('link', { name: 'Scanner' }).first().click()
        await settled(page, 'Scanner')
      }
      await become(context, analyst())
      await page.goto('/scanner')
      await handIn(page, 'theirs.txt')
      await signInAgain('Inbox')
      expect(await transfers.count()).toBe(0)
      // Control: the same document lived on, and keeps what its own person was about to hand in.
      await handIn(page, 'mine.txt')
      await signInAgain('Indicators')
      await transfers.getByText('mine.txt').waitFor()
    })

    it('is not sent in the name of another person who has signed in meanwhile', { timeout: 60_000 }, async () => {
      const { page, context } = await open('/scanner', analyst())
      await settled(page, 'Scanner')
      // Control: the person who began it sends it again.
      await handIn(page, 'first.txt')
      await page.getByRole('button', { name: 'Send again: first.txt' }).click()
      await page.getByText('Handed in.').waitFor()
      expect(await handedIn('first.txt')).toEqual([analyst().id])
      await handIn(page, 'second.txt')
      await become(context, operator.vendor.people.admin)
      await page.getByRole('button', { name: 'Send again: second.txt' }).click()
      await page.getByRole('region', { name: 'Files on their way' }).waitFor({ state: 'detached' })
      expect(await handedIn('second.txt')).toEqual([])
    })
  })

  it('leads whoever may not see a submission nowhere', async () => {
    const { page } = await open('/scanner', operator.people.author)
    await settled(page, 'Nothing is here for you')
    const [first] = await vedette.app.db.read(operator.people.analyst.actor, (tx) => tx.db.selectFrom('submission').select('id').limit(1).execute())
    await page.goto(`/scanner/${first!.id}`)
    await settled(page, 'Nothing is here for you')
    const other = await open(`/scanner/${first!.id}`, operator.responder.people.admin)
    await other.page.getByText('Nothing is here for you').waitFor()
    expect(await other.page.content()).not.toContain('offer.docm')
  })
})
