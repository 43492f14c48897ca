import type { App } from '#platform/app.ts'
import { staffWith } from '#platform/auth/people-store.ts'
import { system } from '#platform/auth/actor.ts'
import { notify } from '#platform/notices/notify.ts'
import { dueAt, FILING_STEPS, reminderAt } from '#program/reporting/deadlines.ts'
import { factsOfClock } from '#program/reporting/show-clocks.ts'
import { insertReminder, listClocks, listFilings, reminderRow, type Reminder, type StoredClock } from '#program/reporting/store.ts'

const ACTOR = system('reporting.remind')

/** Tells publishers once of each deadline and number of hours before it, of what was not filed yet. */
export async function remindOfFilings(app: App): Promise<void> {
  const now = app.clock.now()
  const due = await app.db.read(ACTOR, async (tx) => {
    const clocks = await listClocks(tx, {})
    const filings = await listFilings(
      tx,
      clocks.map(({ id }) => id),
    )
    return clocks.flatMap((clock) => {
      const own = filings.filter((filing) => filing.clock_id === clock.id)
      return FILING_STEPS.filter((step) => !own.some((filing) => filing.step === step)).flatMap((step) => {
        const at = dueAt(factsOfClock(clock, own), step)
        const hours = at && reminderAt(at, now)
        return at && hours !== undefined ? [{ clock, reminder: { step, due: at, hours } }] : []
      })
    })
  })
  for (const { clock, reminder } of due) await remind(app, clock, reminder, now)
}

function remind(app: App, clock: StoredClock, reminder: Reminder, at: Date): Promise<void> {
  return app.db.transaction(ACTOR, async (tx) => {
    if (!(await insertReminder(tx, clock, reminder, at))) return
    await notify(app, tx, await staffWith(tx, clock.operator_id, 'publisher'), 'filing.due')
    const { step, hours } = reminder
    app.audit.record(tx, {
      action: 'reporting.reminded',
      subject: clock.id,
      operator: clock.operator_id,
      binds: [reminderRow(clock.id, reminder)],
      details: { step, hours },
    })
  })
}
