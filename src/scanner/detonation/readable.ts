import type { Tx } from '#platform/db/database.ts'
import { listDetonations, type ShownDetonation } from '#scanner/detonation/store.ts'
import type { SubmissionId } from '#scanner/submissions/submission.ts'

/**
 * The detonations of a submission as a person reads them. Where the operator holds something back, nothing says of which of them it is: no result of any is there, nor those that were planned because
 * of it.
 */
export async function listReadable(tx: Tx, submission: SubmissionId): Promise<ShownDetonation[]> {
  return withoutHeld(await listDetonations(tx, submission))
}

/** Pure. */
export function withoutHeld(rows: readonly ShownDetonation[]): ShownDetonation[] {
  if (!rows.some(isHeld)) return [...rows]
  const first = Math.min(...rows.map(({ planned_at: planned }) => planned.getTime()))
  return rows
    .filter(({ planned_at: planned, run, check_heap: checks }) => planned.getTime() === first && run === 1 && !checks)
    .map((row) => (row.failure === null ? { ...row, ...NOTHING } : row))
}

/** What ended without a failure has a result: whether it is one that the reader is not shown. */
function isHeld({ ended_at: ended, failure, end_state: end }: ShownDetonation): boolean {
  return ended !== null && failure === null && end === null
}

const NOTHING = { end_state: null, why_ended: null, dwell_ms: null, report: null, happenings: 0 } as const
