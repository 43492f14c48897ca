import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'
import { endOpenDetonations } from '#scanner/detonation/end-detonations.ts'
import { raiseHeld } from '#scanner/detonation/raise-candidate.ts'
import { SCAN_QUEUE } from '#scanner/submissions/queue.ts'
import { findSubmission, lockOwnSubmission, markFailed, submissionRow, type ShownSubmission } from '#scanner/submissions/store.ts'
import { isOwn, type SubmissionId } from '#scanner/submissions/submission.ts'

/**
 * Ends a submission in whatever state it is before its end: nothing more is read or opened, and what was found by then stays readable. Throws NOT_FOUND,
 * FORBIDDEN for one that another organisation handed in, and CONFLICT for one that has ended.
 */
export async function cancelSubmission(app: App, actor: PersonActor, id: SubmissionId): Promise<ShownSubmission> {
  return app.db.transaction(actor, async (tx) => {
    const seen = await findSubmission(tx, actor, id)
    if (seen && !isOwn(actor, seen)) throw new Problem('FORBIDDEN', 'Only the organisation that handed it in can cancel it.')
    const submission = await lockOwnSubmission(tx, actor, id)
    if (!submission) throw new Problem('NOT_FOUND')
    const { job, operator_id: operator, finished_at: finishedAt } = submission
    if (finishedAt !== null) throw new Problem('CONFLICT', 'It has ended already.')
    if (job !== null) await app.jobs.cancel(tx, SCAN_QUEUE, job)
    await tx.asSystem(async () => {
      await endOpenDetonations(app, tx, id, 'CANCELLED')
      await raiseHeld(app, tx, submission)
    })
    await markFailed(tx, id, 'CANCELLED', app.clock.now())
    app.audit.record(tx, { action: 'submission.cancelled', subject: id, operator, binds: [submissionRow({ id })] })
    return (await findSubmission(tx, actor, id))!
  })
}
