import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { Binding } from '#platform/audit/audit.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { requireTwoPublishers } from '#platform/auth/holds-role.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import { outcomesOf, type Outcome } from '#program/packages/decisions/carry-out.ts'
import type { DecisionAct, DecisionView } from '#program/packages/decisions/contract.ts'
import { showDecision } from '#program/packages/decisions/list-decisions.ts'
import { tellPublishers } from '#program/packages/decisions/propose-decision.ts'
import { openReason } from '#program/packages/decisions/sealed.ts'
import { closeDecisions, decisionRow, findDecision, setDecisionConfirmed, type DecisionId, type StoredDecision } from '#program/packages/decisions/store.ts'
import { bindVersions } from '#program/packages/history-store.ts'
import { tellHolders } from '#program/packages/holders/tell-holders.ts'
import { decide } from '#program/packages/package.ts'
import { findVersion, lockNewestVersion, updateVersion, type StoredVersion } from '#program/packages/store.ts'

type View = z.input<typeof DecisionView>

/** What a confirmed act is called in the log, and which notice tells holders of it. */
const DONE = {
  defer: { action: 'package.deferred', notice: 'package.deferred' },
  pull: { action: 'package.pulled', notice: 'package.pulled' },
  withdraw: { action: 'package.withdrawn', notice: 'package.withdrawn' },
  'defer-cves': { action: 'package.cves-leave', notice: undefined },
} as const satisfies Record<DecisionAct, { action: string; notice: string | undefined }>

/**
 * The second publisher agrees, and it is done at once: of a pull, nothing of the package is read from this instant on. Throws
 * NOT_FOUND, SECOND_PERSON_NEEDED for who proposed it, FORBIDDEN and CONFLICT when one of both is no publisher any more, and CONFLICT
 * when it does not wait any more or the version is not what it was proposed about: then it is closed.
 */
export async function confirmDecision(app: App, actor: OperatorActor, id: PackageId, decision: DecisionId): Promise<View> {
  const answer = await app.db.transaction(actor, async (tx) => {
    await lockNewestVersion(tx, actor.operator, id)
    const row = await lockWaiting(tx, actor, id, decision)
    const version = (await findVersion(tx, actor.operator, { package: id, version: row.version }))!
    const at = app.clock.now()
    const outcomes = await outcomesIfPossible(app, tx, actor, { row, version, at })
    if (!outcomes) {
      await closeChanged(app, tx, row, at)
      return undefined
    }
    await carryOut(app, tx, actor, { row, outcomes, at })
    return showDecision(app, actor, (await findDecision(tx, actor.operator, id, decision))!)
  })
  if (!answer)
    throw new Problem('CONFLICT', 'The version is not what this was proposed about any more, so it was closed: look at the version, and propose it anew.')
  return answer
}

async function lockWaiting(tx: Tx, actor: OperatorActor, id: PackageId, decision: DecisionId): Promise<StoredDecision> {
  const row = await findDecision(tx, actor.operator, id, decision)
  if (!row) throw new Problem('NOT_FOUND')
  if (row.confirmed_at ?? row.withdrawn_at ?? row.closed_at) throw new Problem('CONFLICT', 'This decision does not wait any more.')
  await requireTwoPublishers(tx, {
    proposer: row.proposed_by,
    approver: actor.person,
    otherwise: 'Who proposed this is no publisher any more; propose it anew.',
  })
  return row
}

/** Undefined when the version says something else, is on another release, or is in a state that the act does not begin from. */
async function outcomesIfPossible(
  app: App,
  tx: Tx,
  actor: OperatorActor,
  { row, version, at }: { row: StoredDecision; version: StoredVersion; at: Date },
): Promise<Outcome[] | undefined> {
  if (!version.content_hash.equals(row.content_hash) || version.release_id !== row.release_id) return undefined
  const decision = decide({ proposedBy: row.proposed_by, confirmedBy: actor.person, reason: openReason(app, row.id, row.reason), at })
  try {
    return await outcomesOf(app, tx, row.act, version, decision)
  } catch (error) {
    if (error instanceof Problem && error.code === 'CONFLICT') return undefined
    throw error
  }
}

async function carryOut(
  app: App,
  tx: Tx,
  actor: OperatorActor,
  { row, outcomes, at }: { row: StoredDecision; outcomes: readonly Outcome[]; at: Date },
): Promise<void> {
  const { id, package_id: subject, operator_id: operator, version, act } = row
  await setDecisionConfirmed(tx, id, actor.person, at)
  for (const { key, state } of outcomes) await updateVersion(tx, key, { state, updated_at: at })
  const keys = outcomes.map(({ key }) => key)
  const binds: Binding[] = [decisionRow({ id }), ...(await bindVersions(tx, keys)), ...(await closeDecisions(tx, keys, at))]
  const { action, notice } = DONE[act]
  const told = notice === undefined ? 0 : await tellHolders(app, tx, operator, { package: subject, version }, notice)
  await tellPublishers(app, tx, { operator, package: subject, except: actor.person }, 'package.decision-confirmed')
  const versions = keys.map((key) => key.version)
  app.audit.record(tx, { action, subject, binds, details: { decision: id, version, versions, holdersTold: told, proposedBy: row.proposed_by } })
}

async function closeChanged(app: App, tx: Tx, { id, package_id: subject, version, act }: StoredDecision, at: Date): Promise<void> {
  const binds = await closeDecisions(tx, [{ package: subject, version }], at)
  app.audit.record(tx, { action: 'package.decision-closed', subject, binds, details: { decision: id, version, act } })
}
