import type { Tier } from '#program/membership/contract.ts'

/** What an applicant hands in to show that a criterion is met. */
export const EVIDENCE_KINDS = ['document', 'number', 'statement', 'link', 'worked-example'] as const
export type EvidenceKind = (typeof EVIDENCE_KINDS)[number]

/** What a criterion asks of a member of some tiers: to be met, or only to be on record. */
export const NEEDS = ['required', 'recorded'] as const
export type Need = (typeof NEEDS)[number]

/** When the evidence has to be given again. */
export const RENEWALS = ['once', 'each-revision', 'yearly', 'each-cycle'] as const
export type Renewal = (typeof RENEWALS)[number]

export const CRITERION_IDS = ['CR-01', 'CR-02', 'CR-03', 'CR-04', 'CR-05', 'CR-06', 'CR-07', 'CR-08', 'CR-09', 'CR-10', 'CR-11', 'CR-12', 'CR-13'] as const
export type CriterionId = (typeof CRITERION_IDS)[number]

/** One condition of membership as a set words it. */
export interface Criterion {
  readonly id: CriterionId
  readonly title: string
  /** The condition in the words that an applicant reads. */
  readonly text: string
  readonly evidence: readonly EvidenceKind[]
  /** How a reviewer decides, in one sentence. */
  readonly judged: string
  readonly need: Need
  /** Tiers for which a criterion that is only recorded is required all the same. */
  readonly requiredFor: readonly Tier[]
  /** Another criterion of the set that, met, stands for this one. */
  readonly alternative: CriterionId | undefined
  /** Whether two membership officers together may waive it, with a reason. No one person ever may. */
  readonly waivable: boolean
  readonly renewal: Renewal
  /** Least number that the evidence states, where it is a number. */
  readonly threshold: number | undefined
}

/** Who applies: vendors and responders are asked different things. */
export const APPLICANT_KINDS = ['vendor', 'responder'] as const
export type ApplicantKind = (typeof APPLICANT_KINDS)[number]

/** A version of a set of criteria. A decision names the set and version it was taken under; a change is a new version. */
export interface CriteriaSet {
  /** `vedette-default@1`: name and version. */
  readonly id: string
  readonly kind: ApplicantKind
  readonly criteria: readonly Criterion[]
}
