import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'
import type { AcknowledgementList } from '#program/packages/acknowledgements/contract.ts'
import { listDuties } from '#program/packages/acknowledgements/store.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import { findNewestVersion } from '#program/packages/store.ts'

/** Which members were asked to acknowledge what of a package, and who of them did. Throws NOT_FOUND. */
export function showAcknowledgements(app: App, actor: OperatorActor, id: PackageId): Promise<z.input<typeof AcknowledgementList>['items']> {
  return app.db.read(actor, async (tx) => {
    if (!(await findNewestVersion(tx, actor.operator, id))) throw new Problem('NOT_FOUND')
    return (await listDuties(tx, actor.operator, id)).map((row) => ({
      id: row.id,
      version: row.version,
      kind: row.kind,
      organisation: { id: row.organisation_id, name: row.organisation_name },
      askedAt: row.asked_at,
      acknowledged:
        row.acknowledged_by && row.acknowledged_at ? { by: { id: row.acknowledged_by, name: row.acknowledger_name ?? '' }, at: row.acknowledged_at } : null,
    }))
  })
}
