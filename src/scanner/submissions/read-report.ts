import { json } from 'node:stream/consumers'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'
import { behaviourOf, type Joined } from '#scanner/detonation/show-behaviour.ts'
import { countRuns, listBehaviours } from '#scanner/detonation/store.ts'
import { findSubmission } from '#scanner/submissions/store.ts'
import type { SubmissionReport } from '#scanner/submissions/contract.ts'
import type { SubmissionId } from '#scanner/submissions/submission.ts'
import { JoinedReport, ScanResult } from '#scanner/verdict/contract.ts'
import { showHits } from '#scanner/yara-sets/show-hits.ts'

/** The answer of a submission's scan, with what the actor may know of what rules said and of what was seen in environments. Throws NOT_FOUND, which says more only to those who may see the submission. */
export async function readReport(app: App, actor: PersonActor, id: SubmissionId): Promise<SubmissionReport> {
  return app.db.read(actor, async (tx) => {
    const submission = await findSubmission(tx, actor, id)
    if (!submission) throw new Problem('NOT_FOUND')
    if (submission.report === null) throw new Problem('NOT_FOUND', submission.failure === null ? 'It is not scanned yet.' : 'It could not be scanned.')
    const behaviour = behaviourOf(submission, (await countRuns(tx, [id])).get(id))
    const { stream } = await app.objects.open(tx, submission.report)
    const result = ScanResult.parse(await json(stream))
    if (result.outcome === 'not-scanned') return { ...result, behaviour }
    return { ...(await showHits(app, tx, actor, id, result)), behaviour }
  })
}

/** The verdict with what was seen in environments. Throws NOT_FOUND, also before the end, where it was opened nowhere, and for what the operator holds back. */
export async function readJoined(app: App, actor: PersonActor, id: SubmissionId): Promise<JoinedReport> {
  const joined = await findJoined(app, actor, id)
  if (!joined) throw new Problem('NOT_FOUND')
  return joined.report
}

/** The same, and whether it is embargoed; undefined where there is none that the actor may know. */
export async function findJoined(app: App, actor: PersonActor, id: SubmissionId): Promise<Joined | undefined> {
  return app.db.read(actor, async (tx) => {
    const found = (await findSubmission(tx, actor, id)) && (await listBehaviours(tx, [id])).get(id)
    if (!found) return undefined
    return { report: JoinedReport.parse(await json((await app.objects.open(tx, found.report)).stream)), embargoed: found.embargoed }
  })
}
