import { POINTS, type CheckReport, type PointResult, type ProbeResult, type ShownTurn } from '#exchange/conformance/contract.ts'
import { shown } from '#cli/text-table.ts'

interface Manner {
  readonly colour: boolean
  /** `quiet` leaves out what passes; `verbose` shows every probe. */
  readonly detail: 'quiet' | 'normal' | 'verbose'
}

const WORDS = { pass: 'pass', fail: 'FAIL', warn: 'warn', note: 'note', 'not-applicable': 'n/a' } as const
const COLOURS = { pass: 32, fail: 31, warn: 33, note: 2, 'not-applicable': 2 } as const
type Verdict = keyof typeof WORDS
/** Headers that explain an answer; the others are in the JSON. */
const TELLING = new Set(['accept', 'content-type', 'content-length', 'www-authenticate', 'location', 'x-taxii-date-added-first', 'x-taxii-date-added-last'])

/** The report as a person reads it: a line per point, then what fails with request and answer, then what was found about gaps. */
export function asReport(report: CheckReport, manner: Manner): string {
  const { points, totals, resolutions, left_behind: left } = report
  const loud = manner.detail !== 'quiet'
  const lines = [
    ...points.filter(({ verdict, warnings }) => loud || verdict === 'fail' || warnings > 0).map((point) => line(point, manner)),
    ...points.flatMap((point) => details(point, manner)),
    ...(loud && resolutions.length > 0 ? ['', 'What the standard leaves open, and what this server does:'] : []),
    ...(loud ? resolutions.map(({ gap, found }) => `  ${gap.padEnd(4)}${shown(found)}`) : []),
    ...(left.length > 0 ? ['', `${left.length} probe objects could not be taken away again:`, ...left.map((id) => `  ${shown(id)}`)] : []),
    '',
    summary(report, totals),
  ]
  return `${lines.join('\n')}\n`
}

function summary(report: CheckReport, { pass, fail, not_applicable: none, warnings }: CheckReport['totals']): string {
  const all = report.points.length
  const whole = report.whole ? '' : ' The check was ended before its time.'
  return `${pass} of ${all} points pass, ${fail} fail, ${none} not applicable; ${warnings} warnings; ${report.requests} requests.${whole}`
}

function line({ point, title, verdict, warnings, reasons }: PointResult, manner: Manner): string {
  const warned = warnings > 0 ? `  (${warnings} ${warnings === 1 ? 'warning' : 'warnings'})` : ''
  const why = verdict === 'not-applicable' ? `: ${shown(reasons.join('; '))}` : ''
  return `${point.padEnd(4)}${painted(verdict === 'pass' && warnings > 0 ? 'warn' : verdict, manner, WORDS[verdict])}  ${title}${why}${warned}`
}

function painted(verdict: Verdict, { colour }: Manner, word: string): string {
  const text = word.padEnd(4)
  return colour ? `\u001B[${COLOURS[verdict]}m${text}\u001B[0m` : text
}

function details({ point, verdict, title, reasons, probes }: PointResult, manner: Manner): string[] {
  const verbose = manner.detail === 'verbose'
  const told = probes.filter((probe) => verbose || probe.verdict === 'fail' || probe.verdict === 'warn')
  if (told.length === 0) return []
  const section = POINTS.find(([id]) => id === point)?.[1] ?? ''
  const missing = verbose && verdict !== 'not-applicable' ? reasons.map((reason) => `  not judged: ${shown(reason)}`) : []
  return ['', `${point} ${title} [${section}]`, ...told.flatMap((probe) => probeLines(probe, manner)), ...missing]
}

function probeLines(probe: ProbeResult, manner: Manner): string[] {
  const { verdict, times, failed, detail, turns } = probe
  const often = failed > 0 && times > 1 ? ` (${failed} of ${times} times)` : ''
  const head = `  ${painted(verdict, manner, WORDS[verdict])}  ${shown(probe.probe)}${detail === undefined ? '' : `: ${shown(detail)}`}${often}`
  return [head, ...(failed > 0 ? turns.slice(0, 1).flatMap(turnLines) : [])]
}

function turnLines({ request, answer, failure }: ShownTurn): string[] {
  const headers = (all: Readonly<Record<string, string>>) =>
    Object.entries(all)
      .filter(([name]) => TELLING.has(name))
      .map(([name, value]) => `          ${name}: ${shown(value)}`)
  return [
    `        ${request.method} ${shown(request.url)}`,
    ...headers(request.headers),
    ...(request.body === undefined ? [] : [`          ${shown(request.body.slice(0, 200))}`]),
    `        ${answer ? String(answer.status) : shown(failure ?? 'no answer')}`,
    ...(answer ? [...headers(answer.headers), `          ${shown(answer.body.slice(0, 300))}${answer.bytes > 300 ? ' ...' : ''}`] : []),
  ]
}
