import { Problem } from '#platform/errors.ts'
import type { Id, OperatorId, PersonId } from '#platform/ids.ts'
import type { Answers } from '#program/membership/applications/contract.ts'
import { assess, type Judgement } from '#program/membership/criteria/assess.ts'
import type { CriteriaSet, CriterionId } from '#program/membership/criteria/criterion.ts'
import type { Tier } from '#program/membership/contract.ts'
import { widens } from '#program/membership/standing/membership-change.ts'

export type ApplicationId = Id<'application'>

/** A judgement, and the version of the answers that its author had before them. */
export interface Judged extends Judgement {
  readonly answersVersion: number
}

/** What an officer who does not decide would grant: the most that the decision then can. */
export interface Recommendation {
  readonly tier: Tier
  /** Name and version of a policy of jurisdictions. */
  readonly jurisdiction: string
  readonly answersVersion: number
  readonly by: PersonId
  readonly at: Date
}

/**
 * An application in each of its states. A function below takes exactly the states from which its step exists, so that an
 * impossible one does not compile. The set of criteria is the one in force when it was submitted, to the end.
 */
interface Application {
  readonly id: ApplicationId
  readonly operator: OperatorId
  readonly set: CriteriaSet
  /** Of a member: it keeps its tier and its jurisdiction. */
  readonly renewal: boolean
  readonly answers: Answers
  /** 1 for what was submitted; every answer to a question is the next one. */
  readonly answersVersion: number
  readonly submittedAt: Date
  /** What stands. */
  readonly judgements: readonly Judged[]
  /** What stood once: replaced by a later judgement, or ended by a question about it or by new answers; oldest first. */
  readonly replaced: readonly Judged[]
  /** Oldest first; the newest one of the answers that stand is what counts. */
  readonly recommendations: readonly Recommendation[]
  /** Officers who read a mail with a link by which the applicant acts, and so could have acted as the applicant. */
  readonly readers: readonly PersonId[]
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

interface Start extends Pick<Application, 'id' | 'operator' | 'set' | 'answers'> {
  readonly at: Date
  readonly renewal?: boolean
}

/** Begins the review of what an applicant sent in. Throws VALIDATION_FAILED when the set is for the other kind of applicant. */
export function submit({ id, operator, set, answers, at, renewal = false }: Start): InReview {
  if (answers.kind !== set.kind) throw refused('/answers/kind', `an application of a ${set.kind}`)
  const nothing = { judgements: [], replaced: [], recommendations: [], readers: [], rounds: [] }
  return { state: 'in-review', id, operator, set, renewal, answers, answersVersion: 1, submittedAt: at, ...nothing }
}

/** One reviewer judges one criterion; a later judgement takes the place of an earlier one. Throws VALIDATION_FAILED for a criterion that the set does not have, and for a waiver that it does not allow. */
export function judge(application: InReview, judgement: Judgement): InReview {
  const criterion = application.set.criteria.find(({ id }) => id === judgement.criterion)
  if (!criterion) throw refused('/criterion', 'not a criterion of this set')
  if (judgement.outcome === 'waived' && !criterion.waivable) throw refused('/outcome', 'this criterion cannot be waived')
  if (judgement.reason.trim() === '') throw refused('/reason', 'the reason, which the applicant is told')
  const { judgements, replaced } = without(application, [judgement.criterion])
  return { ...application, judgements: [...judgements, { ...judgement, answersVersion: application.answersVersion }], replaced }
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

/**
 * The applicant answers by new answers as a whole, and may change any of them: nothing that was judged or recommended before stands, be it
 * not about the question, because nobody has judged what is there now.
 */
export function answer(application: Clarifying, answers: Answers, at: Date): InReview {
  if (answers.kind !== application.answers.kind) throw refused('/answers/kind', 'the kind of applicant does not change')
  const rounds = application.rounds.map((round) => (round.answeredAt ? round : { ...round, answeredAt: at }))
  const replaced = [...application.replaced, ...application.judgements]
  return { ...application, state: 'in-review', answers, answersVersion: application.answersVersion + 1, rounds, judgements: [], replaced }
}

/**
 * Writes down what an applicant should be admitted to; whoever does so does not decide. Throws VALIDATION_FAILED for a tier of
 * the other kind, and CONFLICT for a renewal, which keeps what the member has.
 */
export function recommend(application: InReview, { tier, jurisdiction, by, at }: Pick<Recommendation, 'tier' | 'jurisdiction' | 'by' | 'at'>): InReview {
  if (application.renewal) throw new Problem('CONFLICT', 'A renewal keeps the tier and the jurisdiction of the membership.')
  requireTier(application, tier)
  const { answersVersion } = application
  return { ...application, recommendations: [...application.recommendations, { tier, jurisdiction, answersVersion, by, at }] }
}

/** What was recommended last, of the answers that stand. */
export function standingRecommendation({
  recommendations,
  answersVersion,
}: Pick<Application, 'recommendations' | 'answersVersion'>): Recommendation | undefined {
  return recommendations.findLast((one) => one.answersVersion === answersVersion)
}

/** What carries an admission: judgements of the answers that stand. Pure, and what was stored of earlier ones does not count. */
export function standingJudgements({ judgements, answersVersion }: Pick<Application, 'judgements' | 'answersVersion'>): readonly Judged[] {
  return judgements.filter((one) => one.answersVersion === answersVersion)
}

interface Admission {
  readonly tier: Tier
  /** The policy that the new member comes under; a renewal keeps the one it has. */
  readonly jurisdiction: string | undefined
  readonly reason: string
  readonly by: PersonId
  readonly at: Date
  /** What a policy in force leaves of a package. */
  readonly ceilingOf: Parameters<typeof widens>[2]
}

/**
 * Admits to a tier. Throws SECOND_PERSON_NEEDED for anybody who judged a criterion, asked a question or recommended, be it that it was
 * replaced since (I9: nobody admits a member or waives alone), and for more than another officer recommended; CONFLICT, with the
 * criteria, while something stands against it, and while nothing is recommended.
 */
export function admit(application: InReview, { tier, jurisdiction, reason, by, at, ceilingOf }: Admission): Decided {
  requireAnother(application, by)
  if (reason.trim() === '') throw refused('/reason', 'the reason, which the applicant is told')
  requireTier(application, tier)
  const { obstacles } = assess(application.set, tier, standingJudgements(application))
  if (obstacles.length > 0) {
    const fields = obstacles.map(({ criterion, why }) => ({ field: `/criteria/${criterion}`, message: WHY[why] }))
    throw new Problem('CONFLICT', 'Something stands against this admission.', { fields })
  }
  if (!application.renewal) requireRecommended(application, { tier, jurisdiction, ceilingOf })
  return { ...application, state: 'admitted', tier, reason, decidedBy: by, decidedAt: at }
}

/** The decider grants what another officer recommended, or less: alone nobody sets what a member may read. */
function requireRecommended(
  application: InReview,
  { tier, jurisdiction = null, ceilingOf }: Pick<Admission, 'tier' | 'ceilingOf'> & { jurisdiction?: string | null | undefined },
): void {
  const recommended = standingRecommendation(application)
  if (!recommended) throw new Problem('CONFLICT', 'An officer who does not decide has to recommend a tier and a policy first.')
  const as = (one: { tier: Tier; jurisdiction: string | null }) => ({ tier: one.tier, jurisdiction: one.jurisdiction, state: 'active' as const, until: null })
  if (widens(as(recommended), as({ tier, jurisdiction }), ceilingOf)) {
    throw new Problem('SECOND_PERSON_NEEDED', `This is more than was recommended: ${recommended.tier} under ${recommended.jurisdiction}.`)
  }
}

function requireTier({ answers }: Application, tier: Tier): void {
  if ((answers.kind === 'responder') !== (tier === 'responder')) throw refused('/tier', 'a tier of the other kind of member')
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

/** Everybody who had a part in how an application is seen, and so does not decide it: who judged or recommended, also what was replaced since, who asked, and who could have acted as the applicant. */
export function judges({
  judgements,
  replaced,
  rounds,
  recommendations,
  readers,
}: Pick<Application, 'judgements' | 'replaced' | 'rounds' | 'recommendations' | 'readers'>): ReadonlySet<PersonId> {
  return new Set([...[...judgements, ...replaced, ...recommendations].map(({ by }) => by), ...rounds.map(({ askedBy }) => askedBy), ...readers])
}

function requireAnother(application: Application, person: PersonId): void {
  if (judges(application).has(person))
    throw new Problem(
      'SECOND_PERSON_NEEDED',
      'Whoever judged a criterion, asked the applicant, recommended or read the link of the applicant in the outbox does not decide.',
    )
}

/** The judgements of these criteria stand no more, and are kept. */
function without({ judgements, replaced }: Application, criteria: readonly CriterionId[]): Pick<Application, 'judgements' | 'replaced'> {
  const ends = ({ criterion }: Judgement) => criteria.includes(criterion)
  return { judgements: judgements.filter((one) => !ends(one)), replaced: [...replaced, ...judgements.filter(ends)] }
}

function refused(field: string, message: string): Problem {
  return new Problem('VALIDATION_FAILED', undefined, { fields: [{ field, message }] })
}
