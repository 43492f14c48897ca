import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import { staffWith } from '#platform/auth/people-store.ts'
import type { Binding } from '#platform/audit/audit.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { OperatorId, PersonId } from '#platform/ids.ts'
import { notify } from '#platform/notices/notify.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import { requirePossible } from '#program/packages/decisions/carry-out.ts'
import type { DecisionView, ProposeDecision } from '#program/packages/decisions/contract.ts'
import { droppedCves } from '#program/packages/decisions/dropped-cves.ts'
import { showDecision } from '#program/packages/decisions/list-decisions.ts'
import { sealCves, sealReason } from '#program/packages/decisions/sealed.ts'
import {
  closeDecisions,
  decisionRow,
  findDecision,
  insertDecision,
  listDecisions,
  setDecisionWithdrawn,
  type DecisionId,
} from '#program/packages/decisions/store.ts'
import { findVersion, lockNewestVersion, type StoredVersion, type VersionKey } from '#program/packages/store.ts'

type View = z.input<typeof DecisionView>
type Wish = z.output<typeof ProposeDecision>

/**
 * Proposes to take a version out of its cycle, to end all access to its package, to take it back after it was public, or that
 * vulnerabilities stay behind: nothing happens until another publisher confirms. Throws NOT_FOUND, CONFLICT when it cannot be done
 * with the version as it is or another decision about it waits.
 */
export function proposeDecision(app: App, actor: OperatorActor, id: PackageId, { version, act, reason }: Wish): Promise<View> {
  return app.db.transaction(actor, async (tx) => {
    if (!reason.isWellFormed() || reason.includes('\0')) throw malformed()
    const row = (await lockNewestVersion(tx, actor.operator, id)) && (await findVersion(tx, actor.operator, { package: id, version }))
    if (!row) throw new Problem('NOT_FOUND')
    const at = app.clock.now()
    await requirePossible(app, tx, act, row, at)
    const closed = await closeStale(tx, row, at)
    const decision = app.ids.next<'decision'>()
    const cves = act === 'defer-cves' ? sealCves(app, decision, await droppedCves(app, tx, row, at)) : null
    const named = { id: decision, operator: actor.operator, package: id, version, act, contentHash: row.content_hash, release: row.release_id }
    const isNew = await insertDecision(tx, { ...named, reason: sealReason(app, decision, reason), cves, by: actor.person, at })
    if (!isNew) throw new Problem('CONFLICT', 'Another decision about this version waits for its second publisher.')
    await tellPublishers(app, tx, { operator: actor.operator, package: id, except: actor.person }, 'package.decision-proposed')
    app.audit.record(tx, {
      action: 'package.decision-proposed',
      subject: id,
      binds: [decisionRow({ id: decision }), ...closed],
      details: { version, act, decision },
    })
    return showDecision(app, actor, (await findDecision(tx, actor.operator, id, decision))!)
  })
}

/** What waits about a version that says something else or is on another release by now bars nothing. */
async function closeStale(
  tx: Tx,
  { operator_id: operator, package_id: id, version, content_hash: hash, release_id: release }: StoredVersion,
  at: Date,
): Promise<Binding[]> {
  const waits = (await listDecisions(tx, operator, id)).filter((one) => one.version === version && !(one.confirmed_at ?? one.withdrawn_at ?? one.closed_at))
  const stale = waits.some((one) => !one.content_hash.equals(hash) || one.release_id !== release)
  return stale ? closeDecisions(tx, [{ package: id, version }], at) : []
}

/** Takes a proposal back, one's own or another's. Throws NOT_FOUND, and CONFLICT when it does not wait any more. */
export async function withdrawDecision(app: App, actor: OperatorActor, id: PackageId, decision: DecisionId): Promise<void> {
  await app.db.transaction(actor, async (tx) => {
    await lockNewestVersion(tx, actor.operator, id)
    const row = await findDecision(tx, actor.operator, id, decision)
    if (!row) throw new Problem('NOT_FOUND')
    if (row.confirmed_at ?? row.withdrawn_at ?? row.closed_at) throw new Problem('CONFLICT', 'This decision does not wait any more.')
    await setDecisionWithdrawn(tx, decision, actor.person, app.clock.now())
    const { version, act } = row
    app.audit.record(tx, { action: 'package.decision-withdrawn', subject: id, binds: [decisionRow({ id: decision })], details: { version, act, decision } })
  })
}

/** Tells every publisher but one. */
export async function tellPublishers(
  app: App,
  tx: Tx,
  { operator, package: id, except }: { operator: OperatorId; package: VersionKey['package']; except: PersonId },
  kind: 'package.decision-proposed' | 'package.decision-confirmed',
): Promise<void> {
  const publishers = (await staffWith(tx, operator, 'publisher')).filter((one) => one !== except)
  await notify(app, tx, publishers, kind, { package: id })
}

function malformed(): Problem {
  return new Problem('VALIDATION_FAILED', undefined, { fields: [{ field: '/body/reason', message: 'text that has a UTF-8 form' }] })
}
