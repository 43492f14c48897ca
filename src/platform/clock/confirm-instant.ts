import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { thisMachine, type Machine } from '#platform/clock/machine.ts'
import { checkStatement } from '#platform/clock/statement.ts'
import { confirmationRow, confirmProposal, lockAnchor, lockProposal, setLine } from '#platform/clock/store.ts'
import { Problem } from '#platform/errors.ts'
import type { Id } from '#platform/ids.ts'

/** The second statement follows the first within this long, by the people's own clocks. */
export const OPEN_FOR_MS = 15 * 60_000
const SLOW_WATCH_MS = 60_000

/**
 * The second of two people states what time it is, and with that the time is confirmed: this machine's line starts
 * anew from it at once, the others adopt it with their next sample. Both statements come from outside clocks, so a
 * jump between them carries nothing over. Throws NOT_FOUND, SECOND_PERSON_NEEDED, CONFLICT when the proposal was
 * confirmed already or lapsed, and as `checkStatement` does.
 */
export async function confirmInstant(
  app: App,
  actor: OperatorActor,
  id: Id<'clock-confirmation'>,
  instant: Date,
  machine: Machine = thisMachine(),
): Promise<void> {
  await app.db.transaction(actor, async (tx) => {
    const proposal = await lockProposal(tx, id)
    if (!proposal) throw new Problem('NOT_FOUND')
    if (proposal.proposed_by === actor.person) throw new Problem('SECOND_PERSON_NEEDED')
    if (proposal.confirmed_at) throw new Problem('CONFLICT', 'This proposal was confirmed already.')
    checkFollows(proposal.instant, instant)
    const readings = await checkStatement(tx, machine, instant)
    await confirmProposal(tx, { id, person: actor.person, instant, at: new Date(readings.databaseMs) })
    await tx.asSystem(async () => {
      await lockAnchor(tx, machine.bootId)
      await setLine(tx, machine.bootId, new Date(instant.getTime() - readings.uptimeMs), id)
    })
    app.audit.record(tx, { action: 'clock.instant-confirmed', subject: id, binds: [confirmationRow({ id })] })
  })
}

function checkFollows(first: Date, second: Date): void {
  const ms = second.getTime() - first.getTime()
  if (ms < -SLOW_WATCH_MS || ms > OPEN_FOR_MS) throw new Problem('CONFLICT', 'The two statements are over 15 minutes apart; state the time anew.')
}
