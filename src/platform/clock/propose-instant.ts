import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { thisMachine, type Machine } from '#platform/clock/machine.ts'
import { checkStatement } from '#platform/clock/statement.ts'
import { confirmationRow, insertProposal } from '#platform/clock/store.ts'
import type { Id } from '#platform/ids.ts'

/** The first of two people states what time it is. Throws as `checkStatement` does. */
export async function proposeInstant(app: App, actor: OperatorActor, instant: Date, machine: Machine = thisMachine()): Promise<Id<'clock-confirmation'>> {
  return app.db.transaction(actor, async (tx) => {
    const { databaseMs } = await checkStatement(tx, machine, instant)
    const id = app.ids.next<'clock-confirmation'>()
    await insertProposal(tx, { id, operator: actor.operator, person: actor.person, instant, at: new Date(databaseMs) })
    app.audit.record(tx, { action: 'clock.instant-proposed', subject: id, binds: [confirmationRow({ id })] })
    return id
  })
}
