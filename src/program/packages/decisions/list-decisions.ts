import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'
import type { PersonId } from '#platform/ids.ts'
import { staffMayRead } from '#program/embargo/may-read.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import type { DecisionView } from '#program/packages/decisions/contract.ts'
import { openCves, openReason } from '#program/packages/decisions/sealed.ts'
import { listDecisions, listWaitingDecisions, type StoredDecision } from '#program/packages/decisions/store.ts'
import { findNewestVersion } from '#program/packages/store.ts'

type View = z.input<typeof DecisionView>

/** What was proposed and decided about the versions of a package, the newest first. Throws NOT_FOUND. */
export function showDecisions(app: App, actor: OperatorActor, id: PackageId): Promise<View[]> {
  return app.db.read(actor, async (tx) => {
    if (!(await findNewestVersion(tx, actor.operator, id))) throw new Problem('NOT_FOUND')
    return (await listDecisions(tx, actor.operator, id)).map((row) => showDecision(app, actor, row))
  })
}

/** What waits for a second publisher, the oldest first. */
export function showWaiting(app: App, actor: OperatorActor): Promise<View[]> {
  return app.db.read(actor, async (tx) => (await listWaitingDecisions(tx, actor.operator)).map((row) => showDecision(app, actor, row)))
}

export function showDecision(app: App, { roles }: OperatorActor, row: StoredDecision): View {
  // A reason may name what only the readers of the bulletin may know.
  const reads = staffMayRead(roles, 'bulletin')
  return {
    id: row.id,
    package: row.package_id,
    version: row.version,
    versionState: row.version_state,
    act: row.act,
    reason: reads ? openReason(app, row.id, row.reason) : null,
    cves: reads ? openCves(app, row) : [],
    state: stateOf(row),
    proposed: { by: { id: row.proposed_by, name: row.proposer_name }, at: row.proposed_at },
    confirmed: byAt(row.confirmed_by, row.confirmer_name, row.confirmed_at),
    withdrawn: byAt(row.withdrawn_by, row.withdrawer_name, row.withdrawn_at),
    closedAt: row.closed_at,
  }
}

function stateOf({ confirmed_at: confirmed, withdrawn_at: withdrawn, closed_at: closed }: StoredDecision): View['state'] {
  if (confirmed) return 'confirmed'
  if (withdrawn) return 'withdrawn'
  return closed ? 'closed' : 'waits'
}

function byAt(id: PersonId | null, name: string | null, at: Date | null) {
  return id && at ? { by: { id, name: name ?? '' }, at } : null
}
