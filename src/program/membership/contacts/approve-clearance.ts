import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'
import { notify } from '#platform/notices/notify.ts'
import { requireTwoOfficers } from '#platform/auth/holds-role.ts'
import { ceilingsOf } from '#program/membership/contacts/ceilings.ts'
import { clearanceChangeState } from '#program/membership/contacts/clearance.ts'
import {
  clearanceChangeRow,
  findClearanceChange,
  lockClearance,
  lockClearanceChange,
  setClearanceChangeApproved,
  setClearanceChangeClosed,
  writeClearance,
  type ClearanceChange,
} from '#program/membership/contacts/clearance-store.ts'
import { lockContact } from '#program/membership/contacts/managed-contact.ts'
import { clearanceRow } from '#program/membership/entitlement-store.ts'

/**
 * The second officer agrees: from now on the contact has exactly the proposed clearance. Throws NOT_FOUND, SECOND_PERSON_NEEDED for
 * who proposed it, and CONFLICT when it does not wait any more, who proposed it is no officer any more, the policy has ended, or the contact left.
 */
export async function approveClearance(app: App, actor: OperatorActor, id: string): Promise<ClearanceChange> {
  return app.db.transaction(actor, async (tx) => {
    const found = await findClearanceChange(tx, id)
    if (!found) throw new Problem('NOT_FOUND')
    if (found.proposed_by === actor.person) throw new Problem('SECOND_PERSON_NEEDED')
    // The person before the change, in the order in which everything else locks them.
    const person = await lockContact(tx, actor, found.person_id)
    const change = (await lockClearanceChange(tx, id))!
    const at = app.clock.now()
    if (clearanceChangeState(change, at) !== 'waits') throw new Problem('CONFLICT', 'This clearance does not wait any more.')
    const ceilings = await ceilingsOf(tx, actor.operator, at)
    const otherwise = 'This proposal does not stand any more; propose another.'
    if (change.jurisdiction !== null && !ceilings(change.jurisdiction)) throw new Problem('CONFLICT', otherwise)
    await requireTwoOfficers(tx, { proposer: change.proposed_by, approver: actor.person, otherwise })
    await lockClearance(tx, person.id, actor.operator)
    await setClearanceChangeApproved(tx, change.id, actor.person, at)
    await writeClearance(tx, person.id, actor.operator, change, at)
    const binds = [clearanceChangeRow({ id: change.id }), clearanceRow({ person_id: person.id, operator_id: actor.operator })]
    app.audit.record(tx, { action: 'clearance.approved', subject: person.id, binds })
    await notify(app, tx, person.id, 'clearance.approved')
    return (await findClearanceChange(tx, change.id))!
  })
}

/** Ends a proposal that should not go on; any membership officer may. Throws NOT_FOUND, and CONFLICT when it has ended already. */
export async function closeClearance(app: App, actor: OperatorActor, id: string): Promise<void> {
  await app.db.transaction(actor, async (tx) => {
    const change = await lockClearanceChange(tx, id)
    if (!change) throw new Problem('NOT_FOUND')
    const at = app.clock.now()
    if (['approved', 'closed'].includes(clearanceChangeState(change, at))) throw new Problem('CONFLICT', 'This proposal has ended already.')
    await setClearanceChangeClosed(tx, change.id, at)
    app.audit.record(tx, { action: 'clearance.closed', subject: change.person_id, binds: [clearanceChangeRow({ id: change.id })] })
  })
}
