import { Group, Stack, Text } from '@mantine/core'
import type { ReactElement } from 'react'
import { NEW_VULNERABILITY, type VulnerabilityDraft } from './edit-draft.ts'
import { ChoiceField, Entries, LineField, orNull, ProseField } from './edit-fields.tsx'
import type { EditPartProps } from './edit-part.ts'
import { EditEvidence } from './edit-evidence.tsx'
import { EditFixes } from './edit-fixes.tsx'
import { EditSeverity } from './edit-severity.tsx'
import { EditStatus } from './edit-status.tsx'
import { CHANNEL_NAME, EXPLOITABILITY_NAME } from './words.ts'

/** What every part of the form of one vulnerability is given. */
export interface EditVulnerabilityProps {
  readonly vulnerability: VulnerabilityDraft
  readonly change: (to: Partial<VulnerabilityDraft>) => void
  /** JSON Pointer of the vulnerability. */
  readonly place: string
  readonly error: unknown
}

export function EditVulnerabilities({ values: { vulnerabilities, products }, set, error }: EditPartProps): ReactElement {
  return (
    <Entries
      name="vulnerability"
      none="No vulnerability yet. A package names at least one before it goes to review."
      items={vulnerabilities}
      blank={NEW_VULNERABILITY}
      most={1000}
      onChange={(to) => set({ vulnerabilities: to })}
    >
      {(vulnerability, change, at) => {
        const part = { vulnerability, change, place: `/content/vulnerabilities/${at}`, error }
        return (
          <Stack>
            <Identity {...part} />
            <EditStatus {...part} products={products} />
            <EditSeverity {...part} />
            <Exploitation {...part} />
            <EditEvidence {...part} />
            <EditFixes {...part} products={products} />
          </Stack>
        )
      }}
    </Entries>
  )
}

function Identity({ vulnerability: { cve, title, description }, change, place, error }: EditVulnerabilityProps): ReactElement {
  return (
    <>
      <Group align="flex-start" gap="sm">
        <LineField
          label="CVE id"
          description="Empty while none is assigned"
          mono
          value={cve ?? ''}
          at={`${place}/cve`}
          error={error}
          onChange={(text) => change({ cve: orNull(text) })}
        />
        <LineField
          label="Title of the vulnerability"
          description="In a few words"
          value={title ?? ''}
          at={`${place}/title`}
          error={error}
          onChange={(text) => change({ title: orNull(text) })}
        />
      </Group>
      <ProseField
        label="What is wrong"
        rows={4}
        value={description}
        at={`${place}/description`}
        error={error}
        onChange={(text) => change({ description: text })}
      />
    </>
  )
}

const NOT_SAID = 'Not said'

function Exploitation({ vulnerability: { exploitability, attackVector, triggerConditions }, change, place, error }: EditVulnerabilityProps): ReactElement {
  const likelihood = (label: string, field: 'latest' | 'older') => (
    <ChoiceField<keyof typeof EXPLOITABILITY_NAME | ''>
      label={label}
      names={{ '': NOT_SAID, ...EXPLOITABILITY_NAME }}
      value={exploitability[field] ?? ''}
      at={`${place}/exploitability/${field}`}
      error={error}
      onChange={(value) => change({ exploitability: { ...exploitability, [field]: value === '' ? null : value } })}
    />
  )
  return (
    <>
      <Text fw={600} component="h3" size="md">
        Exploitation
      </Text>
      <Group align="flex-start" gap="sm">
        {likelihood('Latest version of the product', 'latest')}
        {likelihood('Older versions', 'older')}
        <ChoiceField<keyof typeof CHANNEL_NAME | ''>
          label="Reached by"
          names={{ '': NOT_SAID, ...CHANNEL_NAME }}
          value={attackVector.channel ?? ''}
          at={`${place}/attackVector/channel`}
          error={error}
          onChange={(value) => change({ attackVector: { ...attackVector, channel: value === '' ? null : value } })}
        />
      </Group>
      <ProseField
        label="Exploitability in words"
        rows={2}
        value={exploitability.text}
        at={`${place}/exploitability/text`}
        error={error}
        onChange={(text) => change({ exploitability: { ...exploitability, text } })}
      />
      <ProseField
        label="Attack vector in words"
        rows={2}
        value={attackVector.text}
        at={`${place}/attackVector/text`}
        error={error}
        onChange={(text) => change({ attackVector: { ...attackVector, text } })}
      />
      <ProseField
        label="Trigger conditions"
        rows={2}
        value={triggerConditions}
        at={`${place}/triggerConditions`}
        error={error}
        onChange={(text) => change({ triggerConditions: text })}
      />
    </>
  )
}
