import { useMutation, useQueryClient, type UseMutationResult } from '@tanstack/react-query'

/** An act on the embargo; afterwards everything that shows it, and every package, is read again. */
export function useAct(act: () => Promise<unknown>, onDone: () => void = () => undefined): UseMutationResult<unknown, Error, void> {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: act,
    onSuccess: async () => {
      onDone()
      await Promise.all([queries.invalidateQueries({ queryKey: ['embargo'] }), queries.invalidateQueries({ queryKey: ['packages'] })])
    },
  })
}
