import { stripVTControlCharacters, styleText } from 'node:util'
import { printable } from '#scanner/formats/bytes.ts'
import type { JoinedReport, ScanLine, Seen } from '#scanner/verdict/contract.ts'
import type { Answer } from './scan-output.ts'

/** Width of the first column: a verdict, and under it what a line is about. */
const COLUMN = 16
/** Lines of one kind that are shown of one file; `--json` has all. */
const MOST_LINES = 5
const SEVERITIES = ['high', 'medium', 'low', 'info']

type Style = 'red' | 'yellow' | 'magenta' | 'dim' | 'bold'
type Paint = (style: Style | readonly Style[], text: string) => string
type Technique = ScanLine['verdict']['techniques'][number]

/** Answers as sentences for a terminal, each file as it comes and one line over all of them at the end. */
export function scanText({ colour }: { readonly colour: boolean }): { line(answer: Answer): string; end(): string } {
  const paint: Paint = colour ? (style, text) => styleText([style].flat(), text, { validateStream: false }) : (_, text) => text
  const sums = { files: 0, exploit: 0, technique: 0, none: 0, without: 0, inPart: 0 }
  const cves = new Set<string>()
  return {
    line({ line, joined, passedOn }) {
      sums.files++
      sums[kindOf(line)]++
      if (line.outcome === 'incomplete' || line.outcome === 'refused') sums.inPart++
      for (const { id } of line.verdict.cve) cves.add(id)
      return [...linesOf(line, paint), ...(joined ? environmentLines(joined, passedOn !== undefined, paint) : [])].map((text) => `${text}\n`).join('')
    },
    end: () => (sums.files === 0 ? '' : `\n${summaryOf(sums, [...cves].sort(), paint)}\n`),
  }
}

type Kind = 'exploit' | 'technique' | 'none' | 'without'

const VERDICTS: Readonly<Record<Kind, Style | readonly Style[]>> = { exploit: ['bold', 'red'], technique: 'yellow', none: 'dim', without: 'magenta' }

function kindOf({ outcome, verdict: { exploit } }: ScanLine): Kind {
  if (outcome === 'not-scanned') return 'without'
  return exploit === 'none-seen' ? 'none' : exploit === 'technique-only' ? 'technique' : 'exploit'
}

function linesOf(line: ScanLine, paint: Paint): string[] {
  const { path, type, verdict, outcome, timings } = line
  const kind = kindOf(line)
  const word = paint(VERDICTS[kind], (kind === 'without' ? 'not scanned' : verdict.exploit).padEnd(COLUMN))
  const name = paint(kind === 'none' ? 'dim' : 'bold', printable(path, 4096))
  if (kind === 'without') return [`${word}${name}`, detail('', verdict.not_checked[0]?.why ?? 'for an unknown reason')]
  const about = [
    type ?? 'unknown',
    ...(outcome === 'complete' ? [] : ['not all of it checked']),
    ...(timings ? [`${timings.cpu_ms} ms of processor time`] : []),
  ]
  const named = verdict.cve.map(({ id }) => id).join(' ')
  return [
    `${word}${name} ${paint('dim', `(${about.join(', ')})`)}${named && `: ${paint(['bold', 'red'], named)}`}`,
    ...exploitLines(line, paint),
    ...techniqueLines(verdict.techniques, verdict.seen, paint),
    ...candidateLines(line, paint),
    ...noteLines(verdict.notes, paint),
    ...notCheckedLines(line, paint),
  ]
}

/** `label` in the column under the verdict, then one sentence. */
function detail(label: string, text: string): string {
  const plain = stripVTControlCharacters(label)
  return `  ${label}${' '.repeat(Math.max(1, COLUMN - 2 - plain.length))}${printable(text, 1200)}`
}

/** Where it stands and what stands there. */
function placeLine({ path, offset, field, value, limit }: Seen, paint: Paint): string {
  const at = offset === undefined ? '' : ` at 0x${offset.toString(16)}`
  const bound = limit === undefined ? '' : `, limit ${limit}`
  return paint('dim', `${' '.repeat(COLUMN + 2)}${printable(path, 300)}${at}: ${printable(field, 100)} = ${printable(String(value), 80)}${bound}`)
}

function exploitLines({ verdict: { cve, seen } }: ScanLine, paint: Paint): string[] {
  return cve.flatMap(({ id, confidence, findings }) => {
    const groups = [...Map.groupBy(findings, (place) => seen[place]!.why)]
    const shown = groups
      .slice(0, MOST_LINES)
      .flatMap(([why, places]) => [
        detail(paint('red', id), `${why} (${confidence} of 100 sure)`),
        ...places.slice(0, MOST_LINES).map((place) => placeLine(seen[place]!, paint)),
      ])
    return [...shown, ...moreLine(groups.length)]
  })
}

/** The gravest first; what is said several times stands once, with its first place. */
function techniqueLines(techniques: readonly Technique[], seen: readonly Seen[], paint: Paint): string[] {
  const groups = [...Map.groupBy(techniques, ({ severity, why }) => `${SEVERITIES.indexOf(severity)} ${why}`)].sort(([a], [b]) => Number(a[0]) - Number(b[0]))
  const shown = groups
    .slice(0, MOST_LINES)
    .flatMap(([, [first, ...others]]) => [
      detail(paint('yellow', first!.severity), [first!.why, ...first!.attack, ...(others.length > 0 ? [`(${others.length + 1} times)`] : [])].join(' ')),
      placeLine(seen[first!.findings[0]!]!, paint),
    ])
  return [...shown, ...moreLine(groups.length)]
}

function candidateLines({ verdict: { candidates } }: ScanLine, paint: Paint): string[] {
  return [...candidates.slice(0, MOST_LINES).map(({ id, why }) => detail(paint('dim', 'not named'), `Possibly ${id}: ${why}.`)), ...moreLine(candidates.length)]
}

function noteLines(notes: readonly Technique[], paint: Paint): string[] {
  const sentences = [...new Set(notes.map(({ why }) => why))]
  return [...sentences.slice(0, MOST_LINES).map((why) => detail(paint('dim', 'note'), why)), ...moreLine(sentences.length)]
}

function notCheckedLines({ verdict: { not_checked: left } }: ScanLine, paint: Paint): string[] {
  return [
    ...left.slice(0, MOST_LINES).map(({ path, what, why }) => detail(paint('magenta', 'not checked'), `${path}: ${what}, because ${why}`)),
    ...moreLine(left.length),
  ]
}

/** What is not decided may be a zero-day too. */
const OPEN = 'A current version reacted, and nothing that was seen tells whether what it reacted to is known.'

const SHOWED: Readonly<Record<JoinedReport['environments'][number]['showed'], Style>> = {
  effect: 'red',
  crash: 'red',
  active: 'yellow',
  'not-seen': 'dim',
  undecided: 'magenta',
}

/** Each environment by its name, and what it does not say: never that a document is harmless. */
function environmentLines({ environments, zero_day: zeroDay, not_checked: all }: JoinedReport, held: boolean, paint: Paint): string[] {
  const left = all.flatMap((one) => ('environment' in one ? [`${one.environment}: ${one.what}, because ${one.why}`] : []))
  return [
    ...(held && zeroDay.length === 0 ? [OPEN] : zeroDay.map(({ why }) => why)).map((why) => detail(paint('red', 'keep secret'), why)),
    ...environments.map(({ environment: { name, os }, showed, said }) => detail(paint(SHOWED[showed], 'opened in'), `${name} (${os}): ${said}`)),
    ...left.slice(0, MOST_LINES).map((text) => detail(paint('magenta', 'not watched'), text)),
    ...moreLine(left.length),
  ]
}

function moreLine(all: number): string[] {
  return all > MOST_LINES ? [detail('', `and ${all - MOST_LINES} more, which --json shows`)] : []
}

interface Sums extends Readonly<Record<Kind, number>> {
  readonly files: number
  readonly inPart: number
}

function summaryOf({ files, exploit, technique, none, without, inPart }: Sums, cves: readonly string[], paint: Paint): string {
  const part = (count: number, style: VerdictStyle, text: string) => (count > 0 ? paint(style, text) : text)
  return [
    `${files === 1 ? '1 file' : `${files} files`}: ${part(exploit, VERDICTS.exploit, `${exploit} with an exploit${cves.length > 0 ? ` (${cves.join(' ')})` : ''}`)}`,
    part(technique, VERDICTS.technique, `${technique} with a technique only`),
    `${none} with none seen`,
    part(without, VERDICTS.without, `${without} not scanned`),
    ...(inPart > 0 ? [part(inPart, VERDICTS.without, `${inPart} not wholly checked`)] : []),
  ].join(', ')
}

type VerdictStyle = (typeof VERDICTS)[Kind]
