import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { thisMachine } from '#platform/clock/machine.ts'
import { pageText } from '#cli/page-text.ts'
import { openAtHand } from '#scanner/detonation/drivers/at-hand.ts'
import { harOf } from '#scanner/detonation/egress/har.ts'
import { reportOfPage } from '#scanner/detonation/page/page-report.ts'
import { INSIDE, openOutside, PUBLIC, whyRefused } from '#test/harness/outside.ts'
import { siteOf } from '#test/harness/site.ts'

/**
 * Opens a page by its address in a real guest, from a stand-in for the outside network, and says what of it was not seen:
 * `VEDETTE_DATA=... bin/run bench/detonation-page.ts ENV [FOLDER]` (report, HAR, pictures and bodies go into the folder). As root.
 */
const [name, folder] = process.argv.slice(2)
const dataDir = process.env['VEDETTE_DATA']
if (name === undefined || dataDir === undefined) throw new Error('VEDETTE_DATA and the name of an environment are needed')
const now = () => new Date(thisMachine().wallMs())
const started = now()
const outside = await openOutside(siteOf(() => outside.tlsPort))
const { sandbox } = await openAtHand({ dataDir, clock: { now } })
const keep = (file: string, content: string | Uint8Array) => folder !== undefined && writeFileSync(join(folder, file), content)
if (folder !== undefined) mkdirSync(folder, { recursive: true })
try {
  const names: Readonly<Record<string, string>> = { 'site.example': PUBLIC, 'second.example': PUBLIC, 'inside.example': INSIDE }
  const resolve = async (host: string) => (names[host] === undefined ? [] : [{ address: names[host], family: 4 }])
  const start = `http://site.example:${outside.port}/start`
  const seen = await sandbox.detonate(
    {
      environment: name,
      subject: { url: start },
      options: { macros: false, egress: 'direct', checkHeap: false },
      wayOut: { ownNetworks: [], resolve, whyRefused },
    },
    { artefact: ({ sha256, bytes }) => keep(sha256, bytes) },
  )
  const page = reportOfPage(start, seen.happenings, seen.network ?? [])
  keep('report.json', JSON.stringify({ ...seen, page }))
  keep('page.har', JSON.stringify(harOf(seen.network ?? [], started, 'bench')))
  console.log(pageText(page))
  console.log(
    `${seen.end} after ${(seen.dwell_ms / 1000).toFixed(1)} s: ${seen.why_ended}; signals: ${seen.signals.map(({ id, weight }) => `${weight} ${id}`).join(', ')}`,
  )
  const last = `https://site.example:${outside.tlsPort}/final?`
  const wanted: Readonly<Record<string, boolean>> = {
    'the redirects with their causes': ['http', 'meta', 'script', 'form'].every((cause) => page.redirects.some((one) => one.cause === cause)),
    'the last page': page.final === last,
    'its script as a resource below it': page.resources.some(
      ({ url, parent }) => url.endsWith('/script.js') && parent !== undefined && page.resources[parent]!.url === last,
    ),
    'the body of its script': page.resources.some(({ url, sha256 }) => url.endsWith('/script.js') && sha256 !== undefined),
    'a script by eval': page.scripts.some(({ how, sha256 }) => how === 'eval' && sha256 !== undefined),
    'a module of WebAssembly': page.scripts.some(({ how }) => how === 'WebAssembly'),
    'the launch of a scheme': page.schemes.some(({ url }) => url.startsWith('search-ms:')),
    'the write to the clipboard': page.clipboard.some(({ text }) => text.includes('powershell')),
    'the download': page.downloads.some((one) => one.name === 'invoice.docm'),
    'the dialog': page.dialogs.some(({ text }) => text.includes('a question')),
    'the console': page.console.some(({ text }) => text.includes('a word')),
    'the certificate': page.certificates.some(({ host, chain }) => host.startsWith('site.example') && chain.length > 0),
    'a picture': page.screens.length > 0,
    'that nothing inside was reached': outside.inside.length === 0,
    'the end': seen.end === 'rendered',
  }
  const missing = Object.entries(wanted).flatMap(([what, was]) => (was ? [] : [what]))
  console.log(missing.length === 0 ? 'all was seen' : `NOT SEEN: ${missing.join('; ')}`)
  if (missing.length > 0) process.exitCode = 1
} finally {
  await sandbox.close()
  await outside.close()
}
