import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { holdEvent } from '#platform/events/events.ts'
import type { Id, OperatorId, OrganisationId } from '#platform/ids.ts'
import type { TlpLabel } from '#program/packages/contract.ts'
import { asIncoming, storeFoundation } from '#exchange/findings/create-findings-collection.ts'
import type { StixObject } from '#exchange/stix/check.ts'
import { findingObjects, saidAgain, type Verdict } from '#exchange/stix/finding.ts'
import { strictest } from '#exchange/stix/tlp.ts'
import { findByPurpose } from '#exchange/collections/store.ts'
import { readOwn } from '#exchange/objects/read-own.ts'
import { storeObjects, type Destination } from '#exchange/objects/store-objects.ts'

export interface Publication {
  /** The event that tells of it: it is forgotten with the submission, and what is forgotten is not published. */
  readonly event: Id<'event'>
  readonly operator: OperatorId
  /** Who handed the file in: it sees the finding whatever its marking is; null: the operator. */
  readonly contributor: OrganisationId | null
  /** For whom it may be published at most, whatever the submitter's marking allows, when the scan ended. */
  readonly audience: TlpLabel
  readonly verdict: Verdict
}

/** Publishes a verdict in the operator's collection of findings; the same again adds nothing. Without such a collection nothing is published, and a log line says so. */
export async function publishFinding(app: App, { event, operator, contributor, audience, verdict }: Publication): Promise<void> {
  await app.db.transaction(system('findings.publish'), async (tx) => {
    if (!(await holdEvent(tx, event))) return
    const collection = await findByPurpose(tx, operator, 'scanner-findings')
    const about = { operator, submission: verdict.submission }
    if (collection === undefined) {
      app.log.warn(about, 'no collection for findings of the scanner: nothing was published')
      return
    }
    await storeFoundation(app, tx, { id: collection, operator })
    const to = { collection, operator, contributor, by: undefined, audience: narrowedTo(audience, verdict) }
    const objects = await whatIsNew(app, tx, to, verdict)
    const results = await storeObjects(app, tx, to, asIncoming(objects))
    const refused = results.flatMap((result, n) => (result.outcome === 'refused' ? [{ type: objects[n]!.type, message: result.message }] : []))
    if (refused.length > 0) app.log.warn({ ...about, refused }, 'objects of a finding were not published')
  })
}

/**
 * For whom the objects are. They carry their submitter's marking; where others who handed in the same bytes wish for a stricter one
 * nobody receives them but the submitter, for whom nothing differs: under the weaker marking a receiver could pass them on, and
 * under the stricter one the submitter would learn of the others.
 */
function narrowedTo(audience: TlpLabel, { tlp }: Verdict): TlpLabel {
  return strictest(tlp, audience) === tlp ? tlp : 'RED'
}

/** The objects that say something else, or are for others, than what came of the same bytes before. */
async function whatIsNew(app: App, tx: Tx, to: Destination & { readonly audience: TlpLabel }, verdict: Verdict): Promise<StixObject[]> {
  const objects = findingObjects(verdict)
  const known = await readOwn(
    app,
    tx,
    to,
    objects.map(({ id }) => id),
  )
  return objects.flatMap((object) => {
    const before = known.get(object.id)
    if (!before || object.modified === undefined) return [object]
    const { object: again, changes } = saidAgain(object, before.object)
    return changes || before.tlp !== strictest(verdict.tlp, to.audience) ? [again] : []
  })
}
