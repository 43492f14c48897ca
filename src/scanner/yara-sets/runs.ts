import type { App } from '#platform/app.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId } from '#platform/ids.ts'
import { strictest } from '#exchange/stix/contract.ts'
import { findsTechnique } from '#scanner/rules/findings.ts'
import type { SetResults } from '#scanner/yara-sets/results.ts'
import { deleteRun, insertMatch, insertRun, lockMarkings } from '#scanner/yara-sets/run-store.ts'
import type { SubmissionId } from '#scanner/submissions/submission.ts'

/** Keeps what rules said of a submission, in the transaction that keeps its report. */
export async function keepRun(app: App, tx: Tx, submission: { readonly id: SubmissionId; readonly operator: OperatorId }, results: SetResults): Promise<void> {
  const bytes = Buffer.from(JSON.stringify(results))
  const { id: object } = await app.objects.put(tx, inOnePiece(bytes), { limit: bytes.length })
  await insertRun(tx, { submission: submission.id, operator: submission.operator, results: object })
  const ids = results.sets.map(({ set }) => set).sort()
  // A set may have been marked more strictly since it was read; until the commit its marking stands still.
  const now = await lockMarkings(tx, ids)
  for (const { set, operator, owner, tlp, matches } of results.sets)
    await insertMatch(tx, { submission: submission.id, set, operator, owner, tlp: strictest(tlp, now.get(set)), technique: findsTechnique(matches) })
}

/** Forgets it, whatever of it whoever deletes the submission may know. */
export async function forgetRun(app: App, tx: Tx, submission: SubmissionId): Promise<void> {
  const object = await deleteRun(tx, submission)
  if (object !== undefined) await app.objects.remove(tx, object)
}

async function* inOnePiece(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
  yield bytes
}
