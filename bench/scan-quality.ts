import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { scanBytes } from '#scanner/reports/scan-report.ts'
import type { NotChecked, ScanReport } from '#scanner/verdict/contract.ts'
import { documentsOf, LABELS, PASSWORDS, type Label } from '#test/corpus/labels.ts'
import { allFixtures } from '#test/exploits/all-fixtures.ts'
import { BENIGN, findCorpora, FOLDERS } from './harness/corpora.ts'

/**
 * What the static scanner says of real documents, by folder, as the page docs/scanner-corpora.md: `bin/run bench/scan-quality.ts [CORPORA]`. On
 * standard error: the slowest file of each folder, each benign document that is called an exploit, and each label that is not met. Corpora are only
 * read, and skipped where they are absent. The same documents give the same page.
 */
const REASONS: readonly NotChecked['reason'][] = ['encrypted', 'damaged', 'unsupported', 'limit']

interface Scanned {
  readonly folder: string
  readonly file: string
  /** Undefined where the scanner threw, which it never may. */
  readonly report: ScanReport | undefined
  readonly cpuMs: number
}

const root = findCorpora(process.argv[2])
if (root === undefined) console.error('no corpora: VEDETTE_CORPORA names no folder, and none lies beside the checkout')
else {
  const scanned = FOLDERS.filter((name) => existsSync(join(root, name))).flatMap((folder) => scanFolder(root, folder))
  const fixtures = (await allFixtures()).map(({ cve, positive, nearMiss }) => ({ cve, exploit: namesOf(positive()), nearMiss: namesOf(nearMiss()) }))
  console.log(
    [...head(), ...foldersTable(scanned), ...namedTable(scanned), ...labelsTable(scanned), ...fixtureLines(fixtures), ...activeTable(scanned)].join('\n'),
  )
  tell(scanned)
}

function scanFolder(root: string, folder: string): Scanned[] {
  return [...documentsOf(join(root, folder))].map(({ file, bytes }) => {
    const before = process.cpuUsage()
    let report: ScanReport | undefined
    try {
      report = scanBytes(bytes, { passwords: PASSWORDS })
    } catch (error) {
      console.error(`  uncaught: ${folder}/${file}: ${String(error)}`)
      process.exitCode = 1
    }
    const { user, system } = process.cpuUsage(before)
    return { folder, file, report, cpuMs: (user + system) / 1000 }
  })
}

function namesOf(bytes: Buffer): string[] {
  return scanBytes(bytes).verdict.cve.map(({ id }) => id)
}

function head(): string[] {
  return [
    '# What the scanner says of real documents',
    '',
    'Written by `bin/run bench/scan-quality.ts > docs/scanner-corpora.md`; do not edit. The documents are test files of other projects at fixed versions: Office',
    'and RTF with and without active content (oletools, maldoca), structures with their expected reading (yara-x), and ordinary or damaged documents (poi, tika,',
    'pdfjs, qpdf). None of them is part of this repository. The locked archives of oletools are opened with the password that its own tests give.',
    '',
  ]
}

function foldersTable(scanned: readonly Scanned[]): string[] {
  const rows = byFolder(scanned).map(([folder, files]) => {
    const count = (test: (report: ScanReport) => boolean) => files.filter(({ report }) => report && test(report)).length
    const verdicts = (['attempted', 'technique-only', 'none-seen'] as const).map((one) => count(({ verdict }) => verdict.exploit === one))
    const left = REASONS.map((reason) => count(({ verdict }) => verdict.not_checked.some((one) => one.reason === reason)))
    return [folder, files.length, ...verdicts, files.filter(({ report }) => !report).length, count(({ outcome }) => outcome !== 'complete'), ...left]
  })
  return [
    '## By folder',
    '',
    'Files by verdict; then those of which a part was not examined, and why (a file may have several reasons).',
    '',
    ...table(['folder', 'files', 'exploit', 'technique only', 'none seen', 'not scanned', 'not wholly examined', ...REASONS], rows),
    '',
  ]
}

function namedTable(scanned: readonly Scanned[]): string[] {
  const rows = scanned.flatMap(({ folder, file, report }) =>
    report && report.verdict.cve.length > 0
      ? [[`${folder}/${file}`, idsOf(report.verdict.cve).join(' '), BENIGN.has(folder) ? 'no: the folder is benign' : 'to be judged']]
      : [],
  )
  const benign = scanned.filter(({ folder }) => BENIGN.has(folder))
  const wrong = benign.filter(({ report }) => report && report.verdict.cve.length > 0).length
  return [
    '## CVEs that are named',
    '',
    `Of ${benign.length.toLocaleString('en')} documents of poi, tika, pdfjs and qpdf, ${wrong} are called an exploit. No file name of any folder promises one.`,
    '',
    ...(rows.length > 0 ? [...table(['file', 'named', 'right'], rows), ''] : []),
  ]
}

function labelsTable(scanned: readonly Scanned[]): string[] {
  const of = (label: Label) => scanned.filter(({ folder, file }) => folder === label.folder && label.pattern.test(file))
  const rows = LABELS.map((label) => {
    const labelled = of(label)
    return [label.folder, `\`${label.name}\``, labelled.length, labelled.filter(({ report }) => report && label.agrees(report)).length]
  })
  const promised = (what: NonNullable<Label['promises']>) => new Set(LABELS.filter(({ promises }) => promises === what).flatMap(of))
  const isActive = ({ report }: Scanned) => report !== undefined && report.verdict.exploit !== 'none-seen'
  const active = promised('active')
  const others = [...promised('nothing'), ...promised('locked')].filter((one) => !active.has(one))
  const found = [...active].filter(isActive).length
  const accused = others.filter(isActive).length
  return [
    '## Labels',
    '',
    'What file names promise, and how many documents get exactly that.',
    '',
    ...table(['folder', 'name', 'files', 'agree'], rows),
    '',
    `Active content: recall ${share(found, active.size)} (${found} of ${active.size} documents that are named for it), precision ${share(found, found + accused)}`,
    `(${accused} of ${others.length} documents that are named as harmless or locked are accused).`,
    '',
  ]
}

function fixtureLines(fixtures: readonly { readonly cve: string; readonly exploit: readonly string[]; readonly nearMiss: readonly string[] }[]): string[] {
  const right = fixtures.filter(({ cve, exploit }) => exploit.length === 1 && exploit[0] === cve).length
  const wrong = fixtures.filter(({ nearMiss }) => nearMiss.length > 0).length
  return [
    '## Exploits',
    '',
    `Inert documents that the tests build, each with the whole structure of one exploit ([evidence.md](evidence.md)): ${right} of ${fixtures.length} are named, each right and`,
    `alone, for ${new Set(fixtures.map(({ cve }) => cve)).size} CVEs. Of as many that lack one part, ${wrong} are named.`,
    '',
  ]
}

/** Each benign document that is called active. */
function activeTable(scanned: readonly Scanned[]): string[] {
  const rows = scanned
    .filter(({ folder }) => BENIGN.has(folder))
    .flatMap(({ folder, file, report }) => {
      const [first] = report?.verdict.techniques ?? []
      if (!report || !first) return []
      return [[`${folder}/${file}`, idsOf(report.verdict.techniques).join(' '), first.severity, first.why]]
    })
  return [
    '## Active content in ordinary documents',
    '',
    'Every document of poi, tika, pdfjs and qpdf that is called *technique only*, with what the first technique is.',
    '',
    ...table(['file', 'technique', 'severity', 'why'], rows),
  ]
}

function byFolder(scanned: readonly Scanned[]): [string, Scanned[]][] {
  return [...Map.groupBy(scanned, ({ folder }) => folder)]
}

function idsOf(list: readonly { readonly id: string }[]): string[] {
  return [...new Set(list.map(({ id }) => id))]
}

function share(part: number, whole: number): string {
  return whole === 0 ? 'unknown' : `${((100 * part) / whole).toFixed(1)} %`
}

function table(headers: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  const cell = (value: string | number) => (typeof value === 'number' ? value.toLocaleString('en') : value.replaceAll('|', '\\|'))
  return [headers, headers.map(() => '---'), ...rows.map((row) => row.map(cell))].map((row) => `| ${row.join(' | ')} |`)
}

/** What somebody who changes the scanner wants to know at once. */
function tell(scanned: readonly Scanned[]): void {
  for (const [folder, files] of byFolder(scanned)) {
    const slowest = files.reduce((most, one) => (one.cpuMs > most.cpuMs ? one : most))
    console.error(`  slowest of ${folder}: ${slowest.file}, ${Math.round(slowest.cpuMs)} ms of processor time`)
  }
  for (const { folder, file, report } of scanned)
    if (report && report.verdict.cve.length > 0)
      console.error(`  ${BENIGN.has(folder) ? 'called an exploit' : 'named'}: ${folder}/${file}: ${idsOf(report.verdict.cve).join(' ')}`)
  for (const label of LABELS)
    for (const { folder, file, report } of scanned)
      if (folder === label.folder && label.pattern.test(file) && !(report && label.agrees(report)))
        console.error(`  does not agree with ${label.name}: ${folder}/${file}`)
}
