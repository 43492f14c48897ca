import type { App } from '#platform/app.ts'
import type { Tx } from '#platform/db/database.ts'
import { emit } from '#platform/events/events.ts'
import type { Id } from '#platform/ids.ts'
import { submissionScanned } from '#scanner/submissions/contract.ts'
import { listWishes } from '#scanner/submissions/store.ts'
import { audienceOf, type SubmissionRow, type Summary } from '#scanner/submissions/submission.ts'

/**
 * Tells, in the transaction that keeps the answer, that a scan has ended with it. A page is shared with nobody: what is published is of files, and the digest
 * of an address is no file's.
 */
export async function tellScanned(
  app: App,
  tx: Tx,
  { id, operator_id: operator, organisation_id: organisation, kind, tlp, share, sha256, size }: SubmissionRow,
  { outcome, type, exploit, cves, techniques }: Summary,
): Promise<Id<'event'>> {
  const audience = audienceOf(await listWishes(tx, operator, sha256))
  const told = { outcome, type, exploit, audience, cves: [...cves], techniques: [...techniques] }
  return emit(app, tx, submissionScanned, { submission: id, organisation, tlp, share: share && kind === 'file', sha256, size, ...told }, { operator })
}
