import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'
import { requireTwoOfficers } from '#platform/auth/holds-role.ts'
import { criteriaSetRow, findSet, lockSet, setAdopted, type CriteriaSetId, type StoredSet } from '#program/membership/criteria/set-store.ts'

/**
 * The second officer puts a proposed set in force: for what is submitted from now on, and for each member at its next renewal.
 * Throws NOT_FOUND, SECOND_PERSON_NEEDED for who proposed it, and CONFLICT when it was adopted already or its proposer is no
 * membership officer any more.
 */
export async function adoptSet(app: App, actor: OperatorActor, id: CriteriaSetId): Promise<StoredSet> {
  const { operator, person } = actor
  return app.db.transaction(actor, async (tx) => {
    const set = await lockSet(tx, operator, id)
    if (!set) throw new Problem('NOT_FOUND')
    if (set.adopted_at) throw new Problem('CONFLICT', 'This set was adopted already; propose it again to return to it.')
    const otherwise = 'Who proposed this set is no membership officer any more; propose it again.'
    await requireTwoOfficers(tx, { proposer: set.proposed_by, approver: person, otherwise })
    await setAdopted(tx, id, person, app.clock.now())
    const details = { set: `${set.name}@${set.version}`, kind: set.kind }
    app.audit.record(tx, { action: 'criteria.adopted', subject: id, binds: [criteriaSetRow({ id })], details })
    return (await findSet(tx, operator, id))!
  })
}
