import { Checkbox, Group, Stack, Text } from '@mantine/core'
import type { ReactElement } from 'react'
import type { EditDraft, VulnerabilityDraft } from './edit-draft.ts'
import { ChoiceField, Entries, LineField, orNull, ProseField } from './edit-fields.tsx'
import type { EditVulnerabilityProps } from './edit-vulnerabilities.tsx'
import { FIX_NAME } from './words.ts'

type Fix = VulnerabilityDraft['fixes'][number]
const NEW_FIX: Fix = { kind: 'available', details: '', products: [], url: null }

export function EditFixes({ vulnerability, change, place, error, products }: EditVulnerabilityProps & { products: EditDraft['products'] }): ReactElement {
  const affected = products.filter(({ id }) => vulnerability.affected.includes(id))
  return (
    <Stack gap="sm">
      <Text fw={600} component="h3" size="md">
        Fixes and what helps until then
      </Text>
      <Entries name="remedy" items={vulnerability.fixes} blank={NEW_FIX} most={100} onChange={(to) => change({ fixes: to })}>
        {(item, set, at) => {
          const here = `${place}/fixes/${at}`
          return (
            <>
              <Group align="flex-start" gap="sm">
                <ChoiceField label="Kind" names={FIX_NAME} value={item.kind} at={`${here}/kind`} error={error} onChange={(kind) => set({ kind })} />
                <LineField
                  label="Address"
                  mono
                  maxLength={2000}
                  value={item.url ?? ''}
                  at={`${here}/url`}
                  error={error}
                  onChange={(text) => set({ url: orNull(text) })}
                />
              </Group>
              <ProseField
                label="What to do"
                required
                rows={2}
                value={item.details}
                at={`${here}/details`}
                error={error}
                onChange={(details) => set({ details })}
              />
              {affected.length > 1 && affected.length <= 30 && (
                <Checkbox.Group
                  label="For these products"
                  description="None chosen: for every affected one"
                  value={[...item.products]}
                  onChange={(chosen) => set({ products: chosen })}
                >
                  <Stack gap={6} mt={6}>
                    {affected.map(({ id, name }) => (
                      <Checkbox key={id} value={id} label={name || id} />
                    ))}
                  </Stack>
                </Checkbox.Group>
              )}
            </>
          )
        }}
      </Entries>
    </Stack>
  )
}
