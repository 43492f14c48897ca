import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import type { OpenedProps } from './apply-form.tsx'
import { ownQuery, withdrawOwn } from './own-application.ts'

/** Takes an application back, or forgets one that was never sent. */
export function WithdrawButton({ token, own, version, onLeave }: OpenedProps & { version: number }): ReactElement {
  const [asking, setAsking] = useState(false)
  const queries = useQueryClient()
  const draft = own.state === 'draft'
  const withdraw = useMutation({
    mutationFn: () => withdrawOwn(token, version),
    onSuccess: async () => {
      setAsking(false)
      if (draft) return onLeave()
      await queries.invalidateQueries({ queryKey: ownQuery(token).queryKey })
    },
  })
  const words = draft ? 'Discard this application' : 'Take it back'
  return (
    <>
      <Button variant="subtle" color="red" size="compact-sm" onClick={() => setAsking(true)}>
        {words}
      </Button>
      <ConfirmDialog
        opened={asking}
        title={words}
        confirm={words}
        pending={withdraw.isPending}
        error={withdraw.error}
        onConfirm={() => withdraw.mutate()}
        onClose={() => setAsking(false)}
      >
        {draft
          ? 'Everything that was filled in is deleted, with its files. That cannot be undone.'
          : 'Nobody looks at it any more. You can apply again at any time, beginning with what you said.'}
      </ConfirmDialog>
    </>
  )
}
