import { Problem } from '#platform/errors.ts'
import type { Id, OperatorId, PersonId } from '#platform/ids.ts'
import type { Answers } from '#program/membership/applications/contract.ts'
import { assess, type Judgement } from '#program/membership/criteria/assess.ts'
import type { CriteriaSet, CriterionId } from '#program/membership/criteria/criterion.ts'
import type { Tier } from '#program/membership/contract.ts'

export type ApplicationId = Id<'application'>

/**
 * An application in each of its states. A function below takes exactly the states from which its step exists, so that an
 * impossible one does not compile. The set of criteria is the one in force when it was submitted, to the end.
 */
interface Application {
  readonly id: ApplicationId
  readonly operator: OperatorId
  readonly set: CriteriaSet
  readonly answers: Answers
  readonly submittedAt: Date
  /** What stands. */
  readonly judgements: readonly Judgement[]
  /** What stood once: replaced by a later judgement, or ended by a question about it; oldest first. */
  readonly replaced: readonly Judgement[]
  /** Questions and answers, oldest first. */
  readonly rounds: readonly Round[]
}

/** One question to the applicant, about criteria, with its answer. */
export interface Round {
  readonly about: readonly CriterionId[]
  readonly question: string
  readonly askedBy: PersonId
  readonly askedAt: Date
  readonly answeredAt: Date | undefined
}

export interface InReview extends Application {
  readonly state: 'in-review'
}
/** Waits for the applicant. */
export interface Clarifying extends Application {
  readonly state: 'clarifying'
}
export interface Decided extends Application {
  readonly state: 'admitted' | 'refused'
  readonly tier: Tier | undefined
  /** Shown to the applicant. */
  readonly reason: string
  readonly decidedBy: PersonId
  readonly decidedAt: Date
}
export interface Withdrawn extends Application {
  readonly state: 'withdrawn'
  readonly withdrawnAt: Date
}

/** Begins the review of what an applicant sent in. Throws VALIDATION_FAILED when the set is for the other kind of applicant. */
export function submit(start: { id: ApplicationId; operator: OperatorId; set: CriteriaSet; answers: Answers; at: Date }): InReview {
  const { id, operator, set, answers, at } = start
  if (answers.kind !== set.kind) throw refused('/answers/kind', `an application of a ${set.kind}`)
  return { state: 'in-review', id, operator, set, answers, submittedAt: at, judgements: [], replaced: [], rounds: [] }
}

/** One reviewer judges one criterion; a later judgement takes the place of an earlier one. Throws VALIDATION_FAILED for a criterion that the set does not have, and for a waiver that it does not allow. */
export function judge(application: InReview, judgement: Judgement): InReview {
  const criterion = application.set.criteria.find(({ id }) => id === judgement.criterion)
  if (!criterion) throw refused('/criterion', 'not a criterion of this set')
  if (judgement.outcome === 'waived' && !criterion.waivable) throw refused('/outcome', 'this criterion cannot be waived')
  if (judgement.reason.trim() === '') throw refused('/reason', 'the reason, which the applicant is told')
  const { judgements, replaced } = without(application, [judgement.criterion])
  return { ...application, judgements: [...judgements, judgement], replaced }
}

/** Asks the applicant; what was judged of the criteria concerned no longer stands. */
export function ask(
  application: InReview,
  { about, question, by, at }: { about: readonly CriterionId[]; question: string; by: PersonId; at: Date },
): Clarifying {
  if (question.trim() === '') throw refused('/question', 'the question')
  const unknown = about.findIndex((one) => !application.set.criteria.some(({ id }) => id === one))
  if (unknown >= 0) throw refused(`/about/${unknown}`, 'not a criterion of this set')
  const round: Round = { about, question, askedBy: by, askedAt: at, answeredAt: undefined }
  return { ...application, ...without(application, about), state: 'clarifying', rounds: [...application.rounds, round] }
}

/** The applicant answers by new answers as a whole, so that what is judged is what stands. */
export function answer(application: Clarifying, answers: Answers, at: Date): InReview {
  if (answers.kind !== application.answers.kind) throw refused('/answers/kind', 'the kind of applicant does not change')
  const rounds = application.rounds.map((round) => (round.answeredAt ? round : { ...round, answeredAt: at }))
  return { ...application, state: 'in-review', answers, rounds }
}

/**
 * Admits to a tier. Throws SECOND_PERSON_NEEDED for anybody who judged a criterion or asked a question, be it that the
 * judgement was replaced since (I9: nobody admits a member or waives alone), and CONFLICT, with the criteria, while something stands against it.
 */
export function admit(application: InReview, { tier, reason, by, at }: { tier: Tier; reason: string; by: PersonId; at: Date }): Decided {
  requireAnother(application, by)
  if (reason.trim() === '') throw refused('/reason', 'the reason, which the applicant is told')
  const fits = application.answers.kind === 'vendor' ? tier !== 'responder' : tier === 'responder'
  if (!fits) throw refused('/tier', 'a tier of the other kind of member')
  const { obstacles } = assess(application.set, tier, application.judgements)
  if (obstacles.length > 0) {
    const fields = obstacles.map(({ criterion, why }) => ({ field: `/criteria/${criterion}`, message: WHY[why] }))
    throw new Problem('CONFLICT', 'Something stands against this admission.', { fields })
  }
  return { ...application, state: 'admitted', tier, reason, decidedBy: by, decidedAt: at }
}

/** Refuses, at the operator's discretion, for a reason that is recorded and told. Throws SECOND_PERSON_NEEDED as `admit`. */
export function refuse(application: InReview, { reason, by, at }: { reason: string; by: PersonId; at: Date }): Decided {
  requireAnother(application, by)
  if (reason.trim() === '') throw refused('/reason', 'the reason, which the applicant is told')
  return { ...application, state: 'refused', tier: undefined, reason, decidedBy: by, decidedAt: at }
}

/** The applicant takes it back; a new one may be sent at any time. */
export function withdraw(application: InReview | Clarifying, at: Date): Withdrawn {
  return { ...application, state: 'withdrawn', withdrawnAt: at }
}

const WHY = {
  'not-judged': 'nobody has judged it',
  'not-met': 'it is not met',
  'not-waivable': 'it cannot be waived',
  'judged-twice': 'it was judged twice',
  unknown: 'the set does not know it',
} as const

/** Everybody who had a part in how an application is seen, and so does not decide it: who judged, also what was replaced since, and who asked. */
export function judges({ judgements, replaced, rounds }: Pick<Application, 'judgements' | 'replaced' | 'rounds'>): ReadonlySet<PersonId> {
  return new Set([...judgements.map(({ by }) => by), ...replaced.map(({ by }) => by), ...rounds.map(({ askedBy }) => askedBy)])
}

function requireAnother(application: Application, person: PersonId): void {
  if (judges(application).has(person)) throw new Problem('SECOND_PERSON_NEEDED', 'Whoever judged a criterion or asked the applicant does not decide.')
}

/** The judgements of these criteria stand no more, and are kept. */
function without({ judgements, replaced }: Application, criteria: readonly CriterionId[]): Pick<Application, 'judgements' | 'replaced'> {
  const ends = ({ criterion }: Judgement) => criteria.includes(criterion)
  return { judgements: judgements.filter((one) => !ends(one)), replaced: [...replaced, ...judgements.filter(ends)] }
}

function refused(field: string, message: string): Problem {
  return new Problem('VALIDATION_FAILED', undefined, { fields: [{ field, message }] })
}
