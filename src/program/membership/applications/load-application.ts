import type { App } from '#platform/app.ts'
import type { Tx } from '#platform/db/database.ts'
import { listReaders } from '#platform/mail/store.ts'
import type { Clarifying, InReview, Judged } from '#program/membership/applications/application.ts'
import type { Answers } from '#program/membership/applications/contract.ts'
import {
  listClarifications,
  listJudgements,
  listRecommendations,
  type ClarificationRow,
  type JudgementRow,
  type RecommendationRow,
} from '#program/membership/applications/review-store.ts'
import { unseal } from '#program/membership/applications/sealed.ts'
import { findAnswers, type ApplicationRow } from '#program/membership/applications/store.ts'
import { toSet } from '#program/membership/criteria/set-store.ts'

/** What was sent in, with the rows that it was made of. */
export interface Loaded {
  readonly application: InReview | Clarifying
  readonly judgements: readonly JudgementRow[]
  readonly rounds: readonly ClarificationRow[]
  readonly recommendations: readonly RecommendationRow[]
}

/** An application that was sent in, as the pure core takes it; of a decided one what it was before. */
export async function loadApplication(app: App, tx: Tx, row: ApplicationRow): Promise<Loaded> {
  const judgements = await listJudgements(tx, row.id)
  const rounds = await listClarifications(tx, row.id)
  const recommendations = await listRecommendations(tx, row.id)
  const judged = judgements.map((one) => ({ ended: one.ended_at !== null, judgement: judgementOf(app, row, one) }))
  const application = {
    state: row.state === 'clarifying' ? ('clarifying' as const) : ('in-review' as const),
    id: row.id,
    operator: row.operator_id,
    set: toSet({ id: row.set_id!, kind: row.kind, criteria: row.criteria! }),
    renewal: row.organisation_id !== null,
    answers: await openAnswers(app, tx, row),
    answersVersion: row.answers_version!,
    submittedAt: row.submitted_at!,
    judgements: judged.filter(({ ended }) => !ended).map(({ judgement }) => judgement),
    replaced: judged.filter(({ ended }) => ended).map(({ judgement }) => judgement),
    recommendations: recommendations.map((one) => ({
      tier: one.tier,
      jurisdiction: one.jurisdiction,
      answersVersion: one.answers_version,
      by: one.recommended_by,
      at: one.recommended_at,
    })),
    readers: await listReaders(tx, row.id),
    rounds: rounds.map((round) => ({
      about: round.about,
      question: questionOf(app, round),
      askedBy: round.asked_by,
      askedAt: round.asked_at,
      answeredAt: round.answered_at ?? undefined,
    })),
  }
  return { application, judgements, rounds, recommendations }
}

/** The answers that stand. They were checked when they were sent; a later contract may ask for more. */
export async function openAnswers(app: App, tx: Tx, { id, answers_version: version }: ApplicationRow): Promise<Answers> {
  const sealed = await findAnswers(tx, id, version!)
  if (!sealed) throw new Error('an application without its answers')
  return parseAnswers(app, { id, version: version! }, sealed)
}

export function parseAnswers(app: App, { id, version }: { readonly id: string; readonly version: number }, sealed: Buffer): Answers {
  return JSON.parse(unseal(app.keys, 'answers', [id, version], sealed)) as Answers
}

export function judgementOf(app: App, { id }: Pick<ApplicationRow, 'id'>, one: JudgementRow): Judged {
  return {
    criterion: one.criterion,
    outcome: one.outcome,
    reason: unseal(app.keys, 'judgement', [id, one.id], one.reason),
    by: one.judged_by,
    at: one.judged_at,
    answersVersion: one.answers_version,
  }
}

export function questionOf(app: App, { id, question }: ClarificationRow): string {
  return unseal(app.keys, 'question', [id], question)
}
