import { Button, Group, Stack, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { CollectionView } from '#exchange/collections/contract.ts'
import { put } from '../api/client.ts'
import { fieldMessage } from '../api/problem.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useDraft } from '../ui/draft.ts'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { AccessChange } from '#exchange/access/contract.ts'
import { accessChangesQuery, collectionsQuery, type Collection } from './collections.ts'

const FIELDS = ['/title', '/description', '/alias']

/** Changes what a collection is called and said to hold. */
export function DescribeCollectionButton({ collection }: { collection: Collection }): ReactElement {
  const [opened, setOpened] = useState(false)
  return (
    <>
      <Button variant="default" onClick={() => setOpened(true)}>
        Change the description
      </Button>
      <Dialog opened={opened} onClose={() => setOpened(false)} title="Change the description">
        <DescribeForm collection={collection} onClose={() => setOpened(false)} />
      </Dialog>
    </>
  )
}

function DescribeForm({ collection, onClose }: { collection: Collection; onClose: () => void }): ReactElement {
  const queries = useQueryClient()
  const { title, description, alias } = collection
  const { values, set, clear } = useDraft(`collection ${collection.id}`, { title, description, alias: alias ?? '' })
  const change = useMutation({
    mutationFn: () => put(CollectionView, `/api/collections/${collection.id}`, { ...values, alias: values.alias || null }),
    onSuccess: async () => {
      clear()
      onClose()
      await queries.invalidateQueries({ queryKey: collectionsQuery.queryKey })
    },
  })
  const move = useMutation({
    mutationFn: () => put(AccessChange, `/api/collections/${collection.id}/alias`, { alias: values.alias }),
    onSuccess: async () => {
      clear()
      onClose()
      for (const { queryKey } of [collectionsQuery, accessChangesQuery]) await queries.invalidateQueries({ queryKey })
    },
  })
  const wasAnothers = fieldMessage(change.error, '/alias')?.includes('two officers') ?? false
  const field = (name: keyof typeof values) => ({
    value: values[name],
    onChange: (event: { currentTarget: { value: string } }) => set({ [name]: event.currentTarget.value }),
    error: fieldMessage(change.error, `/${name}`),
  })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        change.mutate()
      }}
    >
      <Stack>
        <TextInput label="Title" required {...field('title')} />
        <Textarea label="What it holds" description="Members read this when they choose what to follow" autosize minRows={2} {...field('description')} />
        <TextInput
          label="Alias"
          description="Clients may write it in addresses in the place of the id. An earlier alias leads nowhere then; only two officers give it to another collection."
          {...field('alias')}
        />
        {wasAnothers && (
          <Button variant="default" onClick={() => move.mutate()} loading={move.isPending}>
            Propose to move the alias here
          </Button>
        )}
        <ProblemAlert error={move.error ?? change.error} shownFields={FIELDS} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} disabled={change.isPending}>
            Cancel
          </Button>
          <Button type="submit" loading={change.isPending}>
            Change
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
