import { Button, Group, Select, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { EmbargoView } from '#exchange/embargoes/contract.ts'
import { create } from '../api/client.ts'
import { fieldMessage } from '../api/problem.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useDraft } from '../ui/draft.ts'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import type { Collection } from './collections.ts'
import { className, embargoesQuery, TIERS, utcOf } from './embargoes.ts'

const EMPTY = { title: '', package: '', to: 'tiers', validate: '', advance: '', entry: '', responder: '', everybody: '' }
type Values = typeof EMPTY
const FIELDS = ['/title', '/package', '/instants', ...[...TIERS, 'everybody'].map((of) => `/instants/${of}`)]

/** Name of the draft of an embargo that is being set. */
export const embargoDraft = (collection: string): string => `embargo ${collection}`

export function SetEmbargoDialog({ collection, opened, onClose }: { collection: Collection; opened: boolean; onClose: () => void }): ReactElement {
  return (
    <Dialog opened={opened} onClose={onClose} title="Set an embargo">
      <SetForm collection={collection} onClose={onClose} />
    </Dialog>
  )
}

function instantsOf(values: Values): Record<string, string> {
  const classes = values.to === 'everybody' ? (['everybody'] as const) : TIERS
  return Object.fromEntries(classes.flatMap((of) => (values[of] === '' ? [] : [[of, utcOf(values[of])]])))
}

function SetForm({ collection, onClose }: { collection: Collection; onClose: () => void }): ReactElement {
  const queries = useQueryClient()
  const { values, set, clear } = useDraft(embargoDraft(collection.id), EMPTY)
  const make = useMutation({
    mutationFn: () =>
      create(EmbargoView, `/api/collections/${collection.id}/embargoes`, {
        title: values.title,
        package: values.package.trim() === '' ? null : values.package.trim(),
        instants: instantsOf(values),
      }),
    onSuccess: async () => {
      clear()
      onClose()
      await queries.invalidateQueries({ queryKey: embargoesQuery(collection.id).queryKey })
    },
  })
  const text = (name: keyof Values, field = `/${name}`) => ({
    value: values[name],
    onChange: (event: { currentTarget: { value: string } }) => set({ [name]: event.currentTarget.value }),
    error: fieldMessage(make.error, field),
  })
  const shown = values.to === 'everybody' ? (['everybody'] as const) : TIERS
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        make.mutate()
      }}
    >
      <Stack>
        <TextInput label="Title" description="For your own people" required {...text('title')} />
        <TextInput
          label="Package"
          description="Id of a package that it hangs on: without instants below, its windows count, and nobody is shown anything whom its embargo denies its guidance"
          {...text('package')}
        />
        <Select
          label="Released to"
          data={[
            { value: 'tiers', label: 'Each tier at its instant' },
            { value: 'everybody', label: 'Everybody at once' },
          ]}
          allowDeselect={false}
          value={values.to}
          onChange={(to) => set({ to: to ?? 'tiers' })}
        />
        <Group grow preventGrowOverflow={false}>
          {shown.map((of) => (
            <TextInput key={of} miw={200} label={`${className(of)} from (UTC)`} type="datetime-local" {...text(of, `/instants/${of}`)} />
          ))}
        </Group>
        <Text size="sm">A tier without an instant is never shown it. Objects are put under it afterwards, on this page.</Text>
        <ProblemAlert error={make.error} shownFields={FIELDS} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} disabled={make.isPending}>
            Cancel
          </Button>
          <Button type="submit" loading={make.isPending}>
            Set the embargo
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
