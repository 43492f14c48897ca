import { Button, Group, NativeSelect, Stack, Text, Textarea, TextInput } from '@mantine/core'
import type { ReactElement } from 'react'
import { SENSORS } from '#program/packages/contract.ts'
import { fieldMessage } from '../api/problem.ts'
import { NEW_GUIDANCE, type EditDraft } from './edit-draft.ts'
import styles from './edit-guidance.module.css'
import type { EditPartProps } from './edit-part.ts'
import { SENSOR_NAME } from './packages.ts'

type Guidance = EditDraft['detection'][number]

export function EditGuidance({ values, set, error }: EditPartProps): ReactElement {
  const { detection } = values
  const change = (at: number, to: Partial<Guidance>) => set({ detection: detection.map((item, index) => (index === at ? { ...item, ...to } : item)) })
  const remove = (at: number) => set({ detection: detection.filter((_, index) => index !== at) })
  return (
    <Stack>
      {detection.length === 0 && <Text c="dimmed">No guidance yet. Members rely on it to protect their customers before the release.</Text>}
      {detection.map((item, at) => (
        // A new entry has nothing yet that tells it from another.
        <fieldset key={at} className={styles['entry']}>
          <legend className="visually-hidden">Guidance {at + 1}</legend>
          <Group align="flex-start" gap="sm">
            <NativeSelect
              label="Sensor"
              data={SENSORS.map((sensor) => ({ value: sensor, label: SENSOR_NAME[sensor] }))}
              value={item.sensor}
              error={fieldMessage(error, `/content/detection/${at}/sensor`)}
              onChange={(event) => change(at, { sensor: event.currentTarget.value as Guidance['sensor'] })}
            />
            <TextInput
              className={styles['title']}
              label="Title"
              required
              maxLength={500}
              value={item.title}
              error={fieldMessage(error, `/content/detection/${at}/title`)}
              onChange={(event) => change(at, { title: event.currentTarget.value })}
            />
          </Group>
          <Textarea
            label="Guidance"
            required
            rows={8}
            maxLength={100_000}
            resize="vertical"
            classNames={{ input: 'mono' }}
            value={item.guidance}
            error={fieldMessage(error, `/content/detection/${at}/guidance`)}
            onChange={(event) => change(at, { guidance: event.currentTarget.value })}
          />
          <Textarea
            label="False positives"
            description="What looks alike and is harmless"
            rows={2}
            maxLength={100_000}
            resize="vertical"
            value={item.falsePositives}
            error={fieldMessage(error, `/content/detection/${at}/falsePositives`)}
            onChange={(event) => change(at, { falsePositives: event.currentTarget.value })}
          />
          <Group justify="flex-end">
            <Button variant="subtle" color="red" size="compact-sm" onClick={() => remove(at)} aria-label={`Remove guidance ${at + 1}`}>
              Remove
            </Button>
          </Group>
        </fieldset>
      ))}
      <Group>
        <Button variant="default" onClick={() => set({ detection: [...detection, NEW_GUIDANCE] })}>
          Add guidance
        </Button>
      </Group>
    </Stack>
  )
}
