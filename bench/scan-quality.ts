import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import type { ScanReport } from '#scanner/verdict/contract.ts'
import { documentsOf, LABELS, PASSWORDS } from '#test/corpus/labels.ts'
import { figure } from './figure.ts'
import { findCorpora } from './harness/corpora.ts'

/**
 * What the static scanner says of real documents, by folder: `bin/run bench/scan-quality.ts [CORPORA]`. Verdicts, what stayed unexamined, the
 * slowest file, how far the labels in file names agree; on standard error each benign document that is called an exploit, and each label that is not
 * met. Corpora are only read, and skipped where they are absent.
 */
const FOLDERS = ['oletools', 'maldoca', 'yara-x', 'poi', 'tika', 'pdfjs', 'qpdf']
const SLOWEST = 20
const BENIGN = new Set(['poi', 'tika', 'pdfjs', 'qpdf'])

const root = findCorpora(process.argv[2])
if (root === undefined) console.error('no corpora: VEDETTE_CORPORA names no folder, and none lies beside the checkout')
else {
  const all: (Scanned & { readonly folder: string })[] = []
  for (const folder of FOLDERS.filter((name) => existsSync(join(root, name)))) {
    const scanned = scanFolder(join(root, folder))
    printFolder(folder, scanned)
    all.push(...scanned.map((one) => ({ ...one, folder })))
  }
  console.error('the slowest files (CPU ms, the first of each kind with the compiling of its reader)')
  for (const { folder, file, report, cpuMs } of all.sort((a, b) => b.cpuMs - a.cpuMs).slice(0, SLOWEST))
    console.error(`  ${cpuMs.toFixed(0).padStart(5)}  ${folder}/${file} (${report.type}, ${report.size} bytes)`)
}

interface Scanned {
  readonly file: string
  readonly report: ScanReport
  readonly cpuMs: number
}

function scanFolder(path: string): Scanned[] {
  const scanned: Scanned[] = []
  for (const { file, bytes } of documentsOf(path)) {
    const before = process.cpuUsage()
    try {
      const report = scanBytes(bytes, { passwords: PASSWORDS })
      const { user, system } = process.cpuUsage(before)
      scanned.push({ file, report, cpuMs: (user + system) / 1000 })
    } catch (error) {
      console.error(`  uncaught: ${file}: ${String(error)}`)
      process.exitCode = 1
    }
  }
  return scanned
}

function printFolder(folder: string, scanned: readonly Scanned[]): void {
  const count = (what: string, test: (report: ScanReport) => boolean) =>
    figure(`${folder}: ${what}`, scanned.filter(({ report }) => test(report)).length, 'files')
  count('files', () => true)
  for (const exploit of ['attempted', 'technique-only', 'none-seen'] as const) count(exploit, ({ verdict }) => verdict.exploit === exploit)
  for (const outcome of ['complete', 'incomplete', 'refused'] as const) count(outcome, (report) => report.outcome === outcome)
  const slowest = scanned.reduce((most, one) => (one.cpuMs > most.cpuMs ? one : most))
  figure(`${folder}: the slowest file (${slowest.file})`, slowest.cpuMs, 'CPU ms')
  for (const { file, report } of scanned.filter(({ report }) => report.verdict.cve.length > 0))
    console.error(`  ${BENIGN.has(folder) ? 'called an exploit' : 'named'}: ${folder}/${file}: ${report.verdict.cve.map(({ id }) => id).join(' ')}`)
  for (const label of LABELS.filter((one) => one.folder === folder)) {
    const labelled = scanned.filter(({ file }) => label.pattern.test(file))
    const wrong = labelled.filter(({ report }) => !label.agrees(report))
    figure(`${folder}: of ${labelled.length} named ${label.name} agree`, labelled.length - wrong.length, 'files')
    for (const { file } of wrong) console.error(`  does not agree: ${folder}/${file}`)
  }
}
