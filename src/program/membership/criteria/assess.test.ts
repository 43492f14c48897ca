import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import type { PersonId } from '#platform/ids.ts'
import { assess, isRequired, type Judgement } from '#program/membership/criteria/assess.ts'
import { CRITERION_IDS, type CriteriaSet, type CriterionId } from '#program/membership/criteria/criterion.ts'
import { PRESETS } from '#program/membership/criteria/presets.ts'
import { TIERS, type Tier } from '#program/membership/contract.ts'

const SETS: readonly CriteriaSet[] = Object.values(PRESETS)
const REVIEWER = '0193b0c8-1111-7222-8333-444455556666' as PersonId
const judged = (criterion: CriterionId, outcome: Judgement['outcome'] = 'met'): Judgement => ({
  criterion,
  outcome,
  reason: 'As shown.',
  by: REVIEWER,
  at: new Date('2026-11-22T12:00:00.000Z'),
})
const allMet = (set: CriteriaSet): Judgement[] => set.criteria.map(({ id }) => judged(id))
const except = (set: CriteriaSet, id: CriterionId, outcome: Judgement['outcome']) => [
  ...allMet(set).filter(({ criterion }) => criterion !== id),
  judged(id, outcome),
]
const DEFAULT = PRESETS['vedette-default']

describe('the presets', () => {
  it('are the eight published criteria in 2008, and what later pages added and dropped', () => {
    const ids = (set: CriteriaSet) => set.criteria.map(({ id }) => id)
    expect(ids(PRESETS['mapp-2008'])).toEqual(['CR-01', 'CR-02', 'CR-03', 'CR-04', 'CR-05', 'CR-06', 'CR-07', 'CR-08'])
    expect(ids(PRESETS['mapp-2014'])).toEqual(['CR-01', 'CR-02', 'CR-03', 'CR-05', 'CR-06', 'CR-08', 'CR-09', 'CR-12'])
    expect(ids(PRESETS['mapp-current'])).toEqual(['CR-01', 'CR-02', 'CR-04', 'CR-05', 'CR-08', 'CR-10', 'CR-11'])
    expect(ids(DEFAULT)).toEqual([...CRITERION_IDS])
  })

  it.each(SETS.map((set) => [set.id, set] as const))('%s names each criterion once, says how it is judged and by what evidence', (_, { id, criteria }) => {
    expect(id).toMatch(/^[a-z0-9-]+@\d+$/)
    expect(new Set(criteria.map((criterion) => criterion.id)).size).toBe(criteria.length)
    for (const criterion of criteria) {
      expect(criterion.text && criterion.judged && criterion.title).toBeTruthy()
      expect(criterion.evidence.length).toBeGreaterThan(0)
      expect(criterion.threshold === undefined || criterion.evidence.includes('number')).toBe(true)
    }
  })
})

describe.each(SETS.map((set) => [set.id, set] as const))('an applicant under %s', (_, set) => {
  it('has nothing against it when all is met, for every tier', () => {
    for (const tier of TIERS) expect(assess(set, tier, allMet(set))).toEqual({ obstacles: [], waived: [] })
  })

  it.each(set.criteria.map(({ id, title }) => [id, title] as const))('is held up by %s, %s, when nobody judged it or it was judged twice', (id) => {
    const without = allMet(set).filter(({ criterion }) => criterion !== id)
    expect(assess(set, 'advance', without).obstacles).toEqual([{ criterion: id, why: 'not-judged' }])
    expect(assess(set, 'advance', [...without, judged(id), judged(id)]).obstacles).toEqual([{ criterion: id, why: 'judged-twice' }])
  })

  it.each(set.criteria.map((criterion) => [criterion.id, criterion] as const))(
    'is held up by %s not being met exactly where it is required',
    (id, criterion) => {
      for (const tier of TIERS) {
        const { obstacles } = assess(set, tier, except(set, id, 'not-met'))
        const holds = !isRequired(criterion, tier) || criterion.alternative !== undefined
        expect(obstacles).toEqual(holds ? [] : [{ criterion: id, why: 'not-met' }])
      }
    },
  )

  it.each(set.criteria.map((criterion) => [criterion.id, criterion] as const))('has %s waived only where the set allows it', (id, criterion) => {
    const { obstacles, waived } = assess(set, 'validate', except(set, id, 'waived'))
    const needed = isRequired(criterion, 'validate') && criterion.alternative === undefined
    expect(obstacles).toEqual(needed && !criterion.waivable ? [{ criterion: id, why: 'not-waivable' }] : [])
    expect(waived).toEqual(criterion.waivable ? [id] : [])
  })
})

describe('an alternative', () => {
  it('stands for the other while it is met itself, and for nothing once neither is', () => {
    const neither = allMet(DEFAULT).map((one) => (one.criterion === 'CR-02' || one.criterion === 'CR-11' ? judged(one.criterion, 'not-met') : one))
    expect(assess(DEFAULT, 'entry', neither).obstacles).toEqual([{ criterion: 'CR-02', why: 'not-met' }])
    expect(assess(DEFAULT, 'entry', except(DEFAULT, 'CR-02', 'not-met')).obstacles).toEqual([])
    expect(assess(DEFAULT, 'entry', [...neither.filter(({ criterion }) => criterion !== 'CR-11'), judged('CR-11', 'waived')]).obstacles).toEqual([
      { criterion: 'CR-02', why: 'not-met' },
    ])
  })
})

describe('any judgements', () => {
  const judgement = fc.record({ criterion: fc.constantFrom(...CRITERION_IDS), outcome: fc.constantFrom('met' as const, 'not-met' as const, 'waived' as const) })
  test.prop([fc.constantFrom(...SETS), fc.constantFrom<Tier>(...TIERS), fc.array(judgement, { maxLength: 20 })])(
    'admit nobody of whom a required criterion is neither met, nor waived where it may be, nor replaced',
    (set, tier, found) => {
      const judgements = found.map(({ criterion, outcome }) => judged(criterion, outcome))
      const { obstacles } = assess(set, tier, judgements)
      if (obstacles.length > 0) return
      for (const criterion of set.criteria) {
        const outcomes = judgements.filter((one) => one.criterion === criterion.id).map(({ outcome }) => outcome)
        const replaced = criterion.alternative !== undefined && judgements.some((one) => one.criterion === criterion.alternative && one.outcome === 'met')
        expect(outcomes).toHaveLength(1)
        expect(outcomes[0] === 'met' || !isRequired(criterion, tier) || replaced || (outcomes[0] === 'waived' && criterion.waivable)).toBe(true)
      }
      expect(judgements.every(({ criterion }) => set.criteria.some(({ id }) => id === criterion))).toBe(true)
    },
  )
})
