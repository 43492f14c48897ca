import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId, PersonId } from '#platform/ids.ts'
import type { CANDIDATE_OUTCOMES } from '#program/candidates/contract.ts'

export type CandidateId = Id<'zero-day-candidate'>
type Outcome = (typeof CANDIDATE_OUTCOMES)[number]

export const candidateRow = binder('zero_day_candidate', [
  'operator_id',
  'submission_id',
  'line',
  'environments',
  'seen_at',
  'outcome',
  'sealed_reason',
  'closed_by',
  'closed_at',
])

export interface CandidateRow {
  readonly id: CandidateId
  readonly operator_id: OperatorId
  readonly submission_id: Id<'submission'>
  readonly line: string
  readonly environments: readonly string[]
  readonly seen_at: Date
  readonly outcome: Outcome | null
  readonly sealed_reason: Buffer | null
  readonly closed_by: PersonId | null
  readonly closed_at: Date | null
}

export interface NewCandidate {
  readonly id: CandidateId
  readonly operator: OperatorId
  readonly submission: Id<'submission'>
  readonly line: string
  readonly environments: readonly string[]
  readonly at: Date
}

/** False where there is one of this submission. */
export async function insertCandidate(tx: Tx, { id, operator, submission, line, environments, at }: NewCandidate): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx.db
    .insertInto('zero_day_candidate')
    .values({ id, operator_id: operator, submission_id: submission, line, environments: [...environments], seen_at: at })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow()
  return numInsertedOrUpdatedRows === 1n
}

/** Candidates that the reader may know: all that are open, then those that were closed, as many as a page shows; the newest first. */
export async function listCandidates(tx: Tx): Promise<(CandidateRow & { readonly closed_by_name: string | null })[]> {
  const { rows } = await sql<CandidateRow & { closed_by_name: string | null }>`select c.*, p.name as closed_by_name
    from zero_day_candidate c left join person p on p.id = c.closed_by
    where closed_at is null or c.id in (select id from zero_day_candidate where closed_at is not null order by id desc limit 500)
    order by closed_at is not null, c.id desc`.execute(tx.db)
  return rows
}

export async function lockCandidate(tx: Tx, id: CandidateId): Promise<CandidateRow | undefined> {
  const { rows } = await sql<CandidateRow>`select * from zero_day_candidate where id = ${id}::uuid for update`.execute(tx.db)
  return rows[0]
}

export async function markClosed(
  tx: Tx,
  id: CandidateId,
  { outcome, sealedReason, by, at }: { readonly outcome: Outcome; readonly sealedReason: Buffer; readonly by: PersonId; readonly at: Date },
): Promise<void> {
  await tx.db.updateTable('zero_day_candidate').set({ outcome, sealed_reason: sealedReason, closed_by: by, closed_at: at }).where('id', '=', id).execute()
}
