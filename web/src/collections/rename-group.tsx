import { Button, Group, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { AccessChange } from '#exchange/access/contract.ts'
import { put } from '../api/client.ts'
import { fieldMessage } from '../api/problem.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useDraft } from '../ui/draft.ts'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { ACCESS_QUERIES, type Group as SharedGroup } from './collections.ts'

const FIELDS = ['/title', '/description']

/** Changes what a sharing group is called and said to be for; one that has members, once a second officer approves. */
export function RenameGroupButton({ group }: { group: SharedGroup }): ReactElement {
  const [opened, setOpened] = useState(false)
  return (
    <>
      <Button variant="default" size="compact-sm" onClick={() => setOpened(true)} aria-label={`Rename ${group.title}`}>
        Rename
      </Button>
      <Dialog opened={opened} onClose={() => setOpened(false)} title={`Rename ${group.title}`}>
        <RenameForm group={group} onClose={() => setOpened(false)} />
      </Dialog>
    </>
  )
}

function RenameForm({ group, onClose }: { group: SharedGroup; onClose: () => void }): ReactElement {
  const queries = useQueryClient()
  const { values, set, clear } = useDraft(`group ${group.id}`, { title: group.title, description: group.description })
  const takesTwo = group.members.length > 0
  const rename = useMutation({
    mutationFn: () => put(AccessChange, `/api/sharing-groups/${group.id}`, values),
    onSuccess: async () => {
      clear()
      onClose()
      for (const queryKey of ACCESS_QUERIES) await queries.invalidateQueries({ queryKey })
    },
  })
  const field = (name: keyof typeof values) => ({
    value: values[name],
    onChange: (event: { currentTarget: { value: string } }) => set({ [name]: event.currentTarget.value }),
    error: fieldMessage(rename.error, `/${name}`),
  })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        rename.mutate()
      }}
    >
      <Stack>
        {takesTwo && <Text size="sm">Its members choose the group by what it is called: another officer has to approve.</Text>}
        <TextInput label="Title" required {...field('title')} />
        <Textarea label="What it is for" autosize minRows={2} {...field('description')} />
        <ProblemAlert error={rename.error} shownFields={FIELDS} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} disabled={rename.isPending}>
            Cancel
          </Button>
          <Button type="submit" loading={rename.isPending}>
            {takesTwo ? 'Propose' : 'Rename'}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
