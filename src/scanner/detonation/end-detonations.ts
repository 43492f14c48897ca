import type { App } from '#platform/app.ts'
import type { Tx } from '#platform/db/database.ts'
import { DETONATE_QUEUE, JOIN_QUEUE } from '#scanner/detonation/queue.ts'
import { lockOpenDetonations, markDetonationEnded, type DetonationFailure, type DetonationRow } from '#scanner/detonation/store.ts'
import type { SubmissionId } from '#scanner/submissions/submission.ts'

/** Ends every detonation of a submission that has no end, whether it waits or runs; whoever runs one is told by its signal. Gives how many. */
export async function endOpenDetonations(app: App, tx: Tx, submission: SubmissionId, failure: DetonationFailure): Promise<number> {
  const open = await lockOpenDetonations(tx, submission)
  for (const { id, job } of open) {
    if (job !== null) await app.jobs.cancel(tx, DETONATE_QUEUE, job)
    await markDetonationEnded(tx, id, app.clock.now(), failure)
  }
  return open.length
}

/** Ends one, in the transaction that holds it and its submission; with the last one the verdict is joined. */
export async function endDetonation(app: App, tx: Tx, { id, submission_id: submission }: DetonationRow, failure: DetonationFailure | null): Promise<void> {
  await markDetonationEnded(tx, id, app.clock.now(), failure)
  if ((await lockOpenDetonations(tx, submission)).length === 0) await app.jobs.send(tx, JOIN_QUEUE, { submission })
}
