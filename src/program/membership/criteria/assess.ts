import type { PersonId } from '#platform/ids.ts'
import type { CriteriaSet, Criterion, CriterionId } from '#program/membership/criteria/criterion.ts'
import type { Tier } from '#program/membership/contract.ts'

/** What one reviewer says of one criterion. A waiver stands only once another person decides the admission with it. */
export interface Judgement {
  readonly criterion: CriterionId
  readonly outcome: 'met' | 'not-met' | 'waived'
  /** Shown to the applicant; never empty. */
  readonly reason: string
  readonly by: PersonId
  readonly at: Date
}

/** Why an applicant cannot be admitted to a tier under a set. */
export interface Obstacle {
  readonly criterion: CriterionId
  readonly why: 'not-judged' | 'not-met' | 'not-waivable' | 'judged-twice' | 'unknown'
}

export interface Assessment {
  /** Empty: nothing stands against the admission. */
  readonly obstacles: readonly Obstacle[]
  /** Criteria that hold only because they are waived. */
  readonly waived: readonly CriterionId[]
}

/**
 * Whether judgements carry an admission to a tier (program.md, 2.1 and 2.2). Pure, and denies by default: a criterion of the
 * set that nobody judged, that was judged twice, or that the set does not know stands against it. What the tier asks only to be
 * recorded has to be judged, and may be not met.
 */
export function assess({ criteria }: CriteriaSet, tier: Tier, judgements: readonly Judgement[]): Assessment {
  const known = new Set(criteria.map(({ id }) => id))
  const strangers = judgements.filter(({ criterion }) => !known.has(criterion)).map(({ criterion }): Obstacle => ({ criterion, why: 'unknown' }))
  const of = (id: CriterionId) => judgements.filter(({ criterion }) => criterion === id)
  const met = (id: CriterionId) => {
    const found = of(id)
    return found.length === 1 && found[0]!.outcome === 'met'
  }
  const obstacles = criteria.flatMap((criterion): Obstacle[] => {
    const why = obstacleOf(criterion, tier, of(criterion.id), met)
    return why ? [{ criterion: criterion.id, why }] : []
  })
  const waived = criteria.filter(({ id, waivable }) => waivable && of(id).length === 1 && of(id)[0]!.outcome === 'waived').map(({ id }) => id)
  return { obstacles: [...obstacles, ...strangers], waived }
}

function obstacleOf(criterion: Criterion, tier: Tier, judgements: readonly Judgement[], met: (id: CriterionId) => boolean): Obstacle['why'] | undefined {
  const [judgement, second] = judgements
  if (!judgement) return 'not-judged'
  if (second) return 'judged-twice'
  if (judgement.outcome === 'met' || !isRequired(criterion, tier)) return undefined
  if (criterion.alternative !== undefined && met(criterion.alternative)) return undefined
  if (judgement.outcome === 'waived') return criterion.waivable ? undefined : 'not-waivable'
  return 'not-met'
}

/** Whether a tier takes the criterion to be met, and not only to be on record. */
export function isRequired({ need, requiredFor }: Criterion, tier: Tier): boolean {
  return need === 'required' || requiredFor.includes(tier)
}
