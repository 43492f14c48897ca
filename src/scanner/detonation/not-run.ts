import type { DetonationFailure } from '#scanner/detonation/store.ts'

const WHY: Readonly<Record<DetonationFailure, string>> = {
  NO_ENVIRONMENT: 'No worker had this environment any more, or could open it there.',
  NOT_PERMITTED: 'Whoever handed it in may no longer have it reach the network.',
  DETONATION_FAILED: 'Every attempt ended with an error of this Vedette, not of what was opened.',
  DEADLINE: 'No attempt ended in time.',
  CANCELLED: 'Its submitter cancelled it.',
}

/** Why a detonation has no result, as people are told it. */
export function failureWords(failure: DetonationFailure): string {
  return WHY[failure]
}
