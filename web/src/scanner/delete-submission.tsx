import { Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { command } from '../api/client.ts'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { submissionQuery, submissionsQuery, type SubmissionView } from './submissions.ts'

interface DeleteSubmissionProps {
  readonly submission: SubmissionView
  readonly opened: boolean
  readonly onClose: () => void
}

/** Deletes a submission for good, then goes back to the list. */
export function DeleteSubmission({ submission: { id, name, share }, opened, onClose }: DeleteSubmissionProps): ReactElement {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const remove = useMutation({
    mutationFn: () => command('DELETE', `/api/submissions/${id}`),
    onSuccess: async () => {
      await navigate({ to: '/scanner' })
      queries.removeQueries({ queryKey: submissionQuery(id).queryKey })
      await queries.invalidateQueries({ queryKey: submissionsQuery.queryKey, exact: true })
    },
  })
  return (
    <ConfirmDialog
      opened={opened}
      title="Delete this submission"
      confirm="Delete for good"
      pending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      <Text>
        The file{name !== null && <strong className="break"> {name}</strong>}, its name, its digest, its verdict, its report and what environments showed of it
        are removed. A scan that runs is ended. This cannot be undone.
      </Text>
      <Text mt="xs">
        The audit log keeps that something was handed in and deleted, by whom and when, and nothing of the file: it is your proof of the deletion.
      </Text>
      {share && <Text mt="xs">What was shared with the exchange stays there.</Text>}
    </ConfirmDialog>
  )
}
