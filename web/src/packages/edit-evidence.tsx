import { Stack, Text } from '@mantine/core'
import type { ReactElement } from 'react'
import { Entries, ProseField } from './edit-fields.tsx'
import type { EditVulnerabilityProps } from './edit-vulnerabilities.tsx'

/** How to see it happen, and what is seen then. */
export function EditEvidence({ vulnerability: { reproduction, crash }, change, place, error }: EditVulnerabilityProps): ReactElement {
  return (
    <Stack gap="sm">
      <Text fw={600} component="h3" size="md">
        Reproduction and crash
      </Text>
      <Entries
        name="step"
        items={reproduction.map((text) => ({ text }))}
        blank={{ text: '' }}
        most={200}
        onChange={(steps) => change({ reproduction: steps.map(({ text }) => text) })}
      >
        {(item, set, at) => (
          <ProseField
            label={`Step ${at + 1}`}
            required
            rows={2}
            value={item.text}
            at={`${place}/reproduction/${at}`}
            error={error}
            onChange={(text) => set({ text })}
          />
        )}
      </Entries>
      <ProseField
        label="Stack frames"
        description="One in each line, the innermost first"
        mono
        value={crash.frames.join('\n')}
        at={`${place}/crash/frames`}
        error={error}
        onChange={(text) => change({ crash: { ...crash, frames: text === '' ? [] : text.split('\n') } })}
      />
      <ProseField
        label="Registers and other evidence of the crash"
        mono
        value={crash.text}
        at={`${place}/crash/text`}
        error={error}
        onChange={(text) => change({ crash: { ...crash, text } })}
      />
    </Stack>
  )
}
