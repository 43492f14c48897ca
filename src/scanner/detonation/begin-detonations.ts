import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { SendOptions } from '#platform/jobs/jobs.ts'
import type { Environment } from '#scanner/detonation/contract.ts'
import { listWorkers } from '#scanner/detonation/lease-store.ts'
import { inOrder, planFirst, subjectOf, type Planned } from '#scanner/detonation/plan.ts'
import { DETONATE_QUEUE, type DetonationId } from '#scanner/detonation/queue.ts'
import { insertDetonation, setDetonationJob } from '#scanner/detonation/store.ts'
import type { SubmissionRow } from '#scanner/submissions/submission.ts'
import type { ScanResult } from '#scanner/verdict/contract.ts'

const ACTOR = system('submissions.plan')

/** Environments that any worker that lives can open something in, each once: by their lines, the current one before the older. */
export async function environmentsAtHand(app: App): Promise<Environment[]> {
  const workers = await app.db.read(ACTOR, (tx) => listWorkers(tx))
  return inOrder(workers.flatMap(({ environments }) => environments))
}

/** Where a submission is opened first, by what the static scan says of it; empty for what nobody can open, and where its submitter wants none. */
export async function planOf(app: App, { options }: SubmissionRow, result: ScanResult): Promise<Planned[]> {
  if (result.outcome === 'not-scanned' || options.environments?.length === 0) return []
  return planFirst(subjectOf(result), await environmentsAtHand(app), options)
}

/** Writes down what is to be opened where, with a job for each, in one transaction. Gives how many are new. */
export async function beginDetonations(app: App, tx: Tx, submission: SubmissionRow, plan: readonly Planned[]): Promise<number> {
  let begun = 0
  for (const planned of plan) {
    const id = app.ids.next<'detonation'>()
    if (!(await insertDetonation(tx, { id, submission: submission.id, operator: submission.operator_id, at: app.clock.now() }, planned))) continue
    await sendDetonation(app, tx, id, submission)
    begun++
  }
  return begun
}

/** Puts a detonation into its queue, at once or not before an instant; of one organisation only so many run at a time. */
export async function sendDetonation(
  app: App,
  tx: Tx,
  id: DetonationId,
  { operator_id: operator, organisation_id: organisation }: SubmissionRow,
  when: Pick<SendOptions, 'startAfter'> = {},
): Promise<void> {
  await setDetonationJob(tx, id, await app.jobs.send(tx, DETONATE_QUEUE, { detonation: id }, { ...when, group: organisation ?? operator }))
}
