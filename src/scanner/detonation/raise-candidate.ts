import type { App } from '#platform/app.ts'
import type { Tx } from '#platform/db/database.ts'
import { emit } from '#platform/events/events.ts'
import type { OpenReaction } from '#scanner/detonation/open-reactions.ts'
import { listHeldReactions } from '#scanner/detonation/store.ts'
import { zeroDayCandidateSeen } from '#scanner/submissions/contract.ts'
import type { SubmissionRow } from '#scanner/submissions/submission.ts'

type Of = Pick<SubmissionRow, 'id' | 'operator_id'>

/** Raises what reacted to the operator's programme: nothing else tells of such a submission before people have decided. */
export async function raiseCandidate(app: App, tx: Tx, { id, operator_id: operator }: Of, seen: readonly OpenReaction[]): Promise<void> {
  const line = seen[0]!.line
  const environments = [...new Set(seen.map(({ environment }) => environment))]
  await emit(app, tx, zeroDayCandidateSeen, { submission: id, line, environments }, { operator })
  app.audit.record(tx, { action: 'submission.zero-day-candidate-seen', subject: id, operator, details: { line } })
}

/** Where a submission is given up before its verdict is joined: what reacted until then in a current version waits for people all the same. */
export async function raiseHeld(app: App, tx: Tx, submission: Of): Promise<void> {
  const seen = await listHeldReactions(tx, submission.id)
  if (seen.length > 0) await raiseCandidate(app, tx, submission, seen)
}
