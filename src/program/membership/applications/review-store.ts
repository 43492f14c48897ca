import { sql } from 'kysely'
import { binder, type Binding } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId, PersonId } from '#platform/ids.ts'
import type { ApplicationId } from '#program/membership/applications/application.ts'
import type { Judgement } from '#program/membership/criteria/assess.ts'
import type { Tier } from '#program/membership/contract.ts'
import type { CriterionId } from '#program/membership/criteria/criterion.ts'

export type JudgementId = Id<'judgement'>
export type ClarificationId = Id<'clarification'>
export type RecommendationId = Id<'application-recommendation'>

export const judgementRow = binder('judgement', [
  'application_id',
  'operator_id',
  'criterion',
  'outcome',
  'reason',
  'answers_version',
  'judged_by',
  'judged_at',
  'ended_at',
])
export const clarificationRow = binder('clarification', ['application_id', 'operator_id', 'about', 'question', 'asked_by', 'asked_at', 'answered_at'])

export const recommendationRow = binder('application_recommendation', [
  'application_id',
  'operator_id',
  'tier',
  'jurisdiction',
  'answers_version',
  'recommended_by',
  'recommended_at',
  'version',
])

export interface JudgementRow {
  readonly id: JudgementId
  readonly criterion: CriterionId
  readonly outcome: Judgement['outcome']
  readonly reason: Buffer
  readonly answers_version: number
  readonly judged_by: PersonId
  readonly judge_name: string
  readonly judged_at: Date
  readonly ended_at: Date | null
}

export interface ClarificationRow {
  readonly id: ClarificationId
  readonly about: readonly CriterionId[]
  readonly question: Buffer
  readonly asked_by: PersonId
  readonly asker_name: string
  readonly asked_at: Date
  readonly answered_at: Date | null
}

export interface RecommendationRow {
  readonly id: RecommendationId
  readonly tier: Tier
  readonly jurisdiction: string
  readonly answers_version: number
  readonly recommended_by: PersonId
  readonly recommender_name: string
  readonly recommended_at: Date
}

/** Judgements of an application, oldest first, with those that were replaced; whoever reads them was authorised. */
export async function listJudgements(tx: Tx, application: ApplicationId): Promise<JudgementRow[]> {
  return tx.asSystem(async (db) => {
    const { rows } = await sql<JudgementRow>`select j.id, j.criterion, j.outcome, j.reason, j.answers_version, j.judged_by, p.name as judge_name,
        j.judged_at, j.ended_at
      from judgement j join person p on p.id = j.judged_by where j.application_id = ${application} order by j.id`.execute(db)
    return rows
  })
}

export async function listClarifications(tx: Tx, application: ApplicationId): Promise<ClarificationRow[]> {
  return tx.asSystem(async (db) => {
    const { rows } = await sql<ClarificationRow>`select c.id, c.about, c.question, c.asked_by, p.name as asker_name, c.asked_at, c.answered_at
      from clarification c join person p on p.id = c.asked_by where c.application_id = ${application} order by c.id`.execute(db)
    return rows
  })
}

/** What was recommended of an application, oldest first. */
export async function listRecommendations(tx: Tx, application: ApplicationId): Promise<RecommendationRow[]> {
  return tx.asSystem(async (db) => {
    const { rows } = await sql<RecommendationRow>`select r.id, r.tier, r.jurisdiction, r.answers_version, r.recommended_by, p.name as recommender_name,
        r.recommended_at
      from application_recommendation r join person p on p.id = r.recommended_by where r.application_id = ${application} order by r.version`.execute(db)
    return rows
  })
}

export async function insertRecommendation(
  tx: Tx,
  recommendation: Pick<RecommendationRow, 'id' | 'tier' | 'jurisdiction'> & {
    readonly version: number
    readonly application: ApplicationId
    readonly operator: OperatorId
    readonly answersVersion: number
    readonly by: PersonId
    readonly at: Date
  },
): Promise<void> {
  const { id, application, operator, tier, jurisdiction, version, answersVersion, by, at } = recommendation
  await tx.db
    .insertInto('application_recommendation')
    .values({
      id,
      application_id: application,
      operator_id: operator,
      tier,
      jurisdiction,
      answers_version: answersVersion,
      recommended_by: by,
      recommended_at: at,
      version,
    })
    .execute()
}

export async function insertJudgement(
  tx: Tx,
  judgement: {
    readonly id: JudgementId
    readonly application: ApplicationId
    readonly operator: OperatorId
    readonly criterion: CriterionId
    readonly outcome: Judgement['outcome']
    readonly reason: Buffer
    readonly answersVersion: number
    readonly by: PersonId
    readonly at: Date
  },
): Promise<void> {
  const { id, application, operator, criterion, outcome, reason, answersVersion, by, at } = judgement
  await tx.db
    .insertInto('judgement')
    .values({
      id,
      application_id: application,
      operator_id: operator,
      criterion,
      outcome,
      reason,
      answers_version: answersVersion,
      judged_by: by,
      judged_at: at,
    })
    .execute()
}

/** Ends what stands of these criteria, or of all; the rows stay. Returns their bindings. */
export async function endJudgements(tx: Tx, application: ApplicationId, criteria: readonly CriterionId[] | 'all', at: Date): Promise<Binding[]> {
  const all = criteria === 'all'
  // As the system: the answer of a member's administrator to a question about its renewal ends them, too.
  return tx.asSystem(async (db) => {
    const { rows } = await sql<{ id: JudgementId }>`update judgement set ended_at = ${at} where application_id = ${application}
      and (${all} or criterion = any(${all ? [] : criteria}::text[])) and ended_at is null returning id`.execute(db)
    return rows.map(({ id }) => judgementRow({ id }))
  })
}

export async function insertClarification(
  tx: Tx,
  round: {
    readonly id: ClarificationId
    readonly application: ApplicationId
    readonly operator: OperatorId
    readonly about: readonly CriterionId[]
    readonly question: Buffer
    readonly by: PersonId
    readonly at: Date
  },
): Promise<void> {
  const { id, application, operator, about, question, by, at } = round
  await tx.db
    .insertInto('clarification')
    .values({ id, application_id: application, operator_id: operator, about: [...about], question, asked_by: by, asked_at: at })
    .execute()
}

/** What was asked is answered. Returns the bindings. */
export async function setAnswered(tx: Tx, application: ApplicationId, at: Date): Promise<Binding[]> {
  const { rows } = await sql<{ id: ClarificationId }>`update clarification set answered_at = ${at}
    where application_id = ${application} and answered_at is null returning id`.execute(tx.db)
  return rows.map(({ id }) => clarificationRow({ id }))
}
