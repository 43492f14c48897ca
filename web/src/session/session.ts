import { queryOptions, useQuery, useSuspenseQuery } from '@tanstack/react-query'
import type { z } from 'zod'
import { Session } from '#platform/auth/contract.ts'
import { get } from '../api/client.ts'
import { ApiProblem } from '../api/problem.ts'

export type SessionView = z.output<typeof Session>
export const SESSION_KEY = ['session'] as const

/** Who is signed in; null when nobody is. */
export const sessionQuery = queryOptions({
  queryKey: SESSION_KEY,
  queryFn: async ({ signal }): Promise<SessionView | null> => {
    try {
      return await get(Session, '/api/session', {}, signal)
    } catch (error) {
      if (error instanceof ApiProblem && error.code === 'NOT_SIGNED_IN') return null
      throw error
    }
  },
  staleTime: 30_000,
})

export function useSessionQuery() {
  return useQuery(sessionQuery)
}

/** The signed-in person's session; only for pages inside the shell, which is drawn for nobody else. */
export function useSession(): SessionView {
  const { data } = useSuspenseQuery(sessionQuery)
  if (data === null) throw new ApiProblem({ code: 'NOT_SIGNED_IN', status: 401, title: 'Sign in first' })
  return data
}
