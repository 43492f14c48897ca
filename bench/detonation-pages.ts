import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { thisMachine } from '#platform/clock/machine.ts'
import { openAtHand } from '#scanner/detonation/drivers/at-hand.ts'
import { supportsNotSeen } from '#scanner/detonation/signals/differential.ts'
import { ORDINARY_PAGES, ordinarySite } from '#test/harness/ordinary-site.ts'
import { openOutside, PUBLIC, whyRefused } from '#test/harness/outside.ts'

/**
 * Opens harmless pages by their addresses in real guests, from a stand-in for the outside network: `VEDETTE_DATA=... bin/run bench/detonation-pages.ts ENV [FOLDER]`. Says how each
 * ended and what was found; fails where anything weighs more than odd, or where a run does not say that nothing was seen. The reports go into the folder, from which
 * `vedette guest learn --add` takes what is ordinary. As root.
 */
const [name, folder] = process.argv.slice(2)
const dataDir = process.env['VEDETTE_DATA']
if (name === undefined || dataDir === undefined) throw new Error('VEDETTE_DATA and the name of an environment are needed')
if (folder !== undefined) mkdirSync(folder, { recursive: true })
const MOST_TOLD = 10
const outside = await openOutside(ordinarySite)
const { sandbox } = await openAtHand({ dataDir, clock: { now: () => new Date(thisMachine().wallMs()) } })
let good = 0
try {
  for (const [at, page] of ORDINARY_PAGES.entries()) {
    // Every second one with TLS.
    const url = at % 2 === 0 ? `http://www.example:${outside.port}/${page}` : `https://www.example:${outside.tlsPort}/${page}`
    const resolve = async () => [{ address: PUBLIC, family: 4 }]
    const options = { macros: false, egress: 'direct', checkHeap: false } as const
    const seen = await sandbox.detonate({ environment: name, subject: { url }, options, wayOut: { ownNetworks: [], resolve, whyRefused } })
    if (folder !== undefined) writeFileSync(join(folder, `${page}.json`), JSON.stringify(seen))
    const harmless = supportsNotSeen(seen) && seen.signals.every(({ weight }) => weight === 'odd')
    if (harmless) good++
    console.log(`${harmless ? 'ok    ' : 'FAILED'} ${page}: ${seen.end} after ${(seen.dwell_ms / 1000).toFixed(1)} s (${seen.why_ended})`)
    for (const { id, weight, why } of seen.signals.slice(0, MOST_TOLD)) console.log(`         ${weight} ${id}: ${why}`)
    if (seen.signals.length > MOST_TOLD) console.log(`         and ${seen.signals.length - MOST_TOLD} more`)
  }
} finally {
  await sandbox.close()
  await outside.close()
}
console.log(`${good} of ${ORDINARY_PAGES.length} pages: nothing was seen`)
if (good < ORDINARY_PAGES.length) process.exitCode = 1
