import type { z } from 'zod'
import { toMicroseconds } from '#exchange/stix/instant.ts'
import type { Status, StatusDetail } from '#exchange/taxii/contract.ts'

export type StatusResource = z.output<typeof Status>
export type Detail = z.output<typeof StatusDetail>

/** What became of a piece of an envelope, in the order in which it came; every object is counted, not every one named. */
export interface Taken {
  readonly count: number
  readonly successes: readonly Detail[]
  readonly failed: number
  readonly failures: readonly Detail[]
}

/** Most refused objects of one envelope that its status names. What is named costs more room than what is refused. */
export const MOST_NAMED = 10_000

/** Most stored objects of one envelope that its status names: it is one answer, however many there were. */
export const MOST_SUCCESSES = 10_000

/** An envelope that was posted, as far as it is known. */
export interface Posted {
  readonly id: string
  readonly total: number
  readonly succeeded: number
  readonly failed: number
  readonly requestedAt: Date
}

/** Status resource (section 4.3.1): pending until every object was decided on. */
export function statusOf({ id, total, succeeded, failed, requestedAt }: Posted, results: readonly Pick<Taken, 'successes' | 'failures'>[]): StatusResource {
  const [successes, failures] = [results.flatMap((one) => one.successes), results.flatMap((one) => one.failures)]
  const pending = total - succeeded - failed
  return {
    id,
    status: pending === 0 ? 'complete' : 'pending',
    request_timestamp: toMicroseconds(requestedAt.toISOString())!,
    total_count: total,
    success_count: succeeded,
    ...(successes.length > 0 && { successes }),
    failure_count: failed,
    ...(failures.length > 0 && { failures }),
    pending_count: pending,
  }
}
