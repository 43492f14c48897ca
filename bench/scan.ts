import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { openZip } from '#scanner/formats/zip.ts'
import { Budget, LIMITS } from '#scanner/intake/limits.ts'
import { unpack } from '#scanner/intake/unpack.ts'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import type { ScanLine, ScanReport } from '#scanner/verdict/contract.ts'
import { figure } from './figure.ts'

/**
 * The static scanner over real documents: `bin/run bench/scan.ts [FOLDER]`. Prints files per CPU-second and verdicts for each
 * folder, what is claimed on benign sets, and how far the verdicts agree with the labels in file names; then what the whole
 * command costs over everything in the corpus, reading processes included. The corpus is only read, and skipped where it is
 * absent. Files that are kept XORed with 0x42 are undone in memory; to the command they are data.
 */
const root =
  process.argv[2] ??
  ['../shared/corpora', '/work/shared/corpora'].map((path) => join(import.meta.dirname, '..', path)).find((path) => existsSync(path)) ??
  '/work/shared/corpora'
const FOLDERS = ['oletools', 'maldoca', 'yara-x', 'poi', 'tika', 'pdfjs', 'qpdf']
const BENIGN = new Set(['poi', 'tika', 'pdfjs', 'qpdf'])
const XORED = /_xor_0x42_encoded(\.\w+)?$/

interface Scanned {
  readonly file: string
  readonly report: ScanReport
  readonly cpuMs: number
}

/** What the names of the oletools files promise. One whose content is encrypted cannot agree, and is counted apart. */
const LABELS: readonly (readonly [label: string, pattern: RegExp, agrees: (report: ScanReport) => boolean])[] = [
  ['dde-*', /^dde-/, (report) => has(report, 'dde')],
  ['harmless-*', /^harmless-/, (report) => report.verdict.exploit === 'none-seen' && report.outcome === 'complete'],
  ['external_link', /external_link/, (report) => has(report, 'external-relationship')],
  ['embedded-*', /^embedded-/, (report) => has(report, 'embedded-package')],
  [
    'sample_with_lnk_*, *calc_embedded',
    /^sample_with_(lnk|calc)/,
    (report) => report.verdict.techniques.some(({ id, severity }) => id === 'embedded-package' && severity === 'high'),
  ],
  ['excel4_*', /^excel4_/, (report) => has(report, 'excel4-macro')],
]

if (!existsSync(root)) console.log(`skipped: there is no corpus at ${root}`)
else {
  for (const folder of FOLDERS.filter((name) => existsSync(join(root, name)))) printFolder(folder, scanFolder(join(root, folder)))
  printCommand(root)
}

/** `vedette scan --json` over the whole corpus in one run. The shell counts the processor time of what it started and of what that started. */
function printCommand(folder: string): void {
  const vedette = join(import.meta.dirname, '../bin/vedette')
  const run = spawnSync('/bin/sh', ['-c', '"$0" scan --json "$1"; echo "exit $?" >&2; times >&2', vedette, folder], { encoding: 'utf8', maxBuffer: 2 ** 30 })
  const results = run.stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as ScanLine)
  const [, exit] = /^exit (\d+)$/m.exec(run.stderr) ?? []
  const cpu = run.stderr.trim().split('\n').at(-1)!
  const seconds = [...cpu.matchAll(/(\d+)m([\d.]+)s/g)].reduce((sum, [, minutes, rest]) => sum + Number(minutes) * 60 + Number(rest), 0)
  const without = results.filter((result) => result.outcome === 'not-scanned')
  figure('whole command: files, each with an answer', results.length, 'files')
  figure('whole command: cold start and reading processes included', results.length / seconds, 'files per CPU-second')
  figure('whole command: crashed readers', without.filter(({ verdict }) => verdict.not_checked.some(({ reason }) => reason === 'crash')).length, 'files')
  figure('whole command: not scanned at all', without.length, 'files')
  figure('whole command: exit code', Number(exit), '(1: something was seen)')
}

function scanFolder(folder: string): Scanned[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && !/\.(textproto|textproto_external|out|md)$/.test(entry.name),
  )
  return files
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => {
      const stored = readFileSync(path)
      const bytes = XORED.test(path) ? Buffer.from(stored.map((byte) => byte ^ 0x42)) : stored
      const before = process.cpuUsage()
      const report = scanBytes(bytes)
      const { user, system } = process.cpuUsage(before)
      return { file: relative(folder, path), report, cpuMs: (user + system) / 1000 }
    })
}

function printFolder(folder: string, scanned: readonly Scanned[]): void {
  const cpuMs = scanned.reduce((sum, one) => sum + one.cpuMs, 0)
  const bytes = scanned.reduce((sum, { report }) => sum + report.size, 0)
  figure(`${folder}: files`, scanned.length, 'files')
  figure(`${folder}: static scan, warm, one process`, (scanned.length * 1000) / cpuMs, 'files per CPU-second')
  figure(`${folder}: the same by size`, bytes / 2 ** 20 / (cpuMs / 1000), 'MiB per CPU-second')
  figure(`${folder}: the slowest file`, Math.max(...scanned.map((one) => one.cpuMs)), 'CPU ms')
  for (const exploit of ['attempted', 'technique-only', 'none-seen'] as const)
    figure(`${folder}: ${exploit}`, scanned.filter(({ report }) => report.verdict.exploit === exploit).length, 'files')
  for (const outcome of ['incomplete', 'refused'] as const)
    figure(`${folder}: ${outcome}`, scanned.filter(({ report }) => report.outcome === outcome).length, 'files')
  if (BENIGN.has(folder))
    figure(`${folder}: benign files called an exploit`, scanned.filter(({ report }) => report.verdict.exploit === 'attempted').length, 'files')
  if (folder === 'oletools') printLabels(scanned)
  if (folder === 'maldoca') printXored(scanned)
  if (folder === 'yara-x') printVba(join(root, folder, 'vba'))
}

function printLabels(scanned: readonly Scanned[]): void {
  for (const [label, pattern, agrees] of LABELS) {
    const labelled = scanned.filter(({ file }) => pattern.test(basename(file)))
    const locked = labelled.filter(({ report }) => !agrees(report) && report.verdict.not_checked.some(({ reason }) => reason === 'encrypted'))
    const readable = labelled.filter((one) => !locked.includes(one))
    const right = readable.filter(({ report }) => agrees(report))
    figure(`oletools: ${label}, of ${readable.length} readable (${locked.length} encrypted) agree`, right.length, 'files')
    for (const { file } of readable.filter((one) => !right.includes(one))) console.error(`  does not agree: ${file}`)
  }
}

function printXored(scanned: readonly Scanned[]): void {
  const malicious = scanned.filter(({ file }) => XORED.test(file))
  figure(
    `maldoca: of ${malicious.length} malicious documents shown as technique or exploit`,
    malicious.filter(({ report }) => report.verdict.exploit !== 'none-seen').length,
    'files',
  )
  for (const { file } of malicious.filter(({ report }) => report.verdict.exploit === 'none-seen')) console.error(`  nothing seen: ${file}`)
}

/** The VBA projects of yara-x: agreed when exactly the expected modules are found and the code of each stands in the expected output. */
function printVba(folder: string): void {
  const pairs = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.in.zip'))
  const right = pairs.filter((file) => {
    const expected = readFileSync(join(folder, file.replace(/\.in\.zip$/, '.out')), 'utf8')
    const names = [...expected.matchAll(/- name: "([^"]*)"/g)].map(([, name]) => name ?? '').sort(byText)
    const archive = openZip(readFileSync(join(folder, file)), new Budget())
    const { facts } = unpack(fromIntelHex(archive.read(archive.entries[0]!).toString('latin1')), { limits: LIMITS, passwords: [] })
    const modules = facts.flatMap((fact) => (fact.kind === 'vba-project' ? fact.modules : []))
    const spaceless = (text: string) => text.replaceAll(/\s/g, '')
    const found = modules.map(({ name }) => name).sort(byText)
    return found.join() === names.join() && modules.every(({ source }) => spaceless(expected).includes(spaceless(source)))
  })
  figure(`yara-x: of ${pairs.length} VBA inputs read exactly as expected`, right.length, 'files')
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** The bytes of an Intel HEX text: data records (type 0) at addresses that records of type 4 extend. */
function fromIntelHex(text: string): Buffer {
  const records = text
    .split(/\r?\n/)
    .filter((line) => line.startsWith(':'))
    .map((line) => Buffer.from(line.slice(1), 'hex'))
  let base = 0
  const pieces = records.flatMap((record) => {
    if (record[3] === 4) base = record.readUInt16BE(4) * 0x10000
    return record[3] === 0 ? [{ at: base + record.readUInt16BE(1), data: record.subarray(4, 4 + record[0]!) }] : []
  })
  const bytes = Buffer.alloc(Math.max(0, ...pieces.map(({ at, data }) => at + data.length)))
  for (const { at, data } of pieces) data.copy(bytes, at)
  return bytes
}

function has(report: ScanReport, id: string): boolean {
  return report.verdict.techniques.some((technique) => technique.id === id)
}
