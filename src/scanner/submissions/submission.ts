import type { PersonActor } from '#platform/auth/actor.ts'
import type { Id, OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'
import type { ObjectId } from '#platform/objects/objects.ts'
import { TLP_LABELS, type TlpLabel } from '#program/packages/contract.ts'
import type { SubmissionOptions, SubmissionState, SUBMISSION_KINDS } from '#scanner/submissions/contract.ts'
import type { Exploit, JoinedReport, ScanResult } from '#scanner/verdict/contract.ts'

export type SubmissionId = Id<'submission'>

/** Why Vedette itself could not scan: `SCAN_FAILED` after every attempt, `DEADLINE` when none ended in time. `CANCELLED`: its submitter ended it. */
export type Failure = 'SCAN_FAILED' | 'DEADLINE' | 'CANCELLED'

/** A submission that is not deleted. */
export interface SubmissionRow {
  readonly id: SubmissionId
  readonly operator_id: OperatorId
  readonly organisation_id: OrganisationId | null
  readonly submitted_by: PersonId
  readonly submitted_at: Date
  readonly kind: (typeof SUBMISSION_KINDS)[number]
  readonly options: SubmissionOptions
  /** What was opened when this was found; null for what somebody handed in. */
  readonly parent: SubmissionId | null
  readonly depth: number
  readonly tlp: TlpLabel
  readonly share: boolean
  readonly sample: ObjectId
  readonly sealed_name: Buffer | null
  readonly sha256: string
  readonly size: number
  readonly job: string | null
  readonly attempts: number
  readonly started_at: Date | null
  readonly outcome: ScanResult['outcome'] | null
  readonly type: string | null
  readonly exploit: Exploit | null
  readonly cves: readonly string[]
  readonly report: ObjectId | null
  readonly event: Id<'event'> | null
  readonly failure: Failure | null
  readonly finished_at: Date | null
}

/** The state is what the columns say together: no column holds it. */
export function stateOf({
  outcome,
  failure,
  started_at: startedAt,
  finished_at: finishedAt,
}: Pick<SubmissionRow, 'outcome' | 'failure' | 'started_at' | 'finished_at'>): SubmissionState {
  if (failure !== null) return 'failed'
  if (outcome !== null) return finishedAt === null ? 'detonating' : 'done'
  return startedAt === null ? 'queued' : 'static'
}

const FAILURES: Readonly<Record<Failure, string>> = {
  SCAN_FAILED: 'Every attempt to scan it ended with an error of this Vedette, not of the file. Hand it in again; if it fails again, tell whoever runs it.',
  DEADLINE: 'No attempt to scan it ended within a day, so it was given up. Hand it in again; if it fails again, tell whoever runs it.',
  CANCELLED: 'It was cancelled. What had been found by then can still be read. Hand it in again to have it scanned.',
}

/** The failure as people are told it. */
export function failureOf(failure: Failure): { readonly code: string; readonly detail: string } {
  return { code: failure, detail: FAILURES[failure] }
}

/** Whether the actor's organisation handed it in: an operator's analysts see what its members hand in and may not delete it. */
export function isOwn(
  actor: PersonActor,
  { operator_id: operator, organisation_id: organisation }: Pick<SubmissionRow, 'operator_id' | 'organisation_id'>,
): boolean {
  return actor.kind === 'operator' ? organisation === null && operator === actor.operator : organisation === actor.organisation
}

/** With whom a submitter wants to share what is found. */
export type Wish = Pick<SubmissionRow, 'tlp' | 'share'>

/** The stricter wish wins: for whom what is found in these bytes may be published, by the wishes of all who handed them in. */
export function audienceOf(wishes: readonly Wish[]): TlpLabel {
  if (!wishes.every(({ share }) => share)) return 'RED'
  return TLP_LABELS[Math.max(...wishes.map(({ tlp }) => TLP_LABELS.indexOf(tlp)))] ?? 'RED'
}

/** What of a scan's result is kept in columns, to list, and told to others. */
export interface Summary {
  readonly outcome: ScanResult['outcome']
  readonly type: string | null
  readonly exploit: Exploit | null
  readonly cves: readonly string[]
  /** Evidence that found techniques. */
  readonly techniques: readonly string[]
}

/** What the joined verdict puts in the place of the static one. */
export function summaryOfJoined({ exploit, cve }: JoinedReport): Pick<Summary, 'cves'> & { readonly exploit: Exploit } {
  return { exploit, cves: cve.map(({ id }) => id) }
}

export function summaryOf(result: ScanResult): Summary {
  if (result.outcome === 'not-scanned') return { outcome: result.outcome, type: null, exploit: null, cves: [], techniques: [] }
  const { outcome, type, verdict } = result
  const techniques = verdict.techniques.map(({ id }) => id)
  return { outcome, type, exploit: verdict.exploit, cves: [...new Set(verdict.cve.map(({ id }) => id))], techniques: [...new Set(techniques)] }
}
