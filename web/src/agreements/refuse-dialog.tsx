import { Button, Group, Stack, Text, Textarea } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { FormEvent, ReactElement } from 'react'
import { z } from 'zod'
import { post } from '../api/client.ts'
import { fieldMessage } from '../api/problem.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useDraft } from '../ui/draft.ts'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { AGREEMENTS_KEY } from './agreements.ts'

interface RefuseDialogProps {
  readonly path: string
  /** Whose signature. */
  readonly name: string
  readonly opened: boolean
  readonly onClose: () => void
}

/** Refuses to countersign, for a reason that the member reads. */
export function RefuseDialog(props: RefuseDialogProps): ReactElement | null {
  return props.opened ? <Refuse {...props} /> : null
}

function Refuse({ path, name, opened, onClose }: RefuseDialogProps): ReactElement {
  const queries = useQueryClient()
  const { values, set, clear } = useDraft(`refuse ${path}`, { reason: '' })
  const refuse = useMutation({
    mutationFn: () => post(z.unknown(), path, values),
    onSuccess: async () => {
      clear()
      onClose()
      await queries.invalidateQueries({ queryKey: AGREEMENTS_KEY })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    refuse.mutate()
  }
  return (
    <Dialog opened={opened} onClose={onClose} title={`Refuse the signature of ${name}`} size="md" dismissible={!refuse.isPending}>
      <form onSubmit={submit}>
        <Stack>
          <Text>The agreement does not come into force by this signature. The member is told why, and may sign again.</Text>
          <Textarea
            label="Reason, as the member reads it"
            required
            rows={4}
            maxLength={2000}
            value={values.reason}
            error={fieldMessage(refuse.error, '/reason')}
            onChange={(event) => set({ reason: event.currentTarget.value })}
          />
          <ProblemAlert error={refuse.error} shownFields={['/reason']} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose} disabled={refuse.isPending}>
              Cancel
            </Button>
            <Button type="submit" color="red.8" loading={refuse.isPending}>
              Refuse the signature
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}
