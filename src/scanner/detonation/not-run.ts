import type { DetonationFailure, DetonationRow } from '#scanner/detonation/store.ts'
import type { NotChecked } from '#scanner/verdict/contract.ts'

const WHY: Readonly<Record<DetonationFailure, string>> = {
  NO_ENVIRONMENT: 'No worker had this environment any more.',
  DETONATION_FAILED: 'Every attempt ended with an error of this Vedette, not of what was opened.',
  DEADLINE: 'No attempt ended in time.',
  CANCELLED: 'Its submitter cancelled it.',
}

/** Why a detonation has no result, as people are told it. */
export function failureWords(failure: DetonationFailure): string {
  return WHY[failure]
}

/** The line of the coverage statement for a detonation that has no result; undefined for one that has. */
export function notRun({ described, macros, failure }: Pick<DetonationRow, 'described' | 'macros' | 'failure'>): NotChecked | undefined {
  if (failure === null) return undefined
  const { viewer, version, name } = described
  return { path: '/', what: `opened in ${viewer} ${version} (${name}${macros ? ', with macros' : ''})`, why: WHY[failure], reason: 'not-run' }
}
