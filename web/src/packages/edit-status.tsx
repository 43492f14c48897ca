import { NativeSelect, Text, TextInput } from '@mantine/core'
import { useState, type ReactElement } from 'react'
import { fieldMessage } from '../api/problem.ts'
import type { EditDraft } from './edit-draft.ts'
import styles from './edit-status.module.css'
import type { EditVulnerabilityProps } from './edit-vulnerabilities.tsx'

/** More than these are found by their names. */
const SHOWN = 30
const STATUSES = [
  { value: '', label: 'Not concerned' },
  { value: 'affected', label: 'Affected' },
  { value: 'fixed', label: 'Fixed' },
]

/** Which products have the vulnerability, and in which it is fixed. */
export function EditStatus({ vulnerability, change, place, error, products }: EditVulnerabilityProps & { products: EditDraft['products'] }): ReactElement {
  const [wanted, setWanted] = useState('')
  const { affected, fixed } = vulnerability
  const found = products.filter(({ id, name }) => `${id} ${name}`.toLowerCase().includes(wanted.toLowerCase()))
  const choose = (id: string, status: string) =>
    change({
      affected: [...affected.filter((each) => each !== id), ...(status === 'affected' ? [id] : [])],
      fixed: [...fixed.filter((each) => each !== id), ...(status === 'fixed' ? [id] : [])],
    })
  const message = fieldMessage(error, `${place}/affected`) ?? fieldMessage(error, `${place}/fixed`)
  if (products.length === 0) return <Text c="dimmed">Add the products below to say which of them have it.</Text>
  return (
    <div>
      <Text fw={600} component="h3" size="md">
        Products
      </Text>
      {products.length > SHOWN && <TextInput label="Find a product" value={wanted} onChange={(event) => setWanted(event.currentTarget.value)} />}
      <ul className={styles['list']}>
        {found.slice(0, SHOWN).map(({ id, name }) => (
          <li key={id} className={styles['product']}>
            <span className="break">{name || id}</span>
            <NativeSelect
              aria-label={`Status of ${name || id}`}
              data={STATUSES}
              value={affected.includes(id) ? 'affected' : fixed.includes(id) ? 'fixed' : ''}
              onChange={(event) => choose(id, event.currentTarget.value)}
            />
          </li>
        ))}
      </ul>
      {found.length > SHOWN && <Text size="sm">{found.length - SHOWN} more: find them by their names.</Text>}
      {message && (
        <Text size="sm" c="red">
          {message}
        </Text>
      )}
    </div>
  )
}
