import { Button, Group, Stack, Text } from '@mantine/core'
import { useState, type ReactElement, type ReactNode } from 'react'
import { PRODUCT_KINDS } from '#program/membership/applications/contract.ts'
import styles from './apply.module.css'
import { Choice, CodesField, LinesField, SayField, TextField, type FieldsProps } from './fields.tsx'
import { listAt, type Form } from './form.ts'

const KIND_NAMES: Readonly<Record<(typeof PRODUCT_KINDS)[number], string>> = {
  ids: 'Intrusion detection',
  ips: 'Intrusion prevention',
  reputation: 'Reputation list',
  antivirus: 'Antivirus',
  edr: 'Endpoint detection and response',
  waf: 'Web application firewall',
  'mail-gateway': 'Mail gateway',
  'cloud-log': 'Cloud logs',
  'threat-intelligence': 'Threat intelligence',
  other: 'Another kind',
}

/** The products that protect. */
export function ProductFields(fields: FieldsProps): ReactElement {
  return (
    <ListFields {...fields} name="products" noun="product" empty={{}}>
      {(product) => (
        <>
          <div className={styles['two']}>
            <TextField {...product} name="name" label="Name" />
            <Choice {...product} name="kind" label="Kind" options={PRODUCT_KINDS.map((kind) => [kind, KIND_NAMES[kind]] as const)} />
            <TextField {...product} name="url" label="Page about it" placeholder="https://" />
            <TextField {...product} name="users" label="Users" description="Active ones, as a number" number />
          </div>
          <CodesField {...product} name="regions" label="Countries" description="Where it is used, as codes of two letters; WW for all" />
          <SayField {...product} name="inHouse" label="Do you make all of its signatures yourselves?" />
          <LinesField {...product} name="identifiers" label="Package URLs or CPE names" description="One a line. You may leave this empty." />
        </>
      )}
    </ListFields>
  )
}

/** Who answers for the application, and who is reached. */
export function ContactFields(fields: FieldsProps): ReactElement {
  return (
    <>
      <TextField {...fields} name="roleAddress" label="Role address" description="One that more than one person reads, such as psirt@ or cert@" />
      <ListFields {...fields} name="contacts" noun="contact" empty={{ role: listAt(fields.value, 'contacts').length === 0 ? 'accountable' : 'technical' }}>
        {(contact) => (
          <div className={styles['two']}>
            <TextField {...contact} name="name" label="Name" />
            <TextField {...contact} name="email" label="Mail address" />
            <Choice
              {...contact}
              name="role"
              label="Role"
              options={[
                ['accountable', 'Accountable: answers for the member'],
                ['technical', 'Technical'],
              ]}
            />
          </div>
        )}
      </ListFields>
      <Text size="sm" c="dimmed">
        Exactly one contact is accountable: once you are admitted, they get the link to come in, and invite the others.
      </Text>
    </>
  )
}

interface ListFieldsProps extends FieldsProps {
  readonly name: string
  readonly noun: string
  readonly empty: Form
  readonly children: (item: FieldsProps) => ReactNode
}

/** A list of things of several fields each. */
function ListFields({ value, set, at, faults, name, noun, empty, children }: ListFieldsProps): ReactElement {
  const items = listAt(value, name) as readonly Form[]
  // What was typed into one stays with it when another is taken out.
  const [keys, setKeys] = useState(() => items.map((_, index) => index))
  const change = (next: readonly unknown[]) => set({ [name]: next })
  const add = () => {
    setKeys([...keys, Math.max(-1, ...keys) + 1])
    change([...items, empty])
  }
  const remove = (index: number) => {
    setKeys(keys.filter((_, other) => other !== index))
    change(items.filter((_, other) => other !== index))
  }
  const missing = faults.find(({ field }) => field === `${at}/${name}`)
  return (
    <Stack>
      {items.map((item, index) => (
        <fieldset key={keys[index] ?? index} className={styles['fieldset']}>
          <legend>
            {noun[0]!.toUpperCase() + noun.slice(1)} {index + 1}
          </legend>
          <Stack>
            {children({
              value: typeof item === 'object' && item !== null ? item : {},
              set: (to) => change(items.map((one, other) => (other === index ? { ...one, ...to } : one))),
              at: `${at}/${name}/${index}`,
              faults,
            })}
            <Button variant="subtle" color="red" size="compact-sm" w="fit-content" onClick={() => remove(index)}>
              Remove {noun} {index + 1}
            </Button>
          </Stack>
        </fieldset>
      ))}
      {missing && (
        <Text size="sm" role="alert">
          {items.length === 0 ? `At least one ${noun}` : missing.message}
        </Text>
      )}
      <Group>
        <Button variant="default" onClick={add}>
          Add a {noun}
        </Button>
      </Group>
    </Stack>
  )
}
