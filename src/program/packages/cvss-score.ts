import calculators from 'ae-cvss-calculator'
import { cvssVersionOf, type CvssVersion } from '#program/packages/cvss-vector.ts'

export type CvssRating = 'none' | 'low' | 'medium' | 'high' | 'critical'

/** What a vector is worth: `base` from its base metrics alone, `overall` from all that it states. */
export interface CvssScore {
  readonly version: CvssVersion
  readonly base: number
  readonly overall: number
}

/** The scores of a vector of version 3.0, 3.1 or 4.0 as FIRST's specifications compute them; undefined for a text that is none. */
export function cvssScore(vector: string): CvssScore | undefined {
  const version = cvssVersionOf(vector)
  if (!version) return undefined
  const scores = CALCULATORS[version](vector).calculateScores()
  const { overall } = scores
  const base = 'baseMetricsOnly' in scores ? scores.baseMetricsOnly : scores.base
  return base === undefined ? undefined : { version, base, overall }
}

/** The qualitative rating of a score (CVSS 3.1, section 5; 4.0, section 6: they agree). */
export function cvssRating(score: number): CvssRating {
  if (score === 0) return 'none'
  if (score < 4) return 'low'
  if (score < 7) return 'medium'
  return score < 9 ? 'high' : 'critical'
}

const CALCULATORS = {
  '3.0': (vector: string) => new calculators.Cvss3P0(vector),
  '3.1': (vector: string) => new calculators.Cvss3P1(vector),
  '4.0': (vector: string) => new calculators.Cvss4P0(vector),
} as const
