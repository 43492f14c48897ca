import { Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { z } from 'zod'
import { create } from '../api/client.ts'
import { fieldMessage } from '../api/problem.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useDraft } from '../ui/draft.ts'
import { ProblemAlert } from '../ui/problem-alert.tsx'

const EMPTY = { date: '', time: '' }
/** The answer is read anew through the clock itself. */
const Answer = z.unknown()

/** The first of two people says what time it is, in UTC, by a clock that is not this machine's. */
export function ProposeTimeDialog({ opened, onClose }: { opened: boolean; onClose: () => void }): ReactElement {
  const queries = useQueryClient()
  const { values, set, clear } = useDraft('clock', EMPTY)
  const propose = useMutation({
    mutationFn: () =>
      create(Answer, '/api/clock/confirmations', { instant: `${values.date}T${values.time.length === 5 ? `${values.time}:00` : values.time}Z` }),
    onSuccess: async () => {
      clear()
      await queries.invalidateQueries({ queryKey: ['clock'] })
      onClose()
    },
  })
  return (
    <Dialog opened={opened} onClose={onClose} title="State the time" size="md">
      <form
        onSubmit={(event) => {
          event.preventDefault()
          propose.mutate()
        }}
      >
        <Stack>
          <Text size="sm">
            Read the time from a clock outside this machine, such as a telephone's or a time signal, and enter it in <strong>UTC</strong>. It must be within a
            minute of this machine's own clock: if that one is wrong, have it set first.
          </Text>
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
              error={fieldMessage(propose.error, '/instant')}
              onChange={(event) => set({ time: event.currentTarget.value })}
            />
          </Group>
          <ProblemAlert error={propose.error} shownFields={['/instant']} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={propose.isPending}>
              State this time
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}
