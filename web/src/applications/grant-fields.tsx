import { Alert, NativeSelect, Radio, Stack } from '@mantine/core'
import type { ReactElement } from 'react'
import type { View } from './applications.ts'

interface FieldProps {
  readonly view: View
  readonly value: string
  readonly error: string | undefined
  readonly onChange: (value: string) => void
}

/** The tiers of the applicant's kind; one against which something stands can be recommended, and not be granted. */
export function TierField({ view, value, error, onChange, open = false }: FieldProps & { readonly open?: boolean }): ReactElement {
  return (
    <Radio.Group label="Tier" value={value} error={error} onChange={onChange}>
      <Stack gap={6} mt={6}>
        {view.tiers.map(({ tier, obstacles }) => (
          <Radio
            key={tier}
            value={tier}
            label={obstacles.length === 0 ? tier : `${tier}: ${obstacles.length} criteria stand against it`}
            disabled={!open && obstacles.length > 0}
          />
        ))}
      </Stack>
    </Radio.Group>
  )
}

/** The policies in force, those that list a country that the applicant declares first; a looser one is warned about. */
export function PolicyField({ view, value, error, onChange }: FieldProps): ReactElement {
  const chosen = view.policies.find(({ policy }) => policy === value)
  const concerned = view.policies.filter(({ lists }) => lists.length > 0)
  return (
    <>
      <NativeSelect
        label="Policy of its jurisdiction"
        description="Decides what of a package the member may get at all"
        data={view.policies.map(({ policy, lists }) => ({ value: policy, label: lists.length > 0 ? `${policy} (lists ${lists.join(', ')})` : policy }))}
        value={value}
        error={error}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      {chosen?.looser && (
        <Alert color="orange" title="A looser policy than that of a declared country">
          The applicant declares {[...new Set(concerned.flatMap(({ lists }) => lists))].join(', ')}, listed by{' '}
          {concerned.map(({ policy }) => policy).join(', ')}. {chosen.policy} leaves it more of each package.
        </Alert>
      )}
    </>
  )
}
