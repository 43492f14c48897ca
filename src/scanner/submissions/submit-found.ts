import type { App } from '#platform/app.ts'
import type { Tx } from '#platform/db/database.ts'
import type { ObjectId } from '#platform/objects/objects.ts'
import type { Detonation } from '#scanner/detonation/contract.ts'
import { foundFiles } from '#scanner/detonation/found-files.ts'
import { findKept } from '#scanner/detonation/store.ts'
import { MOST_SAMPLE_BYTES } from '#scanner/submissions/contract.ts'
import { sealName } from '#scanner/submissions/file-name.ts'
import { insertSubmission, listLineage, type NewSubmission } from '#scanner/submissions/store.ts'
import { enqueue } from '#scanner/submissions/submit-file.ts'
import type { SubmissionRow } from '#scanner/submissions/submission.ts'

/** Files of one submission that are scanned in turn. */
export const MOST_FOUND = 8
/** How far from what somebody handed in; with it a family ends, whatever each of its files leaves. */
export const DEEPEST = 2

/**
 * Makes files that the detonations of a submission left submissions of whoever handed that one in, under the same marking, in the transaction that ends it:
 * never what it is itself, or what that was found in. What a page gave is shared with nobody, as the page is.
 */
export async function submitFound(app: App, tx: Tx, parent: SubmissionRow, reports: readonly Detonation[]): Promise<void> {
  if (parent.depth >= DEEPEST) return
  const lineage = new Set(await listLineage(tx, parent.id))
  const kept = await findKept(tx, parent.id)
  const wanted = foundFiles(reports).flatMap(({ sha256, name }) => {
    const file = kept.get(sha256)
    return file && file.size > 0 && file.size <= MOST_SAMPLE_BYTES && !lineage.has(sha256) ? [{ object: file.object, name }] : []
  })
  for (const { object, name } of wanted.slice(0, MOST_FOUND)) await submit(app, tx, parent, { object, name })
}

async function submit(app: App, tx: Tx, parent: SubmissionRow, { object, name }: { readonly object: ObjectId; readonly name: string }): Promise<void> {
  const id = app.ids.next<'submission'>()
  const { environments, ...options } = parent.options
  // A copy: the file of the detonation goes with its submission, and this with its own.
  const sample = await app.objects.put(tx, (await app.objects.open(tx, object)).stream, { limit: MOST_SAMPLE_BYTES })
  const child: NewSubmission = {
    id,
    operator: parent.operator_id,
    organisation: parent.organisation_id,
    person: parent.submitted_by,
    at: app.clock.now(),
    kind: 'file',
    // Environments were chosen for another type; that none was wanted holds for it too.
    options: environments?.length === 0 ? { ...options, environments } : options,
    tlp: parent.tlp,
    share: parent.share && parent.kind === 'file',
    sample,
    sealedName: name === '' ? null : sealName(app.keys, id, name),
    parent: parent.id,
    depth: parent.depth + 1,
  }
  if (await insertSubmission(tx, child)) await enqueue(app, tx, child)
  else await app.objects.remove(tx, sample.id)
}
