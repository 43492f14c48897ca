import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { Held } from '#program/membership/applications/applicant.ts'
import type { OwnApplication } from '#program/membership/applications/contract.ts'
import { listEvidence } from '#program/membership/applications/evidence-store.ts'
import { judgementOf, questionOf } from '#program/membership/applications/load-application.ts'
import { listClarifications, listJudgements } from '#program/membership/applications/review-store.ts'
import { unseal } from '#program/membership/applications/sealed.ts'
import type { ApplicationRow } from '#program/membership/applications/store.ts'
import { viewOf } from '#program/membership/criteria/routes.ts'
import { setInForce, toSet } from '#program/membership/criteria/set-store.ts'
import type { Tx } from '#platform/db/database.ts'

/** What the applicant sees: all they wrote and were asked, and the decision with its reasons; nothing of who looked at it. */
export async function showOwn(app: App, { tx, row, expiresAt }: Held): Promise<z.input<typeof OwnApplication>> {
  const set = row.criteria ? toSet({ id: row.set_id!, kind: row.kind, criteria: row.criteria }) : await setInForce(tx, row.operator_id, row.kind)
  const rounds = await listClarifications(tx, row.id)
  return {
    id: row.id,
    operator: { id: row.operator_id, name: row.operator_name },
    kind: row.kind,
    renewalOf: row.organisation_name,
    state: row.state,
    version: row.version,
    email: unseal(app.keys, 'email', [row.id], row.email),
    answers: JSON.parse(row.draft ? unseal(app.keys, 'draft', [row.id], row.draft) : '{}') as Record<string, unknown>,
    set: viewOf(set),
    evidence: (await listEvidence(tx, row.id)).map((one) => ({
      id: one.id,
      criterion: one.criterion,
      name: unseal(app.keys, 'evidence-name', [one.id], one.sealed_name),
      size: one.size,
      uploadedAt: one.uploaded_at,
      sent: one.submitted_at !== null,
    })),
    rounds: rounds.map((one) => ({ about: [...one.about], question: questionOf(app, one), askedAt: one.asked_at, answeredAt: one.answered_at })),
    decision: await decisionOf(app, tx, row),
    savedAt: row.saved_at,
    submittedAt: row.submitted_at,
    expiresAt,
  }
}

async function decisionOf(app: App, tx: Tx, row: ApplicationRow): Promise<z.input<typeof OwnApplication>['decision']> {
  if (row.state !== 'admitted' && row.state !== 'refused') return null
  const standing = (await listJudgements(tx, row.id)).filter(({ ended_at: ended }) => ended === null)
  const judgements = standing.map((one) => judgementOf(app, row, one)).toSorted((one, other) => (one.criterion < other.criterion ? -1 : 1))
  return {
    outcome: row.state,
    tier: row.tier,
    reason: unseal(app.keys, 'reason', [row.id], row.reason!),
    decidedAt: row.decided_at!,
    judgements: judgements.map(({ criterion, outcome, reason }) => ({ criterion, outcome, reason })),
  }
}
