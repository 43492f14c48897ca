import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPool } from '#scanner/jail/pool.ts'
import type { Cost } from '#scanner/jail/process.ts'
import { documentsOf } from '#test/corpus/labels.ts'
import { figure } from './figure.ts'
import { findCorpora } from './harness/corpora.ts'
import { LARGE } from './harness/large/kinds.ts'
import { measurePeer, PEERS, type Peer } from './harness/peers.ts'
import { largest, measure, warmPool } from './harness/scan-load.ts'

/**
 * How fast the static scanner is: `bin/run bench/scan.ts [CORPORA]`. CPU of the asking process and of the reading process together, warm, beside
 * the peers in the same run where Python finds them. Corpora are only read, and skipped where they are absent.
 */
const MIB = 2 ** 20
const LARGE_BYTES = 50_000_000
/** What decides on a key derivation of 100,000 rounds costs that, whoever reads it (MS-OFFCRYPTO, agile encryption). */
const AGILE = Buffer.from('http://schemas.microsoft.com/office/2006/encryption', 'latin1')

const root = findCorpora(process.argv[2])
const folder = mkdtempSync(join(tmpdir(), 'vedette-bench-'))
try {
  measureVersion()
  await measureFirst()
  if (root === undefined) console.error('no corpora: VEDETTE_CORPORA names no folder, and none lies beside the checkout')
  else {
    await measureFolder(root, 'oletools', 10)
    await measureFolder(root, 'poi', 1)
  }
  await measureLarge('RTF', PEERS.rtfobj)
  await measureLarge('PDF', PEERS.pdfid)
  await measureLarge('PDF of small objects', PEERS.pdfid)
  for (const kind of Object.keys(LARGE).filter((one) => one !== 'RTF' && !one.startsWith('PDF'))) await measureLarge(kind)
} finally {
  rmSync(folder, { recursive: true })
}

function measureVersion(): void {
  const vedette = join(import.meta.dirname, '../bin/vedette')
  const times = Array.from({ length: 5 }, () => {
    const { stderr } = spawnSync('/bin/sh', ['-c', '"$0" --version > /dev/null; times >&2', vedette], { encoding: 'utf8' })
    return (
      [
        ...stderr
          .trim()
          .split('\n')
          .at(-1)!
          .matchAll(/(\d+)m([\d.]+)s/g),
      ].reduce((sum, [, m, s]) => sum + Number(m) * 60 + Number(s), 0) * 1000
    )
  })
  figure('vedette --version, median of 5', times.sort((a, b) => a - b)[2]!, 'CPU ms')
}

/** What a reading process costs from its start to the answer about its first, small file. */
async function measureFirst(): Promise<void> {
  const costs: number[] = []
  for (let n = 0; n < 5; n++) {
    const pool = openPool({ processes: 1 })
    await pool.scan(Buffer.from('{\\rtf1 one}'), undefined, { tellCost: ({ cpuMs }: Cost) => costs.push(cpuMs) })
    pool.close()
  }
  figure('a reading process with its first small file, median of 5', costs.sort((a, b) => a - b)[2]!, 'CPU ms')
}

async function measureFolder(corpora: string, name: string, rounds: number): Promise<void> {
  const documents = [...documentsOf(join(corpora, name))]
  const agile = documents.filter(({ bytes }) => bytes.includes(AGILE))
  const others = documents.filter((one) => !agile.includes(one))
  const pool = await warmPool(
    others.map(({ bytes }) => bytes),
    rounds + 5,
  )
  try {
    const many = Array.from({ length: rounds }, () => others.map(({ bytes }) => bytes)).flat()
    const { cpuSeconds, results } = await measure(pool, many)
    figure(`${name}: ${others.length} files, warm, both processes`, many.length / cpuSeconds, 'files per CPU-second')
    figure(`${name}: the same by size`, many.reduce((sum, { length }) => sum + length, 0) / MIB / cpuSeconds, 'MiB per CPU-second')
    figure(`${name}: without an answer`, results.filter(({ outcome }) => outcome === 'not-scanned').length, 'files')
    if (agile.length > 0) {
      const locked = await measure(
        pool,
        agile.map(({ bytes }) => bytes),
      )
      figure(`${name}: ${agile.length} files with agile encryption`, (locked.cpuSeconds / agile.length) * 1000, 'CPU ms a file')
    }
  } finally {
    pool.close()
  }
  peer(
    PEERS.olevba,
    `${name}: `,
    others.map(({ file }) => join(corpora, name, file)),
    (seconds) => [others.length / seconds, 'files per CPU-second'],
  )
}

async function measureLarge(kind: string, other?: Peer): Promise<void> {
  const bytes = LARGE[kind]!(LARGE_BYTES)
  const pool = await warmPool([LARGE[kind]!(2_000_000)], 5)
  const { cpuSeconds, results } = await measure(pool, [bytes])
  const { peakMiB } = largest()
  pool.close()
  const [result] = results
  if (result!.outcome === 'not-scanned') console.error(`${kind}: ${result!.reason.detail}`)
  else for (const why of new Set(result!.verdict.not_checked.map(({ what, why }) => `${what}, ${why}`))) console.error(`${kind}: not examined: ${why}`)
  figure(`${kind} of ${Math.round(bytes.length / 1e6)} MB`, bytes.length / 1e6 / cpuSeconds, 'MB per CPU-second')
  figure(`${kind}: peak memory of the reading process`, peakMiB, 'MiB')
  if (!other) return
  const path = join(folder, `large.${kind.slice(0, 3).toLowerCase()}`)
  writeFileSync(path, bytes)
  peer(other, `${kind}: `, [path], (seconds) => [bytes.length / 1e6 / seconds, 'MB per CPU-second'])
}

function peer(one: Peer, prefix: string, paths: readonly string[], figureOf: (seconds: number) => readonly [number, string]): void {
  const measured = measurePeer(one, paths)
  if (!measured) {
    console.error(`${prefix}${one.name} is not installed here (Python does not find it): no figure beside ours`)
    return
  }
  const [value, unit] = figureOf(measured.cpuSeconds)
  figure(`${prefix}${one.name}, warm, the same files, ${measured.errors} errors`, value, unit)
}
