import {
  MutationCache,
  QueryCache,
  QueryClient,
  type InvalidateOptions,
  type InvalidateQueryFilters,
  type Query,
  type QueryFilters,
  type QueryKey,
} from '@tanstack/react-query'
import { SESSION_KEY } from '../session/session.ts'
import { ApiProblem } from './problem.ts'

/** A refusal for want of a session, wherever it comes up, makes the shell look at the session again and lead to the sign-in page. */
function noteSignedOut(error: unknown): void {
  if (error instanceof ApiProblem && error.code === 'NOT_SIGNED_IN') void queryClient.invalidateQueries({ queryKey: SESSION_KEY })
}

/**
 * After a change, what is being read for the first time is read again too: the library would wait for the answer that is on its way,
 * which may be from before the change, and take it for the newest.
 */
export class Queries extends QueryClient {
  override async invalidateQueries<K extends QueryKey = QueryKey>(filters?: InvalidateQueryFilters<K>, options?: InvalidateOptions): Promise<void> {
    // Only what the invalidation itself reads again: anything else that is cancelled would wait for ever.
    const also = filters?.predicate
    const predicate = (query: Query) => query.state.data === undefined && (also?.(query as never) ?? true)
    if (filters?.refetchType !== 'none') await this.cancelQueries({ ...filters, fetchStatus: 'fetching', predicate } as QueryFilters)
    return super.invalidateQueries(filters, options)
  }
}

export const queryClient: QueryClient = new Queries({
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
