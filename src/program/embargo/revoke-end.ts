import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import { staffWith } from '#platform/auth/people-store.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { notify } from '#platform/notices/notify.ts'
import type { EmbargoEndView } from '#program/embargo/contract.ts'
import { endRow, isReleased, lockEnds, updateEnd, type EndId, type StoredEnd } from '#program/embargo/end-store.ts'
import { seal } from '#program/embargo/sealed.ts'
import { showEnd } from '#program/embargo/show-end.ts'
import { tellOfEnds } from '#program/embargo/tell-of-end.ts'
import { NO_PUBLISHER } from '#program/embargo/end-store.ts'
import { requireTwoPublishers } from '#platform/auth/holds-role.ts'

type View = z.input<typeof EmbargoEndView>

/** One publisher says that nothing of it is public after all; the end stands until another agrees. Throws NOT_FOUND, and CONFLICT when nothing is left to take back. */
export function callFalseAlarm(app: App, actor: OperatorActor, id: EndId, reason: string): Promise<View> {
  return app.db.transaction(actor, async (tx) => {
    const [end] = await lockReversible(tx, actor, id, app.clock.now())
    if (end.false_alarm_at) throw new Problem('CONFLICT', 'It was called a false alarm already.')
    await updateEnd(tx, id, { false_alarm: seal(app, 'embargo_end.false_alarm', id, reason), false_alarm_by: actor.person, false_alarm_at: app.clock.now() })
    app.audit.record(tx, { action: 'embargo.false-alarm-proposed', subject: id, binds: [endRow({ id })] })
    const others = (await staffWith(tx, actor.operator, 'publisher')).filter((person) => person !== actor.person)
    await notify(app, tx, others, 'embargo.false-alarm')
    return showEnd(app, tx, actor, id)
  })
}

/** A publisher, the same or another, holds that the end was none: it stands. Throws NOT_FOUND and CONFLICT. */
export function refuseFalseAlarm(app: App, actor: OperatorActor, id: EndId): Promise<View> {
  return app.db.transaction(actor, async (tx) => {
    const end = (await lockEnds(tx, actor.operator, id)).find((one) => one.id === id)
    if (!end) throw new Problem('NOT_FOUND')
    if (!end.false_alarm_at || end.revoked_at) throw new Problem('CONFLICT', 'No false alarm waits here.')
    await updateEnd(tx, id, { false_alarm: null, false_alarm_by: null, false_alarm_at: null })
    app.audit.record(tx, { action: 'embargo.false-alarm-refused', subject: id, binds: [endRow({ id })] })
    return showEnd(app, tx, actor, id)
  })
}

/**
 * The second publisher agrees that it was a false alarm: the embargo stands again, of what was derived from it too, and whoever was
 * told that it ended is told so. What was received stays received, and nothing further opens. Only before publication (E36). Throws
 * NOT_FOUND, SECOND_PERSON_NEEDED, and CONFLICT.
 */
export function revokeEnd(app: App, actor: OperatorActor, id: EndId): Promise<View> {
  return app.db.transaction(actor, async (tx) => {
    const at = app.clock.now()
    const [end, ...derived] = await lockReversible(tx, actor, id, at)
    if (!end.false_alarm_by || !end.false_alarm) throw new Problem('CONFLICT', 'Nobody has called it a false alarm.')
    await requireTwoPublishers(tx, { proposer: end.false_alarm_by, approver: actor.person, otherwise: NO_PUBLISHER })
    const { false_alarm_by, false_alarm_at } = end
    for (const one of [end, ...derived]) {
      const because = one === end ? {} : { false_alarm: seal(app, 'embargo_end.false_alarm', one.id, `With ${id}`), false_alarm_by, false_alarm_at }
      await updateEnd(tx, one.id, { ...because, revoked_by: actor.person, revoked_at: at })
      app.audit.record(tx, { action: 'embargo.end-revoked', subject: one.id, binds: [endRow({ id: one.id })] })
    }
    await tellOfEnds(app, tx, actor.operator, 'stands-again', [end, ...derived], at)
    return showEnd(app, tx, actor, id)
  })
}

/** Writes down that what ended was published: from then on nothing takes the end back. Throws NOT_FOUND and CONFLICT. */
export function recordPublication(app: App, actor: OperatorActor, id: EndId): Promise<View> {
  return app.db.transaction(actor, async (tx) => {
    const end = (await lockEnds(tx, actor.operator, id)).find((one) => one.id === id)
    if (!end) throw new Problem('NOT_FOUND')
    if (!end.confirmed_at || end.revoked_at || end.published_at) throw new Problem('CONFLICT', 'There is no right to publish, or it was published already.')
    await updateEnd(tx, id, { published_by: actor.person, published_at: app.clock.now() })
    app.audit.record(tx, { action: 'embargo.published', subject: id, binds: [endRow({ id })] })
    return showEnd(app, tx, actor, id)
  })
}

/** An end in force that nothing was published of, first, and those derived from it that are. */
async function lockReversible(tx: Tx, { operator }: OperatorActor, id: EndId, now: Date): Promise<[StoredEnd, ...StoredEnd[]]> {
  const ends = await lockEnds(tx, operator, id)
  const end = ends.find((one) => one.id === id)
  if (!end) throw new Problem('NOT_FOUND')
  if (!end.confirmed_at || end.revoked_at) throw new Problem('CONFLICT', 'This end is not in force.')
  const inForce = ends.filter((one) => one !== end && one.confirmed_at && !one.revoked_at)
  for (const one of [end, ...inForce])
    if (one.published_at || (await isReleased(tx, operator, one.cve_tag, now)))
      throw new Problem('CONFLICT', 'It was published: an embargo does not come back.')
  return [end, ...inForce]
}
