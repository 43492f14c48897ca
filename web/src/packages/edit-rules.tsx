import { Group } from '@mantine/core'
import type { ReactElement } from 'react'
import { ChoiceField, Entries, LineField, ProseField } from './edit-fields.tsx'
import type { EditPartProps } from './edit-part.ts'
import type { EditDraft } from './edit-draft.ts'
import { SENSOR_NAME } from './packages.ts'
import { RULE_NAME } from './words.ts'

const NEW_RULE: EditDraft['rules'][number] = { kind: 'yara', name: '', sensor: 'file', text: '' }

export function EditRules({ values: { rules }, set, error }: EditPartProps): ReactElement {
  return (
    <Entries name="draft rule" items={rules} blank={NEW_RULE} most={200} onChange={(to) => set({ rules: to })}>
      {(item, change, at) => {
        const place = `/content/rules/${at}`
        return (
          <>
            <Group align="flex-start" gap="sm">
              <ChoiceField label="Language" names={RULE_NAME} value={item.kind} at={`${place}/kind`} error={error} onChange={(kind) => change({ kind })} />
              <ChoiceField
                label="Sensor"
                names={SENSOR_NAME}
                value={item.sensor}
                at={`${place}/sensor`}
                error={error}
                onChange={(sensor) => change({ sensor })}
              />
              <LineField label="Name" required value={item.name} at={`${place}/name`} error={error} onChange={(name) => change({ name })} />
            </Group>
            <ProseField label="Rule" required rows={8} mono value={item.text} at={`${place}/text`} error={error} onChange={(text) => change({ text })} />
          </>
        )
      }}
    </Entries>
  )
}
