import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import { staffWith } from '#platform/auth/people-store.ts'
import { system, type OperatorActor } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'
import { notify } from '#platform/notices/notify.ts'
import { alarmRow, insertAlarm, listAlarms, listSharing, listUnpublished, settleAlarm, type AlarmId, type NewAlarm } from '#program/embargo/alarm-store.ts'
import type { EmbargoAlarmView } from '#program/embargo/contract.ts'
import { staffNames } from '#program/embargo/end-store.ts'
import { staffMayRead } from '#program/embargo/may-read.ts'
import { openSummary } from '#program/packages/content-summary.ts'

const ACTOR = system('embargo.raise-alarms')
/** How long after the release instant nothing may have marked a version released before publishers are told. */
const PATIENCE_MS = 5 * 60_000
const MOST_ALARMS = 200

/**
 * Tells publishers once of what needs a look: a package of which another one's release made a vulnerability public (E22), and one
 * whose release instant passed while its publication did not (E41). It changes no window and no right: those rest on instants.
 */
export async function raiseAlarms(app: App): Promise<void> {
  const now = app.clock.now()
  const found = await app.db.read(ACTOR, async (tx) => [...(await listSharing(tx, now)), ...(await listUnpublished(tx, new Date(now.getTime() - PATIENCE_MS)))])
  for (const alarm of found) await raise(app, alarm, now)
}

function raise(app: App, alarm: NewAlarm, at: Date): Promise<void> {
  return app.db.transaction(ACTOR, async (tx) => {
    const id = app.ids.next<'embargo-alarm'>() as AlarmId
    if (!(await insertAlarm(tx, id, alarm, at))) return
    const { kind, operator, package: subject, version } = alarm
    app.audit.record(tx, { action: `embargo.alarm-raised`, subject, operator, binds: [alarmRow({ id })], details: { kind, version } })
    await notify(app, tx, await staffWith(tx, operator, 'publisher'), kind === 'shared-cve' ? 'embargo.shared-cve' : 'release.not-published')
  })
}

/** Alarms of the actor's operator, those that wait first. */
export function listEmbargoAlarms(app: App, actor: OperatorActor): Promise<z.input<typeof EmbargoAlarmView>[]> {
  return app.db.read(actor, async (tx) => {
    const rows = await listAlarms(tx, actor.operator, MOST_ALARMS)
    const names = await staffNames(
      tx,
      rows.map(({ settledBy }) => settledBy),
    )
    return rows.map(({ id, package: package_, version, kind, at, settledBy, settledAt, contentHash, summary }) => ({
      id,
      package: package_,
      version,
      kind,
      title: staffMayRead(actor.roles, 'bulletin') ? openSummary(app, { package: package_, version }, contentHash, summary).title : null,
      raisedAt: at,
      settled: settledBy && settledAt ? { by: { id: settledBy, name: names.get(settledBy) ?? '' }, at: settledAt } : null,
    }))
  })
}

/** A publisher has looked at it. Throws CONFLICT for one that does not wait. */
export function settleEmbargoAlarm(app: App, actor: OperatorActor, id: AlarmId): Promise<void> {
  return app.db.transaction(actor, async (tx) => {
    if (!(await settleAlarm(tx, actor.operator, id, actor.person, app.clock.now()))) throw new Problem('CONFLICT', 'No such alarm waits here.')
    app.audit.record(tx, { action: 'embargo.alarm-settled', subject: id, binds: [alarmRow({ id })] })
  })
}
