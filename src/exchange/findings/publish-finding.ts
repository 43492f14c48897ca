import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import type { OperatorId, OrganisationId } from '#platform/ids.ts'
import { asIncoming, storeFoundation } from '#exchange/findings/create-findings-collection.ts'
import { findingObjects, type Verdict } from '#exchange/stix/finding.ts'
import { findByPurpose } from '#exchange/taxii/store.ts'
import { storeObjects } from '#exchange/taxii/store-objects.ts'

export interface Publication {
  readonly operator: OperatorId
  /** Who handed the file in: it sees the finding whatever its marking is; null: the operator. */
  readonly contributor: OrganisationId | null
  readonly verdict: Verdict
}

/** Publishes a verdict in the operator's collection of findings; the same again adds nothing. Without such a collection nothing is published, and a log line says so. */
export async function publishFinding(app: App, { operator, contributor, verdict }: Publication): Promise<void> {
  await app.db.transaction(system('findings.publish'), async (tx) => {
    const collection = await findByPurpose(tx, operator, 'scanner-findings')
    if (collection === undefined) {
      app.log.warn({ operator, submission: verdict.submission }, 'no collection for findings of the scanner: nothing was published')
      return
    }
    await storeFoundation(app, tx, { id: collection, operator })
    await storeObjects(app, tx, { collection, operator, contributor, by: undefined }, asIncoming(findingObjects(verdict)))
  })
}
