import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import { publishers, takeUnnoticed } from '#platform/clock/store.ts'
import { notify } from '#platform/notices/notify.ts'

/** Tells every publisher, once for each disagreement of each machine, and writes the readings into the log. */
export async function noticeDisagreement(app: App): Promise<void> {
  await app.db.transaction(system('clock.notice-disagreement'), async (tx) => {
    const found = await takeUnnoticed(tx)
    if (found.length === 0) return
    await notify(app, tx, await publishers(tx), 'clock.disagreement')
    for (const { boot_id, disagreement } of found)
      app.audit.record(tx, { action: 'clock.disagreement-noticed', details: { boot: boot_id, readings: disagreement } })
  })
}
