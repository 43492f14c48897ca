import { Button, Group, Stack } from '@mantine/core'
import type { ReactElement } from 'react'
import { LineField, orNull } from './edit-fields.tsx'
import type { EditPartProps } from './edit-part.ts'

/** The closed group of CSAF 2.1 within which the package may be shared. */
export function EditSharingGroup({ values: { sharingGroup }, set, error }: EditPartProps): ReactElement {
  if (sharingGroup === null) {
    return (
      <Group>
        <Button variant="default" size="compact-md" onClick={() => set({ sharingGroup: { id: crypto.randomUUID(), name: null } })}>
          Name a sharing group
        </Button>
      </Group>
    )
  }
  return (
    <Stack gap="sm">
      <Group align="flex-start" gap="sm">
        <LineField
          label="Id of the sharing group"
          description="A random UUID; the same for every document of the group"
          required
          mono
          value={sharingGroup.id}
          at="/content/sharingGroup/id"
          error={error}
          onChange={(id) => set({ sharingGroup: { ...sharingGroup, id } })}
        />
        <LineField
          label="Its name"
          description="Shown with the marking: it tells nothing of the content"
          value={sharingGroup.name ?? ''}
          at="/content/sharingGroup/name"
          error={error}
          onChange={(name) => set({ sharingGroup: { ...sharingGroup, name: orNull(name) } })}
        />
      </Group>
      <Group justify="flex-end">
        <Button variant="subtle" color="red" size="compact-sm" onClick={() => set({ sharingGroup: null })}>
          Remove the sharing group
        </Button>
      </Group>
    </Stack>
  )
}
