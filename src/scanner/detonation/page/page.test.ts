import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { INSIDE, openOutside, PUBLIC, whyRefused, type Outside } from '#test/harness/outside.ts'
import { siteOf } from '#test/harness/site.ts'
import { Happening, type Egress } from '../contract.ts'
import type { Exchange } from '../egress/exchange.ts'
import { happeningsOf, reportedIn } from '../egress/happenings.ts'
import { openWayOut } from '../egress/way-out.ts'
import { PageReport, reportOfPage } from './page-report.ts'

const AGENT = fileURLToPath(new URL('../../../../guest/agent', import.meta.url))
const VIEW = fileURLToPath(new URL('../../../../test/harness/view_page.py', import.meta.url))
const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex')

interface Seen {
  readonly happenings: Happening[]
  readonly exchanges: readonly Exchange[]
  readonly artefacts: { of: string; bytes: Buffer }[]
  readonly bodies: Set<string>
  readonly report: PageReport
  readonly end: string | null
}

interface Said {
  happening?: object
  artefact?: string
  told?: { number?: number }
  data?: string
  end?: string | null
}

/** Opens an address in the guest's viewer, forwarder and proxy as they are; only the machine around them is missing. */
async function view(address: string, egress: Egress, names: Readonly<Record<string, string>> = {}): Promise<Seen> {
  const home = mkdtempSync(join(tmpdir(), 'vedette-page-'))
  const forwarder = spawn('python3', ['-IB', join(AGENT, 'egress.py'), '--fd', '3', '--listen', '0', '--names', '0'], {
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
  })
  const bodies = new Set<string>()
  const resolve = async (host: string) => (names[host] === undefined ? [] : [{ address: names[host], family: 4 }])
  const way = await openWayOut(forwarder.stdio[3] as Duplex, egress, { ownNetworks: [], resolve, whyRefused }, new Date(), (body) => bodies.add(body.sha256))
  try {
    const [port] = (await once(forwarder.stdout!, 'data')) as [Buffer]
    const viewer = spawn('python3', ['-B', VIEW, AGENT, home, `http://127.0.0.1:${String(port).split(' ')[0]}`, address, 'cold'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const told: Happening[] = []
    const artefacts: Seen['artefacts'] = []
    let end: string | null = 'nothing'
    for await (const line of createInterface({ input: viewer.stdout })) {
      const said = JSON.parse(line) as Said
      if (said.happening) told.push(Happening.parse({ ...said.happening, t: 0, rank: 'guest' }))
      if (said.end !== undefined) end = said.end
      if (said.artefact === undefined) continue
      const bytes = Buffer.from(said.data!, 'base64')
      artefacts.push({ of: said.artefact, bytes })
      if (said.artefact === 'picture')
        told.push({
          kind: 'picture',
          of: 'screen',
          t: 0,
          rank: 'guest',
          number: said.told!.number!,
          sha256: sha256(bytes),
          size: bytes.length,
          width: bytes.readUInt32BE(16),
          height: bytes.readUInt32BE(20),
        })
    }
    const { exchanges } = await way.end()
    const happenings = [...told, ...happeningsOf(exchanges, reportedIn(told))]
    return { happenings, exchanges, artefacts, bodies, report: PageReport.parse(reportOfPage(address, happenings, exchanges)), end }
  } finally {
    forwarder.kill('SIGKILL')
    rmSync(home, { recursive: true, force: true, maxRetries: 10 })
  }
}

describe.skipIf(!existsSync('/usr/bin/chromium'))('a page in a real Chromium', () => {
  let outside: Outside
  beforeAll(async () => {
    outside = await openOutside(siteOf(() => outside.tlsPort))
  })
  afterAll(() => outside.close())

  it('shows all that it does, and reaches nothing inside', { timeout: 120_000 }, async () => {
    const names = { 'site.example': PUBLIC, 'second.example': PUBLIC, 'inside.example': INSIDE }
    const start = `http://site.example:${outside.port}/start`
    const { report, exchanges, artefacts, bodies, happenings, end } = await view(start, 'direct', names)
    const { tlsPort } = outside
    if (process.env['SHOW']) writeFileSync(process.env['SHOW'], JSON.stringify({ report, exchanges, happenings, end }, null, 1))
    // Nothing inside was reached: by a name, a redirect, an address, a mapped address, a WebSocket. The traps are at the very same ports.
    expect(outside.inside).toEqual([])
    const refused = exchanges.filter(({ outcome }) => outcome === 'refused').map(({ url }) => url)
    for (const url of [
      `https://inside.example:${tlsPort}/inside.png`,
      `https://${INSIDE}:${tlsPort}/redirected`,
      'https://169.254.169.254/latest/meta-data/',
      `https://[::ffff:7f00:1]:${tlsPort}/mapped`,
      `https://inside.example:${tlsPort}/socket`,
    ])
      expect(refused).toContain(url)

    expect(end).toBeNull()
    expect(report.final).toBe(`https://site.example:${tlsPort}/final?`)
    expect(report.title).toBe('The last page')
    expect(report.redirects.map(({ cause, to }) => [cause, new URL(to).pathname])).toEqual(
      expect.arrayContaining([
        ['http', '/second'],
        ['meta', '/third'],
        ['script', '/form'],
        ['form', '/final'],
      ]),
    )
    const script = report.resources.find(({ url }) => url.endsWith('/script.js'))!
    expect(script).toMatchObject({ as: 'Script', outcome: 'answered', address: PUBLIC, sha256: sha256('window.ran = true') })
    expect(report.resources[script.parent!]!.url).toBe(report.final)
    expect(bodies).toContain(sha256('window.ran = true'))
    expect(report.scripts.map(({ how }) => how)).toEqual(expect.arrayContaining(['eval', 'inline', 'WebAssembly']))
    expect(artefacts.map(({ bytes }) => bytes.toString('latin1', 0, 40))).toEqual(expect.arrayContaining(['window.made = "by eval"', 'downloaded bytes']))
    expect(report.screens.length).toBeGreaterThanOrEqual(2)
    expect(report.console.map(({ text }) => text)).toContain('log: a word 7')
    expect(report.dialogs).toMatchObject([{ text: 'alert: a question' }])
    expect(report.schemes).toMatchObject([{ url: 'search-ms:query=x&crumb=location:share', cause: 'script' }])
    expect(report.clipboard.map(({ text }) => text)).toContain('powershell -enc AAAA')
    expect(report.downloads).toMatchObject([{ name: 'invoice.docm' }])
    expect(report.workers.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['worker', 'service_worker']))
    expect(report.sockets).toMatchObject([{ url: `wss://inside.example:${tlsPort}/socket` }])
    expect(report.certificates.map(({ host, valid }) => [host, valid])).toEqual([[`site.example:${tlsPort}`, false]])
    expect(report.heap.length).toBeGreaterThan(0)
    // The browser told of every request that the proxy saw.
    expect(report.unreported).toEqual([])
    // Control: a request that is taken from its account is found missing.
    const without = happenings.filter((one) => one.kind !== 'page' || !one.url?.endsWith('/api'))
    expect(happeningsOf(exchanges, reportedIn(without)).filter(({ kind }) => kind === 'unreported')).toMatchObject([
      { method: 'POST', url: `https://site.example:${tlsPort}/api` },
    ])
  })

  it('of a document passes nothing when egress is off, and shows what it tried', { timeout: 120_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vedette-page-'))
    const path = join(folder, 'letter.html')
    writeFileSync(
      path,
      `<title>Letter</title><p>Dear<img src="http://${PUBLIC}:${outside.port}/file.bin?id=7"><iframe src="https://command.example/stage"></iframe>`,
    )
    const { report, exchanges } = await view(path, 'none')
    rmSync(folder, { recursive: true })
    expect(report).toMatchObject({ title: 'Letter', unreported: [] })
    expect(exchanges.map(({ url, outcome }) => [url, outcome])).toEqual(
      expect.arrayContaining([
        [`http://${PUBLIC}:${outside.port}/file.bin?id=7`, 'refused'],
        ['https://command.example/stage', 'refused'],
      ]),
    )
  })

  it('that leads to a PDF is what the viewer of PDF says of that', { timeout: 120_000 }, async () => {
    const { happenings, end } = await view(`http://site.example:${outside.port}/to-pdf`, 'direct', { 'site.example': PUBLIC })
    const states = happenings.flatMap((one) => (one.kind === 'viewer' ? [`${one.state}: ${one.detail ?? ''}`] : []))
    expect([end, states.at(-1)]).toEqual([null, 'refused: its viewer of PDF could not read it'])
  })

  it('is pressed in its frames and shadow trees, too, and nowhere that a visitor does not see', { timeout: 120_000 }, async () => {
    const names = { 'site.example': PUBLIC, 'second.example': PUBLIC }
    const { report, happenings, artefacts, end } = await view(`http://site.example:${outside.port}/frames`, 'direct', names)
    expect(end).toBeNull()
    expect([report.final, report.title]).toEqual([`http://site.example:${outside.port}/frames`, 'Frames'])
    expect(artefacts.some(({ bytes }) => bytes.includes('<div id="host">'))).toBe(true)
    const pressed = report.console.flatMap(({ text }) => (text.startsWith('log: pressed') ? [text] : []))
    expect(pressed.sort()).toEqual(['log: pressed in the frame', 'log: pressed in the inner frame', 'log: pressed in the shadow'])
    expect(happenings.findLast((one) => one.kind === 'viewer')).toMatchObject({ state: 'rendered', detail: 'settled' })
  })
})
