import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ApplicationView } from '#program/membership/applications/contract.ts'
import { post } from '../api/client.ts'
import { applicationQuery, applicationsQuery, type View } from './applications.ts'

/** One act on the application as it is shown; the answer is what is shown then. */
export function useAct(view: View, step: 'judgements' | 'questions' | 'recommendation' | 'admission' | 'refusal', onDone: () => void) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (body: object) => post(ApplicationView, `/api/applications/${view.id}/${step}`, { version: view.version, ...body }),
    onSuccess: async (next) => {
      queries.setQueryData(applicationQuery(view.id).queryKey, next)
      onDone()
      await queries.invalidateQueries({ queryKey: applicationsQuery.queryKey, exact: true })
    },
  })
}
