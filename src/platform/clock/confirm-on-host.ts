import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import { AGREEMENT_MS } from '#platform/clock/judge.ts'
import { thisMachine, type Machine } from '#platform/clock/machine.ts'
import { checkStatement } from '#platform/clock/statement.ts'
import { confirmationRow, insertHostConfirmation, lockAnchor, lowerMark, readMark, setLine } from '#platform/clock/store.ts'

interface HostConfirmation {
  /** Who speaks: `host` for a person at the machine's own terminal, `demonstration` for its start. */
  readonly by: 'host' | 'demonstration'
  /** The time by an outside clock; the machine's own wall clock unless said. */
  readonly instant?: Date
  /**
   * Sets a high-water mark back that lies ahead of the stated time, after the clocks were wrong and people confirmed them.
   * The only way the mark ever goes down. Processes that run keep what they reached until they are started again.
   */
  readonly lowerMark?: boolean
  readonly machine?: Machine
}

/**
 * Confirms the time in the name of whoever runs the machine: they could change the database itself, so no second person
 * is asked, but the log says who it was. Returns the mark that was set back, if one was. Throws as `checkStatement` does.
 */
export async function confirmOnHost(app: App, { by, machine = thisMachine(), ...asked }: HostConfirmation): Promise<Date | undefined> {
  return app.db.transaction(system(by), async (tx) => {
    const instant = asked.instant ?? new Date(machine.wallMs())
    const readings = await checkStatement(tx, machine, instant)
    const id = app.ids.next<'clock-confirmation'>()
    await insertHostConfirmation(tx, { id, instant, at: new Date(readings.databaseMs) })
    await lockAnchor(tx, machine.bootId)
    await setLine(tx, machine.bootId, new Date(instant.getTime() - readings.uptimeMs), id)
    const mark = await readMark(tx)
    const lowered = asked.lowerMark && mark && mark.getTime() > instant.getTime() + AGREEMENT_MS ? mark : undefined
    if (lowered) await lowerMark(tx, instant)
    app.audit.record(tx, {
      action: 'clock.confirmed-on-host',
      subject: id,
      binds: [confirmationRow({ id })],
      details: { by, ...(lowered && { markBefore: lowered.toISOString() }) },
    })
    return lowered
  })
}
