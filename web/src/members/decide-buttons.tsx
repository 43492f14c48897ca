import { Button, Group, Text } from '@mantine/core'
import { useMutation, useQueryClient, type QueryKey } from '@tanstack/react-query'
import { useState, type ReactElement, type ReactNode } from 'react'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'

interface DecideButtonsProps {
  /** What waits, for the names of the buttons. */
  readonly what: string
  /** Whether the person at this browser proposed it: then another has to approve it. */
  readonly mine: boolean
  readonly approve: () => Promise<unknown>
  readonly refuse: () => Promise<unknown>
  readonly changes: readonly QueryKey[]
  /** What approving does. */
  readonly children: ReactNode
}

/** Approves or refuses what another officer proposed; one's own proposal can be taken back. */
export function DecideButtons({ what, mine, approve, refuse, changes, children }: DecideButtonsProps): ReactElement {
  const queries = useQueryClient()
  const [asked, setAsked] = useState<'approve' | 'refuse' | undefined>()
  const decide = useMutation({
    mutationFn: () => (asked === 'approve' ? approve() : refuse()),
    onSuccess: async () => {
      setAsked(undefined)
      for (const queryKey of changes) await queries.invalidateQueries({ queryKey })
    },
  })
  const close = () => {
    decide.reset()
    setAsked(undefined)
  }
  const refusal = mine ? 'Take back' : 'Refuse'
  return (
    <Group gap="xs" wrap="nowrap" justify="flex-end">
      {mine ? (
        <Text size="xs" c="dimmed">
          Another officer approves
        </Text>
      ) : (
        <Button size="compact-sm" flex="none" onClick={() => setAsked('approve')} aria-label={`Approve: ${what}`}>
          Approve
        </Button>
      )}
      <Button size="compact-sm" variant="default" flex="none" onClick={() => setAsked('refuse')} aria-label={`${refusal}: ${what}`}>
        {refusal}
      </Button>
      <ConfirmDialog
        opened={asked !== undefined}
        title={asked === 'approve' ? `Approve the ${what}?` : `${refusal} the ${what}?`}
        confirm={asked === 'approve' ? 'Approve' : refusal}
        pending={decide.isPending}
        error={decide.error}
        onConfirm={() => decide.mutate()}
        onClose={close}
      >
        {asked === 'approve' ? children : 'Nothing changes by it. It can be proposed again at any time.'}
      </ConfirmDialog>
    </Group>
  )
}
