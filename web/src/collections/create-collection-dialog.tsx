import { Button, Group, MultiSelect, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { CollectionView } from '#exchange/collections/contract.ts'
import { create } from '../api/client.ts'
import { fieldMessage } from '../api/problem.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useDraft } from '../ui/draft.ts'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { collectionsQuery } from './collections.ts'

export const COLLECTION_DRAFT = 'collection'
const EMPTY = { title: '', description: '', alias: '', aggregates: [] as string[] }
const FIELDS = ['/title', '/description', '/alias', '/aggregates']

export function CreateCollectionDialog({ opened, onClose }: { opened: boolean; onClose: () => void }): ReactElement {
  return (
    <Dialog opened={opened} onClose={onClose} title="Make a collection">
      <CreateForm onClose={onClose} />
    </Dialog>
  )
}

function CreateForm({ onClose }: { onClose: () => void }): ReactElement {
  const queries = useQueryClient()
  const { values, set, clear } = useDraft(COLLECTION_DRAFT, EMPTY)
  const others = (useQuery(collectionsQuery).data ?? []).filter(({ aggregates }) => aggregates === null)
  const make = useMutation({
    mutationFn: () => {
      const { title, description, alias, aggregates } = values
      return create(CollectionView, '/api/collections', { title, description, alias: alias || null, ...(aggregates.length > 0 && { aggregates }) })
    },
    onSuccess: async () => {
      clear()
      onClose()
      await queries.invalidateQueries({ queryKey: collectionsQuery.queryKey })
    },
  })
  const error = (field: string) => fieldMessage(make.error, field)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        make.mutate()
      }}
    >
      <Stack>
        <TextInput label="Title" required value={values.title} onChange={(event) => set({ title: event.currentTarget.value })} error={error('/title')} />
        <Textarea
          label="What it holds"
          description="Members read this when they choose what to follow"
          autosize
          minRows={2}
          value={values.description}
          onChange={(event) => set({ description: event.currentTarget.value })}
          error={error('/description')}
        />
        <TextInput
          label="Alias"
          description="Clients may write it in addresses in the place of the id; small letters, digits, hyphens"
          value={values.alias}
          onChange={(event) => set({ alias: event.currentTarget.value })}
          error={error('/alias')}
        />
        <MultiSelect
          label="Union of"
          description="Leave empty for a collection of its own. A union shows each reader what it may read in each of these, and is never written to."
          data={others.map(({ id, title }) => ({ value: id, label: title }))}
          value={values.aggregates}
          onChange={(aggregates) => set({ aggregates })}
          error={error('/aggregates')}
          searchable
          clearable
        />
        <Text size="sm">Nobody holds a right in it yet: give rights on its page.</Text>
        <ProblemAlert error={make.error} shownFields={FIELDS} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} disabled={make.isPending}>
            Cancel
          </Button>
          <Button type="submit" loading={make.isPending}>
            Make the collection
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
