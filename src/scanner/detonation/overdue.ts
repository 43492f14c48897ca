import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import { endOpenDetonations } from '#scanner/detonation/end-detonations.ts'
import { JOIN_QUEUE } from '#scanner/detonation/queue.ts'
import { raiseHeld } from '#scanner/detonation/raise-candidate.ts'
import { listUnfinished, lockDetonatingSubmission, markFailed, submissionRow } from '#scanner/submissions/store.ts'

const ACTOR = system('submissions.end-overdue')
const HOUR_MS = 3_600_000
/** From its static answer on, a submission is opened for so long at most; then what was seen is joined. */
export const DETONATING_MS = 12 * HOUR_MS
/** If even that did not come to an end, it is given up. */
export const GIVE_UP_MS = 24 * HOUR_MS

/** Ends what is being opened for too long: each submission has an answer, whatever became of its jobs and of the workers with machines. */
export async function endOverdueDetonations(app: App): Promise<void> {
  const now = app.clock.now().getTime()
  for (const { id, since } of await app.db.read(ACTOR, (tx) => listUnfinished(tx, new Date(now - DETONATING_MS)))) {
    await app.db.transaction(ACTOR, async (tx) => {
      const submission = await lockDetonatingSubmission(tx, id)
      if (!submission) return
      await endOpenDetonations(app, tx, id, 'DEADLINE')
      if (now - since.getTime() < GIVE_UP_MS) {
        await app.jobs.send(tx, JOIN_QUEUE, { submission: id })
        return
      }
      await raiseHeld(app, tx, submission)
      await markFailed(tx, id, 'DEADLINE', app.clock.now())
      const { operator_id: operator } = submission
      app.audit.record(tx, { action: 'submission.failed', subject: id, operator, binds: [submissionRow({ id })], details: { failure: 'DEADLINE' } })
    })
  }
}
