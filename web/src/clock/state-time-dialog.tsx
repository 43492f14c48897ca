import { Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { FormEvent, ReactElement } from 'react'
import type { z } from 'zod'
import { ClockProposal, ConfirmedInstant } from '#platform/clock/contract.ts'
import { create, post } from '../api/client.ts'
import { fieldMessage } from '../api/problem.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useDraft } from '../ui/draft.ts'
import { formatUtc } from '../ui/format-instant.ts'
import { ProblemAlert } from '../ui/problem-alert.tsx'

const EMPTY = { date: '', time: '' }

interface StateTimeDialogProps {
  /** What the first person stated; absent for the first person. */
  readonly proposal?: z.output<typeof ClockProposal>
  readonly opened: boolean
  readonly onClose: () => void
}

/** Each of two people says what time it is, in UTC, by a clock that is not this machine's. */
export function StateTimeDialog({ proposal, opened, onClose }: StateTimeDialogProps): ReactElement {
  const queries = useQueryClient()
  const { values, set, clear } = useDraft('clock', EMPTY)
  const send = useMutation({
    mutationFn: async () => {
      const instant = `${values.date}T${values.time.length === 5 ? `${values.time}:00` : values.time}Z`
      if (proposal) await post(ConfirmedInstant, `/api/clock/confirmations/${proposal.id}/approval`, { instant })
      else await create(ClockProposal, '/api/clock/confirmations', { instant })
    },
    onSuccess: async () => {
      clear()
      await queries.invalidateQueries({ queryKey: ['clock'] })
      onClose()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    send.mutate()
  }
  return (
    <Dialog opened={opened} onClose={onClose} title={proposal ? 'Confirm the time' : 'State the time'} size="md">
      <form onSubmit={submit}>
        <Stack>
          <Text size="sm">
            Read the time from a clock outside this machine, such as a telephone’s or a time signal, and enter it in <strong>UTC</strong>. It must be within a
            minute of this machine’s own clock: if that one is wrong, have it set first. Whatever the time opens cannot be closed again.
          </Text>
          {proposal && (
            <Text size="sm">
              {proposal.proposedBy} stated {formatUtc(Date.parse(proposal.instant))}. Read the time yourself; do not copy it.
            </Text>
          )}
          <Group grow align="flex-start">
            <TextInput
              type="date"
              label="Date (UTC)"
              required
              value={values.date}
              onChange={(event) => set({ date: event.currentTarget.value })}
              data-autofocus
            />
            <TextInput
              type="time"
              step={1}
              label="Time (UTC)"
              required
              value={values.time}
              error={fieldMessage(send.error, '/instant')}
              onChange={(event) => set({ time: event.currentTarget.value })}
            />
          </Group>
          <ProblemAlert error={send.error} shownFields={['/instant']} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose} disabled={send.isPending}>
              Cancel
            </Button>
            <Button type="submit" loading={send.isPending}>
              {proposal ? 'Confirm this time' : 'State this time'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}
