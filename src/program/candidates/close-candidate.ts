import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { sealText } from '#platform/crypto/seal-text.ts'
import { Problem } from '#platform/errors.ts'
import { emit } from '#platform/events/events.ts'
import { candidateClosed, type CloseCandidate } from '#program/candidates/contract.ts'
import { reasonOf } from '#program/candidates/reason.ts'
import { candidateRow, lockCandidate, markClosed, type CandidateId } from '#program/candidates/store.ts'

/** Decides about a candidate, once. The scanner lifts its embargo when it hears of a false alarm. Throws NOT_FOUND, and CONFLICT where it is decided. */
export async function closeCandidate(app: App, actor: PersonActor, id: CandidateId, { outcome, reason }: z.output<typeof CloseCandidate>): Promise<void> {
  await app.db.transaction(actor, async (tx) => {
    const candidate = await lockCandidate(tx, id)
    if (!candidate) throw new Problem('NOT_FOUND')
    if (candidate.outcome !== null) throw new Problem('CONFLICT', 'It has been decided already.')
    const { operator_id: operator, submission_id: submission } = candidate
    await markClosed(tx, id, { outcome, sealedReason: sealText(app.keys, reasonOf(id), reason), by: actor.person, at: app.clock.now() })
    await emit(app, tx, candidateClosed, { submission, outcome }, { operator })
    app.audit.record(tx, { action: 'zero-day-candidate.closed', subject: id, operator, binds: [candidateRow({ id })], details: { outcome } })
  })
}
