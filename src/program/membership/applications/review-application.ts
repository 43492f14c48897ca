import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { ask, judge, recommend, type ApplicationId } from '#program/membership/applications/application.ts'
import { changeApplication } from '#program/membership/applications/change-application.ts'
import type { AskQuestion, GiveJudgement, Recommend } from '#program/membership/applications/contract.ts'
import { requireKnownPolicy } from '#program/membership/applications/known-jurisdictions.ts'
import {
  clarificationRow,
  endJudgements,
  insertClarification,
  insertJudgement,
  insertRecommendation,
  judgementRow,
  recommendationRow,
  type ClarificationId,
  type JudgementId,
  type RecommendationId,
} from '#program/membership/applications/review-store.ts'
import { seal } from '#program/membership/applications/sealed.ts'
import { tellApplicant } from '#program/membership/applications/tell-applicant.ts'

/** One officer judges one criterion; what stood before is kept. Throws as `judge`, and CONFLICT for an application that is not in review as it was read. */
export async function giveJudgement(app: App, actor: OperatorActor, application: ApplicationId, input: z.output<typeof GiveJudgement>): Promise<void> {
  const { version, criterion, outcome, reason } = input
  await changeApplication(app, actor, { id: application, version }, async ({ tx, row, application: found, at }) => {
    judge(found, { criterion, outcome, reason, by: actor.person, at })
    const ended = await endJudgements(tx, row.id, [criterion], at)
    const id = app.ids.next<'judgement'>() as JudgementId
    const sealed = seal(app.keys, 'judgement', [row.id, id], reason)
    const judgement = { id, application: row.id, operator: row.operator_id, criterion, outcome, reason: sealed, by: actor.person, at }
    await insertJudgement(tx, { ...judgement, answersVersion: row.answers_version! })
    return { action: 'application.judged', details: { criterion, outcome, replaces: ended.length > 0 }, binds: [...ended, judgementRow({ id })] }
  })
}

/** Asks the applicant, who is told; what was judged of the matter ends. Throws as `ask`, and CONFLICT as above. */
export async function askQuestion(app: App, actor: OperatorActor, application: ApplicationId, input: z.output<typeof AskQuestion>): Promise<void> {
  const about = [...new Set(input.about)]
  await changeApplication(app, actor, { id: application, version: input.version }, async ({ tx, row, application: found, at }) => {
    const asked = ask(found, { about, question: input.question, by: actor.person, at })
    const ended = await endJudgements(tx, row.id, about, at)
    const id = app.ids.next<'clarification'>() as ClarificationId
    const question = seal(app.keys, 'question', [id], input.question)
    await insertClarification(tx, { id, application: row.id, operator: row.operator_id, about, question, by: actor.person, at })
    await tellApplicant(app, tx, row, 'question')
    return { action: 'application.asked', change: { state: asked.state }, details: { about }, binds: [...ended, clarificationRow({ id })] }
  })
}

/**
 * One officer writes down the tier and the policy that they would grant; whoever decides grants that or less. A later one takes its place,
 * which is kept. Throws as `recommend`, VALIDATION_FAILED for a policy that is not in force, and CONFLICT as above.
 */
export async function giveRecommendation(app: App, actor: OperatorActor, application: ApplicationId, input: z.output<typeof Recommend>): Promise<void> {
  const { version, tier, jurisdiction } = input
  await changeApplication(app, actor, { id: application, version }, async ({ tx, row, application: found, at }) => {
    recommend(found, { tier, jurisdiction, by: actor.person, at })
    await requireKnownPolicy(tx, row.operator_id, jurisdiction, at)
    const id = app.ids.next<'application-recommendation'>() as RecommendationId
    const kept = { id, application: row.id, operator: row.operator_id, tier, jurisdiction, version, answersVersion: row.answers_version!, by: actor.person, at }
    await insertRecommendation(tx, kept)
    return { action: 'application.recommended', details: { tier, jurisdiction }, binds: [recommendationRow({ id })] }
  })
}
