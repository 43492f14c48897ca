import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { requireTwoOfficers } from '#platform/auth/holds-role.ts'
import type { JurisdictionPolicy, ProposePolicy } from '#program/membership/standing/contract.ts'
import { PROPOSAL_DAYS } from '#program/membership/standing/membership-change.ts'
import {
  holdPolicies,
  insertPolicy,
  listPolicies as listStored,
  lockPolicy,
  policyRow,
  setPolicyApproved,
  setPolicyClosed,
  type PolicyId,
  type StoredPolicy,
} from '#program/membership/standing/policy-store.ts'

type View = z.input<typeof JurisdictionPolicy>
const DAY_MS = 86_400_000

/** The policies that members of the operator can be under, and those that wait for a second officer. */
export function listPolicies(app: App, actor: OperatorActor): Promise<View[]> {
  return app.db.read(actor, async (tx) => (await listStored(tx, actor.operator)).map((policy) => show(policy, app.clock.now())))
}

/**
 * Proposes the next version of a policy. No version ever changes, so that a decision can be replayed: members come under another
 * by a change of their standing, which tightens at once and loosens from the next cycle. Throws CONFLICT for the name of a policy
 * that is shipped, or while a version of it waits; one that waited too long is closed.
 */
export function proposePolicy(app: App, actor: OperatorActor, wish: z.output<typeof ProposePolicy>): Promise<View> {
  return app.db.transaction(actor, async (tx) => {
    await holdPolicies(tx, actor.operator)
    const at = app.clock.now()
    const open = (await listStored(tx, actor.operator)).filter(({ name, closed_at: closed }) => name === wish.name && closed === null)
    const expired = open.filter((policy) => policy.operator !== null && stateOf(policy, at) === 'expired')
    const named = open.filter((policy) => !expired.includes(policy))
    if (named.some(({ operator }) => operator === null))
      throw new Problem('CONFLICT', 'A policy of this name is shipped with the program; choose another name.')
    if (named.some(({ approved_at: approved }) => approved === null))
      throw new Problem('CONFLICT', 'A version of this policy waits already; approve or refuse it first.')
    for (const { id: late } of expired) {
      await setPolicyClosed(tx, late, actor.person, at)
      await recorded(app, tx, actor, late, 'jurisdiction-policy.closed')
    }
    const id = app.ids.next<'jurisdiction-policy'>() as PolicyId
    const version = Math.max(0, ...named.map((one) => one.version)) + 1
    const validFrom = wish.validFrom && wish.validFrom > at ? wish.validFrom : at
    await insertPolicy(tx, {
      ...wish,
      id,
      operator: actor.operator,
      version,
      validFrom,
      by: actor.person,
      at,
      expiresAt: new Date(at.getTime() + PROPOSAL_DAYS * DAY_MS),
    })
    return recorded(app, tx, actor, id, 'jurisdiction-policy.proposed')
  })
}

/**
 * A second officer puts it in force. Throws NOT_FOUND, SECOND_PERSON_NEEDED, FORBIDDEN for who is no officer any more, and CONFLICT
 * when it does not wait or its proposer is no officer any more.
 */
export function approvePolicy(app: App, actor: OperatorActor, id: PolicyId): Promise<View> {
  return app.db.transaction(actor, async (tx) => {
    const policy = await lockWaiting(tx, actor, id)
    if (stateOf(policy, app.clock.now()) === 'expired') throw new Problem('CONFLICT', 'This policy waited too long; propose it anew.')
    const otherwise = 'Who proposed this policy is no membership officer any more.'
    await requireTwoOfficers(tx, { proposer: policy.proposed_by!, approver: actor.person, otherwise })
    await setPolicyApproved(tx, id, actor.person, app.clock.now())
    return recorded(app, tx, actor, id, 'jurisdiction-policy.approved')
  })
}

/** Refuses or takes back a policy that waits. Throws NOT_FOUND and CONFLICT. */
export async function closePolicy(app: App, actor: OperatorActor, id: PolicyId): Promise<void> {
  await app.db.transaction(actor, async (tx) => {
    await lockWaiting(tx, actor, id)
    await setPolicyClosed(tx, id, actor.person, app.clock.now())
    await recorded(app, tx, actor, id, 'jurisdiction-policy.closed')
  })
}

async function recorded(app: App, tx: Tx, actor: OperatorActor, id: PolicyId, action: string): Promise<View> {
  const policy = (await lockPolicy(tx, actor.operator, id))!
  const { dutyToReport, parts, notBefore, jurisdictions } = policy
  app.audit.record(tx, { action, subject: id, binds: [policyRow({ id })], details: { policy: policy.policy, dutyToReport, parts, notBefore, jurisdictions } })
  return show(policy, app.clock.now())
}

async function lockWaiting(tx: Tx, actor: OperatorActor, id: PolicyId): Promise<StoredPolicy> {
  const policy = await lockPolicy(tx, actor.operator, id)
  if (!policy) throw new Problem('NOT_FOUND')
  if (policy.approved_at || policy.closed_at) throw new Problem('CONFLICT', 'This policy does not wait any more.')
  return policy
}

function stateOf({ operator, approved_at: approved, closed_at: closed, expires_at: expires }: StoredPolicy, now: Date): View['state'] {
  if (closed) return 'closed'
  if (approved) return operator === null ? 'shipped' : 'in-force'
  return expires !== null && expires <= now ? 'expired' : 'waits'
}

function show(policy: StoredPolicy, now: Date): View {
  const { approved_at: approvedAt, approved_by: approver, proposed_by: proposer, proposed_at: proposedAt, expires_at: expiresAt } = policy
  return {
    ...policy,
    jurisdictions: [...policy.jurisdictions],
    state: stateOf(policy, now),
    expiresAt,
    proposed: proposer ? { by: { id: proposer, name: policy.proposer_name ?? '' }, at: proposedAt } : null,
    approved: approver && approvedAt ? { by: { id: approver, name: policy.approver_name ?? '' }, at: approvedAt } : null,
  }
}
