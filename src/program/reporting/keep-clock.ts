import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import { staffWith } from '#platform/auth/people-store.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { notify } from '#platform/notices/notify.ts'
import { hasStandingEnd, listNaming } from '#program/embargo/end-store.ts'
import { writeProposal } from '#program/embargo/propose-end.ts'
import { seal } from '#program/embargo/sealed.ts'
import { NO_PUBLISHER } from '#program/embargo/end-store.ts'
import { requireTwoPublishers } from '#platform/auth/holds-role.ts'
import { cveTagger } from '#program/packages/cve-tag.ts'
import type { ClockView, CorrectAwareness, RecordFiling, StartClock } from '#program/reporting/contract.ts'
import { showClock } from '#program/reporting/show-clocks.ts'
import {
  clockRow,
  closeCorrection,
  correctionRow,
  filingRow,
  insertClock,
  insertCorrection,
  insertFiling,
  listCorrections,
  lockClock,
  updateClock,
  type ClockId,
  type CorrectionId,
  type FilingId,
  type StoredClock,
} from '#program/reporting/store.ts'

type View = z.input<typeof ClockView>

/**
 * Writes down since when the operator is aware that a vulnerability is exploited: the deadlines count from then. An early end of its
 * embargo is proposed with it, and nothing more: it takes a second publisher (E37). Throws VALIDATION_FAILED for an instant to come
 * and a vulnerability that no package names, and CONFLICT for one whose clock runs.
 */
export function startClock(app: App, actor: OperatorActor, start: z.output<typeof StartClock>): Promise<View> {
  return app.db.transaction(actor, async (tx) => {
    const at = app.clock.now()
    requirePast('/body/awarenessAt', start.awarenessAt, at)
    const tag = cveTagger(app)(start.cve)
    if ((await listNaming(tx, actor.operator, [tag])).length === 0)
      throw new Problem('VALIDATION_FAILED', undefined, { fields: [{ field: '/body/cve', message: 'a vulnerability that one of your packages names' }] })
    const id = app.ids.next<'regulatory-clock'>() as ClockId
    await insertClock(tx, {
      id,
      operator_id: actor.operator,
      cve_tag: tag,
      cve: seal(app, 'regulatory_clock.cve', id, start.cve),
      basis: start.basis,
      evidence: seal(app, 'regulatory_clock.evidence', id, start.evidence),
      awareness_at: start.awarenessAt,
      final_days: start.final.days,
      final_from: start.final.from,
      started_by: actor.person,
      started_at: at,
    })
    app.audit.record(tx, { action: 'reporting.clock-started', subject: id, binds: [clockRow({ id })], details: { basis: start.basis } })
    const { cve, basis, evidence } = start
    if (!(await hasStandingEnd(tx, actor.operator, tag))) await writeProposal(app, tx, actor, { cve, cause: 'exploitation', basis, evidence, derivable: [] })
    return showClock(app, tx, actor, id)
  })
}

/** Writes down since when a corrective measure is available. Throws NOT_FOUND, VALIDATION_FAILED for an instant to come, CONFLICT once it is known. */
export function recordCorrective(app: App, actor: OperatorActor, id: ClockId, at: Date): Promise<View> {
  return app.db.transaction(actor, async (tx) => {
    const clock = await lock(tx, actor, id)
    requirePast('/body/at', at, app.clock.now())
    if (clock.corrective_at) throw new Problem('CONFLICT', 'Since when a corrective measure is available is known already.')
    await updateClock(tx, id, { corrective_at: at })
    app.audit.record(tx, { action: 'reporting.corrective-measure', subject: id, binds: [clockRow({ id })] })
    return showClock(app, tx, actor, id)
  })
}

/**
 * Writes down what was filed with whom: a disclosure outside the membership, which stands in the log and beside the holders of the
 * package. The final report stops the clock. Throws NOT_FOUND, VALIDATION_FAILED for an instant to come, CONFLICT for one that is there.
 */
export function recordFiling(app: App, actor: OperatorActor, id: ClockId, filing: z.output<typeof RecordFiling>): Promise<View> {
  return app.db.transaction(actor, async (tx) => {
    await lock(tx, actor, id)
    const at = app.clock.now()
    requirePast('/body/filedAt', filing.filedAt, at)
    const filingId = app.ids.next<'regulatory-filing'>() as FilingId
    const { step, recipient } = filing
    await insertFiling(tx, {
      id: filingId,
      clock_id: id,
      operator_id: actor.operator,
      step,
      recipient,
      filed_at: filing.filedAt,
      reference: seal(app, 'regulatory_filing.reference', filingId, filing.reference),
      said: seal(app, 'regulatory_filing.said', filingId, filing.said),
      recorded_by: actor.person,
      recorded_at: at,
    })
    if (step === 'final-report') await updateClock(tx, id, { closed_at: at })
    const binds = [filingRow({ id: filingId }), clockRow({ id })]
    app.audit.record(tx, { action: 'reporting.disclosed', subject: id, binds, details: { step, recipient, filing: filingId } })
    return showClock(app, tx, actor, id)
  })
}

/** One publisher says that the awareness instant was another; it stands until a second agrees. Throws NOT_FOUND, VALIDATION_FAILED, CONFLICT. */
export function proposeCorrection(app: App, actor: OperatorActor, id: ClockId, { awarenessAt, reason }: z.output<typeof CorrectAwareness>): Promise<View> {
  return app.db.transaction(actor, async (tx) => {
    const clock = await lock(tx, actor, id)
    const at = app.clock.now()
    requirePast('/body/awarenessAt', awarenessAt, at)
    const correction = app.ids.next<'awareness-correction'>() as CorrectionId
    await insertCorrection(tx, {
      id: correction,
      clock_id: id,
      operator_id: actor.operator,
      was_at: clock.awareness_at,
      awareness_at: awarenessAt,
      reason: seal(app, 'awareness_correction.reason', correction, reason),
      proposed_by: actor.person,
      proposed_at: at,
    })
    app.audit.record(tx, { action: 'reporting.correction-proposed', subject: id, binds: [correctionRow({ id: correction })] })
    const others = (await staffWith(tx, actor.operator, 'publisher')).filter((person) => person !== actor.person)
    await notify(app, tx, others, 'filing.correction-proposed')
    return showClock(app, tx, actor, id)
  })
}

/** The second publisher agrees: the deadlines count from the other instant. Throws NOT_FOUND, SECOND_PERSON_NEEDED, CONFLICT. */
export function confirmCorrection(app: App, actor: OperatorActor, id: ClockId): Promise<View> {
  return app.db.transaction(actor, async (tx) => {
    await lock(tx, actor, id)
    const [correction] = await listCorrections(tx, [id])
    if (!correction) throw new Problem('CONFLICT', 'No correction waits here.')
    await requireTwoPublishers(tx, { proposer: correction.proposed_by, approver: actor.person, otherwise: NO_PUBLISHER })
    await closeCorrection(tx, correction.id, { confirmed_by: actor.person, confirmed_at: app.clock.now() })
    await updateClock(tx, id, { awareness_at: correction.awareness_at })
    app.audit.record(tx, { action: 'reporting.awareness-corrected', subject: id, binds: [correctionRow({ id: correction.id }), clockRow({ id })] })
    return showClock(app, tx, actor, id)
  })
}

/** Refuses a correction that waits; the instant stands. Throws NOT_FOUND and CONFLICT. */
export function refuseCorrection(app: App, actor: OperatorActor, id: ClockId): Promise<View> {
  return app.db.transaction(actor, async (tx) => {
    await lock(tx, actor, id)
    const [correction] = await listCorrections(tx, [id])
    if (!correction) throw new Problem('CONFLICT', 'No correction waits here.')
    await closeCorrection(tx, correction.id, { refused_at: app.clock.now() })
    app.audit.record(tx, { action: 'reporting.correction-refused', subject: id, binds: [correctionRow({ id: correction.id })] })
    return showClock(app, tx, actor, id)
  })
}

async function lock(tx: Tx, { operator }: OperatorActor, id: ClockId): Promise<StoredClock> {
  const clock = await lockClock(tx, operator, id)
  if (!clock) throw new Problem('NOT_FOUND')
  return clock
}

function requirePast(field: string, instant: Date, now: Date): void {
  if (instant > now) throw new Problem('VALIDATION_FAILED', undefined, { fields: [{ field, message: 'an instant that is over' }] })
}
