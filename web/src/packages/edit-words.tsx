import { Checkbox, NativeSelect, Stack, Textarea, TextInput } from '@mantine/core'
import type { ReactElement } from 'react'
import { TLP_LABELS } from '#program/packages/contract.ts'
import { fieldMessage } from '../api/problem.ts'
import type { EditDraft } from './edit-draft.ts'
import type { EditPartProps } from './edit-part.ts'
import styles from './edit-words.module.css'
import { TLP_MEANING } from './packages.ts'

const VALIDATE_PARTS = [
  { value: 'description', label: 'Description without detail' },
  { value: 'bulletin', label: 'Bulletin: title, vulnerabilities, products, references' },
  { value: 'attachments', label: 'Attachments' },
  { value: 'proof-of-concept', label: 'Proof of concept' },
] as const

export function EditWords({ values, set, error }: EditPartProps): ReactElement {
  return (
    <Stack>
      <TextInput
        label="Title"
        required
        maxLength={500}
        value={values.title}
        error={fieldMessage(error, '/content/title')}
        onChange={(event) => set({ title: event.currentTarget.value })}
      />
      <Textarea
        label="Description without detail"
        description="General words that help no attacker: all that members under a duty to report get, and only with the release"
        rows={4}
        resize="vertical"
        value={values.description}
        error={fieldMessage(error, '/content/description')}
        onChange={(event) => set({ description: event.currentTarget.value })}
      />
      <NativeSelect
        label="Marking (TLP 2.0)"
        description={TLP_MEANING[values.tlp]}
        className={styles['narrow']}
        data={TLP_LABELS.map((label) => ({ value: label, label: `TLP:${label}` }))}
        value={values.tlp}
        error={fieldMessage(error, '/content/tlp')}
        onChange={(event) => set({ tlp: event.currentTarget.value as EditDraft['tlp'] })}
      />
      <Checkbox.Group
        label="What tier validate gets in its window"
        description="Besides the guidance; the rest follows with the release"
        value={[...values.validateParts]}
        error={fieldMessage(error, '/content/validateParts')}
        onChange={(parts) => set({ validateParts: parts })}
      >
        <div className={styles['parts']}>
          {VALIDATE_PARTS.map(({ value, label }) => (
            <Checkbox key={value} value={value} label={label} />
          ))}
        </div>
      </Checkbox.Group>
    </Stack>
  )
}
