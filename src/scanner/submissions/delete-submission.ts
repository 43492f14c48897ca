import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { forgetEvent } from '#platform/events/events.ts'
import { behaviourRow, forgetDetonations, resultRow } from '#scanner/detonation/store.ts'
import { endOpenDetonations } from '#scanner/detonation/end-detonations.ts'
import { SCAN_QUEUE } from '#scanner/submissions/queue.ts'
import { findSubmission, lockChildren, lockOwnSubmission, markDeleted, submissionRow } from '#scanner/submissions/store.ts'
import { forgetRun } from '#scanner/yara-sets/runs.ts'
import { isOwn, type SubmissionId, type SubmissionRow } from '#scanner/submissions/submission.ts'

/**
 * Deletes a submission in any state, with everything that came from the file: sample, report, name, digest, verdict, what environments showed of it with
 * its pictures and files, the submissions that were made of those, and the event that told of it. The leaf is the proof of the deletion. What was shared with the exchange stays there. Throws NOT_FOUND,
 * and FORBIDDEN for one that another organisation handed in.
 */
export async function deleteSubmission(app: App, actor: PersonActor, id: SubmissionId): Promise<void> {
  await app.db.transaction(actor, async (tx) => {
    const seen = await findSubmission(tx, actor, id)
    if (seen && !isOwn(actor, seen)) throw new Problem('FORBIDDEN', 'Only the organisation that handed it in can delete it.')
    const submission = await lockOwnSubmission(tx, actor, id)
    if (!submission) throw new Problem('NOT_FOUND')
    await forget(app, tx, actor, submission)
  })
}

/** The same for all that was found when it was opened. */
async function forget(app: App, tx: Tx, actor: PersonActor, { id, sample, report, event, job, operator_id: operator }: SubmissionRow): Promise<void> {
  if (job !== null) await app.jobs.cancel(tx, SCAN_QUEUE, job)
  await tx.asSystem(() => endOpenDetonations(app, tx, id, 'CANCELLED'))
  await markDeleted(tx, id, actor.person, app.clock.now())
  await forgetRun(app, tx, id)
  const { objects, results, behaviour } = await forgetDetonations(tx, id)
  for (const object of objects) await app.objects.remove(tx, object)
  await app.objects.remove(tx, sample)
  if (report !== null) await app.objects.remove(tx, report)
  if (event !== null) await forgetEvent(tx, event)
  app.audit.record(tx, {
    action: 'submission.deleted',
    subject: id,
    operator,
    binds: [
      submissionRow({ id }),
      ...results.map((detonation) => resultRow({ detonation_id: detonation })),
      ...(behaviour ? [behaviourRow({ submission_id: id })] : []),
    ],
  })
  for (const child of await lockChildren(tx, id)) await forget(app, tx, actor, child)
}
