import { Checkbox, Group, Stack } from '@mantine/core'
import type { ReactElement } from 'react'
import { Entries, LineField, orNull } from './edit-fields.tsx'
import type { EditPartProps } from './edit-part.ts'

export function EditCredit({ values: { credit }, set, error }: EditPartProps): ReactElement {
  return (
    <Stack>
      <Entries
        name="finder"
        items={credit.finders}
        blank={{ name: '', organisation: null }}
        most={100}
        onChange={(finders) => set({ credit: { ...credit, finders } })}
      >
        {(item, change, at) => (
          <Group align="flex-start" gap="sm">
            <LineField label="Name" required value={item.name} at={`/content/credit/finders/${at}/name`} error={error} onChange={(name) => change({ name })} />
            <LineField
              label="Organisation"
              value={item.organisation ?? ''}
              at={`/content/credit/finders/${at}/organisation`}
              error={error}
              onChange={(text) => change({ organisation: orNull(text) })}
            />
          </Group>
        )}
      </Entries>
      <Checkbox
        label="Every finder agrees to be named to members before the release"
        checked={credit.showBeforeRelease}
        onChange={(event) => set({ credit: { ...credit, showBeforeRelease: event.currentTarget.checked } })}
      />
    </Stack>
  )
}
