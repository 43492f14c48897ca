import { queryOptions, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { z } from 'zod'
import { ClockState } from '#platform/clock/contract.ts'
import { get } from '../api/client.ts'

export interface TrustedTime {
  readonly state: z.output<typeof ClockState>
  /** `performance.now()` when the answer came. */
  readonly readAt: number
}

/** The server's trusted instant, asked for every half minute; doubles as the sign that the server can be reached. */
export const clockQuery = queryOptions({
  queryKey: ['clock'],
  queryFn: async ({ signal }): Promise<TrustedTime> => ({ state: await get(ClockState, '/api/clock', {}, signal), readAt: performance.now() }),
  refetchInterval: (query) => (query.state.status === 'error' ? 5_000 : 30_000),
  retry: false,
})

export function useTrustedTime() {
  return useQuery(clockQuery)
}

/** Milliseconds since 1970 by the trusted clock: carried forward by this browser's monotonic clock, or standing still while clocks disagree. */
export function trustedNowMs({ state, readAt }: TrustedTime, monotonicMs = performance.now()): number {
  const base = Date.parse(state.now)
  return state.disagreement === null ? base + Math.max(0, monotonicMs - readAt) : base
}

/** Draws the caller again once a second. */
export function useTick(): void {
  const [, tick] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), 1000)
    return () => clearInterval(timer)
  }, [])
}
