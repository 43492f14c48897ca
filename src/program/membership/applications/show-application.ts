import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'
import { judges, standingJudgements, standingRecommendation, type ApplicationId } from '#program/membership/applications/application.ts'
import type { ApplicationView, SENT_STATES } from '#program/membership/applications/contract.ts'
import { listEvidence, type EvidenceRow } from '#program/membership/applications/evidence-store.ts'
import { howItOpens } from '#program/membership/applications/evidence.ts'
import { policiesInForce } from '#program/membership/applications/known-jurisdictions.ts'
import { judgementOf, loadApplication, questionOf, type Loaded } from '#program/membership/applications/load-application.ts'
import { unseal } from '#program/membership/applications/sealed.ts'
import { findApplication, type ApplicationRow } from '#program/membership/applications/store.ts'
import { TIERS } from '#program/membership/contract.ts'
import { policiesFor } from '#program/membership/applications/policies-for.ts'
import { assess } from '#program/membership/criteria/assess.ts'
import { viewOf } from '#program/membership/criteria/routes.ts'

/** An application with everything that its review needs, and whether the reader may decide it. Throws NOT_FOUND for a draft, too. */
export async function showApplication(app: App, actor: OperatorActor, id: ApplicationId): Promise<z.input<typeof ApplicationView>> {
  return app.db.read(actor, async (tx) => {
    const row = await findApplication(tx, id)
    if (!row || row.operator_id !== actor.operator || row.submitted_at === null) throw new Problem('NOT_FOUND')
    const loaded = await loadApplication(app, tx, row)
    const { application } = loaded
    return {
      id,
      kind: row.kind,
      renewalOf: row.organisation_id === null ? null : { id: row.organisation_id, name: row.organisation_name! },
      state: row.state as (typeof SENT_STATES)[number],
      version: row.version,
      email: unseal(app.keys, 'email', [row.id], row.email),
      set: viewOf(application.set),
      answersVersion: row.answers_version!,
      answers: application.answers,
      submittedAt: row.submitted_at,
      evidence: (await listEvidence(tx, id)).filter(({ submitted_at: sent }) => sent !== null).map((one) => evidenceOf(app, one)),
      ...reviewOf(app, row, loaded),
      tiers: TIERS.filter((tier) => (tier === 'responder') === (row.kind === 'responder')).map((tier) => ({
        tier,
        obstacles: [...assess(application.set, tier, standingJudgements(application)).obstacles],
      })),
      policies: policiesFor(application.answers.organisation.jurisdictions, await policiesInForce(tx, row.operator_id, app.clock.now())),
      deciding: decidingOf(actor, row, loaded),
      decision: decisionOf(app, row),
    }
  })
}

function evidenceOf(app: App, one: EvidenceRow): z.input<typeof ApplicationView>['evidence'][number] {
  return {
    id: one.id,
    criterion: one.criterion,
    name: unseal(app.keys, 'evidence-name', [one.id], one.sealed_name),
    size: one.size,
    sha256: one.sha256,
    uploadedAt: one.uploaded_at,
    opens: howItOpens(one, app.clock.now()),
    scan: one.outcome === null ? null : { outcome: one.outcome, exploit: one.exploit, at: one.scanned_at! },
  }
}

function reviewOf(
  app: App,
  row: ApplicationRow,
  { application, judgements, rounds, recommendations }: Loaded,
): Pick<z.input<typeof ApplicationView>, 'judgements' | 'rounds' | 'recommendations'> {
  // One for each row, in the same order.
  const standing = application.recommendations.indexOf(standingRecommendation(application)!)
  return {
    recommendations: recommendations.map((one, index) => ({
      tier: one.tier,
      jurisdiction: one.jurisdiction,
      by: { id: one.recommended_by, name: one.recommender_name },
      at: one.recommended_at,
      answersVersion: one.answers_version,
      stands: index === standing,
    })),
    judgements: judgements.map((one) => ({
      criterion: one.criterion,
      outcome: one.outcome,
      reason: judgementOf(app, row, one).reason,
      by: { id: one.judged_by, name: one.judge_name },
      at: one.judged_at,
      answersVersion: one.answers_version,
      stands: one.ended_at === null && one.answers_version === row.answers_version,
    })),
    rounds: rounds.map((one) => ({
      about: [...one.about],
      question: questionOf(app, one),
      askedAt: one.asked_at,
      answeredAt: one.answered_at,
      askedBy: { id: one.asked_by, name: one.asker_name },
    })),
  }
}

function decidingOf(actor: OperatorActor, row: ApplicationRow, { application }: Loaded): { you: boolean; why: string | null } {
  const no = (why: string) => ({ you: false, why })
  if (!actor.roles.includes('membership-officer')) return no('Only a membership officer decides.')
  if (row.state === 'clarifying') return no('The applicant has still to answer a question.')
  if (row.state !== 'in-review') return no('It is decided, or was taken back.')
  if (application.readers.includes(actor.person)) return no('You read a mail with the link of the applicant in the outbox; another membership officer decides.')
  if (judges(application).has(actor.person)) return no('You judged a criterion, asked the applicant or recommended; another membership officer decides.')
  return { you: true, why: null }
}

function decisionOf(app: App, row: ApplicationRow): z.input<typeof ApplicationView>['decision'] {
  if (row.state !== 'admitted' && row.state !== 'refused') return null
  return {
    outcome: row.state,
    tier: row.tier,
    jurisdiction: row.jurisdiction,
    reason: unseal(app.keys, 'reason', [row.id], row.reason!),
    internalNote: row.internal_note && unseal(app.keys, 'internal-note', [row.id], row.internal_note),
    by: { id: row.decided_by!, name: row.decider_name! },
    at: row.decided_at!,
    member: row.member_id,
  }
}
