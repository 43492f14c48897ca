import { Group } from '@mantine/core'
import type { ReactElement } from 'react'
import { Entries, LineField, orNull } from './edit-fields.tsx'
import type { EditPartProps } from './edit-part.ts'

export function EditProducts({ values: { products }, set, error }: EditPartProps): ReactElement {
  const unused = Array.from({ length: products.length + 1 }, (_, n) => `P${n + 1}`).find((id) => products.every((product) => product.id !== id))!
  return (
    <Entries
      name="product"
      none="No product yet. Members are told of the package by the products that they are cleared for."
      items={products}
      blank={{ id: unused, name: '', vendor: null, version: null, cpe: null, purl: null }}
      most={10_000}
      onChange={(to) => set({ products: to })}
    >
      {(item, change, at) => {
        const place = `/content/products/${at}`
        const optional = (label: string, field: 'vendor' | 'version' | 'cpe' | 'purl', mono = false) => (
          <LineField
            label={label}
            mono={mono}
            value={item[field] ?? ''}
            at={`${place}/${field}`}
            error={error}
            onChange={(text) => change({ [field]: orNull(text) })}
          />
        )
        return (
          <>
            <Group align="flex-start" gap="sm">
              <LineField label="Id in this package" required mono value={item.id} at={`${place}/id`} error={error} onChange={(id) => change({ id })} />
              <LineField label="Name" required maxLength={2000} value={item.name} at={`${place}/name`} error={error} onChange={(name) => change({ name })} />
            </Group>
            <Group align="flex-start" gap="sm">
              {optional('Vendor', 'vendor')}
              {optional('Version or range', 'version')}
              {optional('CPE', 'cpe', true)}
              {optional('Package URL', 'purl', true)}
            </Group>
          </>
        )
      }}
    </Entries>
  )
}
