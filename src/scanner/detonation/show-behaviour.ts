import type { Behaviour } from '#scanner/detonation/contract.ts'
import { opensAnywhere } from '#scanner/detonation/plan.ts'
import type { RunCounts } from '#scanner/detonation/store.ts'
import { printable } from '#scanner/formats/bytes.ts'
import type { SubmissionRow } from '#scanner/submissions/submission.ts'
import { addFindings } from '#scanner/verdict/add-findings.ts'
import type { JoinedReport, NotChecked, ScanReport } from '#scanner/verdict/contract.ts'
import { NOT_TRIED, type NotTried } from '#scanner/verdict/join.ts'

type Of = Pick<SubmissionRow, 'options' | 'type' | 'finished_at' | 'failure'>

const HELD = 'The operator holds back what was seen in environments: what is said here rests on the bytes alone.'

/** How far what is said of a submission that was scanned rests on environments, for a reader who sees these runs of it. Pure. */
export function behaviourOf(submission: Of, runs: RunCounts | undefined): Behaviour {
  if (runs === undefined) return { state: 'static-only', why: whyNowhere(submission) }
  if (submission.finished_at === null) return { state: 'detonating', why: 'It is still being opened in environments: what they show is not all there yet.' }
  if (runs.held) return { state: 'held', why: HELD }
  if (submission.failure !== null) return { state: 'in-part', why: whyNotJoined(submission) }
  if (runs.failed === 0) return { state: 'watched', why: null }
  if (runs.failed === runs.planned) return { state: 'in-part', why: 'It could be opened in none of the environments that it was planned for.' }
  return { state: 'in-part', why: 'It could not be opened in every environment that it was planned for.' }
}

function whyNowhere({ options, type }: Of): string {
  if (options.environments?.length === 0) return 'Its submitter asked for the static scan alone.'
  if (type === null || !opensAnywhere(type)) return 'No environment opens files of this kind.'
  if (options.environments !== undefined) return 'None of the environments that its submitter named was there when it was scanned, or none of them opens it.'
  return 'No environment that opens it was installed when it was scanned.'
}

function whyNotJoined({ failure }: Of): string {
  return `${failure === 'CANCELLED' ? 'Its submitter cancelled it' : 'It was given up'} before what environments showed was joined: the verdict rests on the bytes alone.`
}

/** The joined report of a submission. */
export interface Joined {
  readonly report: JoinedReport
  /** It is for the operator's people alone. */
  readonly embargoed: boolean
}

/** The static report as it goes into forms that are made to be passed on: with the joined verdict, unless that is embargoed or not there; then it says so. Pure. */
export function passedOn(report: ScanReport, behaviour: Behaviour, joined: Joined | undefined): ScanReport {
  if (joined && !joined.embargoed) return withJoined(report, joined.report)
  const why = joined ? HELD : behaviour.why
  return why === null ? report : addFindings(report, [], [notRun(why)])
}

/**
 * The static report with the joined verdict in the place of its own, for forms that know one verdict: its proofs stay those of the bytes, and what was not
 * tried was not examined. Pure.
 */
export function withJoined(report: ScanReport, { exploit, reasons, cve, not_checked: left }: JoinedReport): ScanReport {
  const basis = new Map(cve.map((one) => [one.id, one.basis]))
  const named = report.verdict.cve.map((one) => ({ ...one, basis: basis.get(one.id) ?? one.basis }))
  const notTried = left.flatMap((one) => ('environment' in one && one.what === NOT_TRIED ? [one] : []))
  return addFindings({ ...report, verdict: { ...report.verdict, exploit, reasons, cve: named } }, [], notTriedIn(notTried))
}

/** A line of the coverage statement for each environment that did not get to open it. Pure. */
export function notTriedIn(notTried: readonly NotTried[]): NotChecked[] {
  const each = new Map(notTried.map((one) => [`${one.environment} ${one.why}`, one]))
  return [...each.values()].map(({ environment, why }) => notRun(why, environment))
}

/** The line of the coverage statement for what was opened nowhere, not to its end, or is held back. Pure. */
export function notRun(why: string, where = 'environments'): NotChecked {
  return { path: '/', what: `its behaviour in ${where}`, why: printable(why, 300), reason: 'not-run' }
}
