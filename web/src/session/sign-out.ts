import { useMutation, useQueryClient } from '@tanstack/react-query'
import { command } from '../api/client.ts'
import { dropTransfersOfOthers } from '../scanner/transfers.ts'
import { dropDrafts } from '../ui/draft.ts'
import { SESSION_KEY, sessionQuery } from './session.ts'

/** Ends this session at the server, and forgets in this tab what belonged to it. */
export function useSignOut() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: () => command('DELETE', '/api/session'),
    onSuccess: () => {
      dropDrafts()
      dropTransfersOfOthers()
      queries.setQueryData(sessionQuery.queryKey, null)
      queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION_KEY[0] })
    },
  })
}
