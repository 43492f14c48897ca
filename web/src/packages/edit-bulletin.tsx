import { Group, Stack } from '@mantine/core'
import type { ReactElement } from 'react'
import { Entries, LineField, orNull, ProseField } from './edit-fields.tsx'
import type { EditPartProps } from './edit-part.ts'

export function EditBulletin({ values: { bulletin, references }, set, error }: EditPartProps): ReactElement {
  return (
    <Stack>
      <Group>
        <LineField
          label="Id of the bulletin"
          value={bulletin.id ?? ''}
          at="/content/bulletin/id"
          error={error}
          onChange={(id) => set({ bulletin: { ...bulletin, id: orNull(id) } })}
        />
      </Group>
      <ProseField
        label="Text of the bulletin"
        description="Markdown; shown without any HTML"
        rows={8}
        value={bulletin.text}
        at="/content/bulletin/text"
        error={error}
        onChange={(text) => set({ bulletin: { ...bulletin, text } })}
      />
      <Entries name="reference" items={references} blank={{ url: '', summary: '' }} most={1000} onChange={(to) => set({ references: to })}>
        {(item, change, at) => (
          <Group align="flex-start" gap="sm">
            <LineField
              label="Address"
              required
              mono
              maxLength={2000}
              value={item.url}
              at={`/content/references/${at}/url`}
              error={error}
              onChange={(url) => change({ url })}
            />
            <LineField
              label="What it is"
              maxLength={2000}
              value={item.summary}
              at={`/content/references/${at}/summary`}
              error={error}
              onChange={(summary) => change({ summary })}
            />
          </Group>
        )}
      </Entries>
    </Stack>
  )
}
