import type { Behaviour } from '#scanner/detonation/contract.ts'
import { opensAnywhere } from '#scanner/detonation/plan.ts'
import type { ShownDetonation } from '#scanner/detonation/store.ts'
import type { SubmissionRow } from '#scanner/submissions/submission.ts'
import type { JoinedReport, NotChecked, ScanReport } from '#scanner/verdict/contract.ts'

type Of = Pick<SubmissionRow, 'options' | 'type' | 'finished_at'>
type Row = Pick<ShownDetonation, 'ended_at' | 'failure' | 'end_state'>

/** How far what is said of a submission rests on environments, for a reader who sees these detonations. Pure. */
export function behaviourOf(submission: Of, rows: readonly Row[]): Behaviour {
  if (rows.length === 0) return { state: 'static-only', why: whyNowhere(submission) }
  if (submission.finished_at === null) return { state: 'detonating', why: 'It is still being opened in environments: what they show is not all there yet.' }
  if (rows.some(isHeld)) return { state: 'held', why: 'The operator holds back what was seen in environments: what is said here rests on the bytes alone.' }
  const failed = rows.filter(({ failure }) => failure !== null).length
  if (failed === 0) return { state: 'watched', why: null }
  if (failed === rows.length) return { state: 'static-only', why: 'It could be opened in none of the environments that it was planned for.' }
  return { state: 'in-part', why: 'It could not be opened in every environment that it was planned for.' }
}

/** What ended without a failure has a result: whether it is one that the reader is not shown. Pure. */
export function isHeld({ ended_at: ended, failure, end_state: end }: Row): boolean {
  return ended !== null && failure === null && end === null
}

function whyNowhere({ options, type }: Of): string {
  if (options.environments?.length === 0) return 'Its submitter asked for the static scan alone.'
  if (type === null || !opensAnywhere(type)) return 'No environment opens files of this kind.'
  if (options.environments !== undefined) return 'None of the environments that its submitter named was there when it was scanned, or none of them opens it.'
  return 'No environment that opens it was installed when it was scanned.'
}

/** The static report with the joined verdict in the place of its own, for forms that know one verdict: its proofs stay those of the bytes. Pure. */
export function withJoined(report: ScanReport, { exploit, reasons, cve }: JoinedReport): ScanReport {
  const basis = new Map(cve.map((one) => [one.id, one.basis]))
  const named = report.verdict.cve.map((one) => ({ ...one, basis: basis.get(one.id) ?? one.basis }))
  return { ...report, verdict: { ...report.verdict, exploit, reasons, cve: named } }
}

/** The line of the coverage statement for what was opened nowhere, or is held back; none where detonations speak for themselves. Pure. */
export function coverageOf({ state, why }: Behaviour): NotChecked[] {
  if (state === 'watched' || state === 'in-part' || why === null) return []
  return [{ path: '/', what: 'its behaviour in environments', why, reason: 'not-run' }]
}
