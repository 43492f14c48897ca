import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { SESSION_KEY } from '../session/session.ts'
import { ApiProblem } from './problem.ts'

/** A refusal for want of a session, wherever it comes up, makes the shell look at the session again and lead to the sign-in page. */
function noteSignedOut(error: unknown): void {
  if (error instanceof ApiProblem && error.code === 'NOT_SIGNED_IN') void queryClient.invalidateQueries({ queryKey: SESSION_KEY })
}

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      if (query.queryKey[0] !== SESSION_KEY[0]) noteSignedOut(error)
    },
  }),
  mutationCache: new MutationCache({ onError: noteSignedOut }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // A refusal does not change by asking again; a lost connection may.
      retry: (count, error) => count < 2 && error instanceof ApiProblem && (error.status === 0 || error.status >= 500),
      retryDelay: (attempt) => 500 * 2 ** attempt,
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
})
