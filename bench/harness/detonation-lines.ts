import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import { EndState, Signal } from '#scanner/detonation/contract.ts'

/** What one document of the corpora showed in one environment: one line of a file. */
export const DetonationLine = z.object({
  document: z.string(),
  environment: z.string(),
  version: z.string(),
  type: z.string(),
  known: z.enum(['ordinary', 'crafted']),
  /** Of the first run. */
  end: EndState,
  why: z.string(),
  dwell_ms: z.number(),
  wall_ms: z.number(),
  /** Of QEMU, over all runs; absent where several machines ran at once. */
  cpu_s: z.number().optional(),
  /** How often it was opened: what reacts is opened again (plan.ts). */
  runs: z.number(),
  /** What the verdict says of an exploit, with the static scan left out. */
  exploit: z.string(),
  /** Of the first run. */
  signals: z.array(Signal.pick({ id: true, weight: true, rank: true, why: true })),
  /** Why the verdict says so. */
  reasons: z.array(z.string()),
  not_watched: z.array(z.string()),
})
export type DetonationLine = z.infer<typeof DetonationLine>

/** The lines of a file; none where there is no file. What a killed run left half written is left out. */
export function readLines(path: string): DetonationLine[] {
  if (!existsSync(path)) return []
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return [DetonationLine.parse(JSON.parse(line))]
      } catch {
        return []
      }
    })
}

export function writeLine(path: string, line: DetonationLine): void {
  appendFileSync(path, `${JSON.stringify(line)}\n`)
}

/** What the lines of several files say, as Markdown: ends, signals, exploits, and each document of which more is to be said. */
export function linesTable(lines: readonly DetonationLine[]): string[] {
  const environments = [...Map.groupBy(lines, ({ environment }) => environment)].sort(([a], [b]) => (a < b ? -1 : 1))
  return [
    ...HEAD,
    ...endsTable(environments),
    '',
    '## Signals',
    '',
    ...signalsTable(environments),
    '',
    '## Documents of which more is to be said',
    '',
    ...tellingTable(lines),
  ]
}

const HEAD = [
  '# What real documents do in environments',
  '',
  'Written by `bin/run bench/detonation-corpora.ts --table FILE...` from the lines of its runs; do not edit. The documents are test files of other projects (poi, tika, pdfjs, qpdf, oletools,',
  'maldoca), the same ones in each environment that opens their type, each opened as a submission is, in an emulated machine. *Ordinary*: of folders that hold ordinary or damaged documents;',
  '*crafted*: of folders of malicious ones, or named as the work of a fuzzer. None of them is part of this repository. An exploit is what the verdict calls *confirmed*.',
  '',
]

type ByEnvironment = readonly (readonly [string, readonly DetonationLine[]])[]

function endsTable(environments: ByEnvironment): string[] {
  const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
  const rows = environments.map(([name, lines]) => {
    const ordinary = lines.filter(({ known }) => known === 'ordinary')
    const ends = EndState.options.map((end) => lines.filter((line) => line.end === end).length)
    const exploits = (of: readonly DetonationLine[]) => of.filter(({ exploit }) => exploit === 'confirmed').length
    const cpu = median(lines.flatMap(({ cpu_s: seconds }) => (seconds === undefined ? [] : [seconds])))
    const crafted = lines.length - ordinary.length
    return [name, lines[0]!.version, lines.length, ...ends, exploits(ordinary), `${exploits(lines) - exploits(ordinary)} of ${crafted}`, cpu?.toFixed(1) ?? '']
  })
  return table(['environment', 'version', 'documents', ...EndState.options, 'exploits of ordinary', 'of crafted', 'CPU s, median'], rows)
}

function signalsTable(environments: ByEnvironment): string[] {
  const rows = environments.flatMap(([name, lines]) => {
    const all = lines.flatMap(({ document, signals }) => signals.map(({ id, weight }) => ({ document, key: `${weight} ${id}` })))
    return [...Map.groupBy(all, ({ key }) => key)]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, of]) => [name, ...key.split(' '), new Set(of.map(({ document }) => document)).size])
  })
  return rows.length > 0 ? table(['environment', 'weight', 'signal', 'documents'], rows) : ['No signal.']
}

/** Every document that did not end as a document does, or that showed more than what is odd. */
function tellingTable(lines: readonly DetonationLine[]): string[] {
  const telling = lines.filter(({ end, signals }) => !['rendered', 'idle'].includes(end) || signals.some(({ weight }) => weight !== 'odd'))
  const rows = telling.map(({ document, known, environment, end, why, exploit, signals }) => [
    document,
    known,
    environment,
    end,
    exploit,
    signals.length > 0 ? [...new Set(signals.map(({ id, why: what }) => `${id}: ${what}`))].slice(0, 3).join(' ') : why,
  ])
  return rows.length > 0 ? table(['document', 'known as', 'environment', 'end', 'exploit', 'what was seen'], rows) : ['Every document was opened to its end.']
}

function table(headers: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  const cell = (value: string | number) => String(value).replaceAll('|', '\\|').replaceAll('\n', ' ')
  return [headers, headers.map(() => '---'), ...rows.map((row) => row.map(cell))].map((row) => `| ${row.join(' | ')} |`)
}
