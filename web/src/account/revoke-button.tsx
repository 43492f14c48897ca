import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactElement, type ReactNode } from 'react'
import { command } from '../api/client.ts'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'

interface RevokeButtonProps {
  readonly verb: string
  /** Names the thing, for the dialog and for screen readers. */
  readonly subject: string
  readonly path: string
  readonly queryKey: readonly unknown[]
  readonly children: ReactNode
}

/** Ends one passkey, session or token, after asking. */
export function RevokeButton({ verb, subject, path, queryKey, children }: RevokeButtonProps): ReactElement {
  const queries = useQueryClient()
  const [asking, setAsking] = useState(false)
  const revoke = useMutation({
    mutationFn: () => command('DELETE', path),
    onSuccess: async () => {
      setAsking(false)
      await queries.invalidateQueries({ queryKey })
    },
  })
  return (
    <>
      <Button variant="subtle" color="red" size="compact-sm" onClick={() => setAsking(true)} aria-label={`${verb}: ${subject}`}>
        {verb}
      </Button>
      <ConfirmDialog
        opened={asking}
        title={`${verb}: ${subject}`}
        confirm={verb}
        pending={revoke.isPending}
        error={revoke.error}
        onConfirm={() => revoke.mutate()}
        onClose={() => {
          revoke.reset()
          setAsking(false)
        }}
      >
        {children}
      </ConfirmDialog>
    </>
  )
}
