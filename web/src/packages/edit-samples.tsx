import { Group, Stack, Text } from '@mantine/core'
import type { ReactElement } from 'react'
import { ChoiceField, Entries, LineField } from './edit-fields.tsx'
import type { EditDraft } from './edit-draft.ts'
import type { EditPartProps } from './edit-part.ts'
import type { StoredFile } from './packages.ts'
import { HANDLING_NAME } from './words.ts'

type Sample = EditDraft['samples']['knownBad'][number]

/** Samples by their digests; one that is stored is an attachment of the package. */
export function EditSamples({ values: { samples }, set, error, attachments }: EditPartProps & { attachments: readonly StoredFile[] }): ReactElement {
  const stored = Object.fromEntries(attachments.map(({ object, name }) => [object, name]))
  const list = (field: 'knownBad' | 'knownGood', name: string, handling: Sample['handling']) => (
    <Entries
      name={name}
      items={samples[field]}
      blank={{ name: '', sha256: '', size: null, handling, attachment: null }}
      most={1000}
      onChange={(to) => set({ samples: { ...samples, [field]: to } })}
    >
      {(item, change, at) => {
        const place = `/content/samples/${field}/${at}`
        const attach = (object: string) => {
          const file = attachments.find((each) => each.object === object)
          change(file ? { attachment: file.object, sha256: file.sha256, size: file.size, name: item.name || file.name } : { attachment: null })
        }
        return (
          <>
            <Group align="flex-start" gap="sm">
              <LineField label="Name" required value={item.name} at={`${place}/name`} error={error} onChange={(text) => change({ name: text })} />
              <ChoiceField
                label="Handling"
                names={HANDLING_NAME}
                value={item.handling}
                at={`${place}/handling`}
                error={error}
                onChange={(to) => change({ handling: to })}
              />
              <LineField
                label="Size in bytes"
                type="number"
                value={item.size === null ? '' : String(item.size)}
                at={`${place}/size`}
                error={error}
                onChange={(text) => change({ size: text === '' ? null : Number(text) })}
              />
            </Group>
            <LineField
              label="SHA-256"
              required
              mono
              maxLength={64}
              value={item.sha256}
              at={`${place}/sha256`}
              error={error}
              onChange={(text) => change({ sha256: text.trim().toLowerCase() })}
            />
            {attachments.length > 0 && (
              <ChoiceField<string>
                label="Its bytes"
                names={{ '': 'Not in this package', ...stored }}
                value={item.attachment ?? ''}
                at={`${place}/attachment`}
                error={error}
                onChange={attach}
              />
            )}
          </>
        )
      }}
    </Entries>
  )
  return (
    <Stack>
      <Text fw={600} component="h3" size="md">
        Known bad
      </Text>
      {list('knownBad', 'known-bad sample', 'live')}
      <Text fw={600} component="h3" size="md">
        Known good
      </Text>
      {list('knownGood', 'known-good sample', 'harmless')}
    </Stack>
  )
}
