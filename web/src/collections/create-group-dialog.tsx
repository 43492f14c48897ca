import { Button, Group, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { SharingGroup } from '#exchange/groups/contract.ts'
import { create } from '../api/client.ts'
import { fieldMessage } from '../api/problem.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useDraft } from '../ui/draft.ts'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { groupsQuery } from './collections.ts'

export const GROUP_DRAFT = 'sharing-group'
const EMPTY = { title: '', description: '' }
const FIELDS = ['/title', '/description']

export function CreateGroupDialog({ opened, onClose }: { opened: boolean; onClose: () => void }): ReactElement {
  return (
    <Dialog opened={opened} onClose={onClose} title="Make a sharing group">
      <CreateForm onClose={onClose} />
    </Dialog>
  )
}

function CreateForm({ onClose }: { onClose: () => void }): ReactElement {
  const queries = useQueryClient()
  const { values, set, clear } = useDraft(GROUP_DRAFT, EMPTY)
  const make = useMutation({
    mutationFn: () => create(SharingGroup, '/api/sharing-groups', values),
    onSuccess: async () => {
      clear()
      onClose()
      await queries.invalidateQueries({ queryKey: groupsQuery.queryKey })
    },
  })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        make.mutate()
      }}
    >
      <Stack>
        <TextInput
          label="Title"
          required
          value={values.title}
          onChange={(event) => set({ title: event.currentTarget.value })}
          error={fieldMessage(make.error, '/title')}
        />
        <Textarea
          label="What is shared in it"
          description="Its members read this"
          autosize
          minRows={2}
          value={values.description}
          onChange={(event) => set({ description: event.currentTarget.value })}
          error={fieldMessage(make.error, '/description')}
        />
        <Text size="sm">Members are proposed one by one, and a second officer approves each.</Text>
        <ProblemAlert error={make.error} shownFields={FIELDS} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} disabled={make.isPending}>
            Cancel
          </Button>
          <Button type="submit" loading={make.isPending}>
            Make the group
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
