import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { Submission } from '#scanner/submissions/contract.ts'
import { post } from '../api/client.ts'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { submissionQuery } from './submissions.ts'

/** Ends a submission before its end; what was found by then stays. */
export function CancelButton({ id }: { id: string }): ReactElement {
  const queries = useQueryClient()
  const cancel = useMutation({
    mutationFn: () => post(Submission, `/api/submissions/${id}/cancel`),
    onSettled: () => queries.invalidateQueries({ queryKey: submissionQuery(id).queryKey }),
  })
  return (
    <>
      <ProblemAlert error={cancel.error} />
      <Button variant="default" loading={cancel.isPending} onClick={() => cancel.mutate()}>
        Cancel
      </Button>
    </>
  )
}
