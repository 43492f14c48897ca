import { Group, NumberInput, Stack, Text } from '@mantine/core'
import type { ReactElement } from 'react'
import { cvssRating, cvssScore } from '#program/packages/cvss-score.ts'
import { fieldMessage } from '../api/problem.ts'
import { Entries, LineField, orNull } from './edit-fields.tsx'
import type { EditVulnerabilityProps } from './edit-vulnerabilities.tsx'

/** Vectors with the score that they compute to, and weaknesses. */
export function EditSeverity({ vulnerability: { cvss, cwes }, change, place, error }: EditVulnerabilityProps): ReactElement {
  return (
    <Stack gap="sm">
      <Text fw={600} component="h3" size="md">
        Severity and weakness
      </Text>
      <Entries name="CVSS vector" items={cvss} blank={{ vector: '', statedScore: null }} most={50} onChange={(to) => change({ cvss: to })}>
        {(item, set, at) => (
          <>
            <Group align="flex-start" gap="sm">
              <LineField
                label="Vector"
                description="Of CVSS 3.0, 3.1 or 4.0"
                required
                mono
                maxLength={300}
                value={item.vector}
                at={`${place}/cvss/${at}/vector`}
                error={error}
                onChange={(vector) => set({ vector })}
              />
              <NumberInput
                label="Stated score"
                description="By its source, if any"
                min={0}
                max={10}
                step={0.1}
                decimalScale={1}
                value={item.statedScore ?? ''}
                error={fieldMessage(error, `${place}/cvss/${at}/statedScore`)}
                onChange={(score) => set({ statedScore: typeof score === 'number' ? score : null })}
              />
            </Group>
            <Computed {...item} />
          </>
        )}
      </Entries>
      <Entries name="weakness" items={cwes} blank={{ id: '', name: '', version: null }} most={20} onChange={(to) => change({ cwes: to })}>
        {(item, set, at) => (
          <Group align="flex-start" gap="sm">
            <LineField label="CWE id" required mono value={item.id} at={`${place}/cwes/${at}/id`} error={error} onChange={(id) => set({ id })} />
            <LineField
              label="Name in the CWE list"
              required
              value={item.name}
              at={`${place}/cwes/${at}/name`}
              error={error}
              onChange={(name) => set({ name })}
            />
            <LineField
              label="Version of the list"
              value={item.version ?? ''}
              at={`${place}/cwes/${at}/version`}
              error={error}
              onChange={(text) => set({ version: orNull(text) })}
            />
          </Group>
        )}
      </Entries>
    </Stack>
  )
}

function Computed({ vector, statedScore }: { vector: string; statedScore: number | null }): ReactElement {
  const score = cvssScore(vector)
  if (!score) {
    return (
      <Text size="sm" c="dimmed" component="output">
        {vector === '' ? 'The score is computed from the vector.' : 'Not a complete vector yet.'}
      </Text>
    )
  }
  const differs = statedScore !== null && statedScore !== score.base
  return (
    <Text size="sm" component="output">
      CVSS {score.version}, computed: <strong>{score.base.toFixed(1)}</strong> {cvssRating(score.base)}
      {score.overall !== score.base && `; ${score.overall.toFixed(1)} with all its metrics`}
      {differs && `. The stated score differs: ${statedScore.toFixed(1)}.`}
    </Text>
  )
}
