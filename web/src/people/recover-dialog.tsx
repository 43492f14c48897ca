import { Button, Group, Stack, Text, Textarea } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { Recovery } from '#platform/auth/contract.ts'
import { create } from '../api/client.ts'
import { fieldMessage } from '../api/problem.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useDraft } from '../ui/draft.ts'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { recoveriesQuery, type PersonView } from './people.ts'

const EMPTY = { reason: '' }
export const recoveryDraft = (person: string) => `recovery:${person}`

interface RecoverDialogProps {
  readonly person: PersonView
  readonly opened: boolean
  readonly onClose: () => void
}

/** Opens a recovery for a person who lost their passkeys; a second operator has to approve it. */
export function RecoverDialog({ person, opened, onClose }: RecoverDialogProps): ReactElement {
  const queries = useQueryClient()
  const { values, set, clear } = useDraft(recoveryDraft(person.id), EMPTY)
  const open = useMutation({
    mutationFn: () => create(Recovery, `/api/people/${person.id}/recoveries`, { reason: values.reason }),
    onSuccess: async () => {
      clear()
      onClose()
      await queries.invalidateQueries({ queryKey: recoveriesQuery.queryKey })
    },
  })
  const cancel = () => {
    clear()
    open.reset()
    onClose()
  }
  return (
    <Dialog opened={opened} onClose={cancel} title={`Open a recovery for ${person.name}`}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          open.mutate()
        }}
      >
        <Stack>
          <Text size="sm">
            A second membership officer has to approve it. They then hand over a one-time link; using it ends all passkeys, sessions and tokens of {person.name}{' '}
            and leads to a new passkey.
          </Text>
          <Textarea
            label="Reason"
            description="How you made sure that the request comes from this person; the second operator reads it, and it goes into the audit log"
            required
            autosize
            minRows={4}
            maxRows={12}
            maxLength={2000}
            value={values.reason}
            error={fieldMessage(open.error, '/reason')}
            onChange={(event) => set({ reason: event.currentTarget.value })}
            data-autofocus
          />
          <ProblemAlert error={open.error} shownFields={['/reason']} />
          <Group justify="flex-end">
            <Button variant="default" onClick={cancel} disabled={open.isPending}>
              Cancel
            </Button>
            <Button type="submit" loading={open.isPending}>
              Open the recovery
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}
