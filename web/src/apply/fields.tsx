import { NativeSelect, Radio, Group, Textarea, TextInput } from '@mantine/core'
import { useState, type ReactElement } from 'react'
import { codesOf, linesOf, listAt, numberOf, saidAt, textAt, type faultsOf, type Form } from './form.ts'

/** A part of the form, and where it stands in the whole (JSON Pointer). */
export interface FieldsProps {
  readonly value: Form
  readonly set: (change: Form) => void
  readonly at: string
  readonly faults: ReturnType<typeof faultsOf>
}

interface FieldProps extends FieldsProps {
  readonly name: string
  readonly label: string
  readonly description?: string
  readonly placeholder?: string
}

const wordsOf = ({ label, description, placeholder }: FieldProps) => ({ label, ...(description && { description }), ...(placeholder && { placeholder }) })

function errorOf({ at, name, faults }: FieldProps): string | undefined {
  const here = `${at}/${name}`
  return faults.find(({ field }) => field === here || field.startsWith(`${here}/`))?.message
}

/** One line, or with `long` a text; with `number` a number as soon as it is one. */
export function TextField({ long = false, number = false, ...field }: FieldProps & { long?: boolean; number?: boolean }): ReactElement {
  const { value, set, name } = field
  const shared = { ...wordsOf(field), value: textAt(value, name), error: errorOf(field), maxLength: long ? 20_000 : 2000 }
  if (long) return <Textarea {...shared} autosize minRows={3} maxRows={20} onChange={(event) => set({ [name]: event.currentTarget.value })} />
  return (
    <TextInput
      {...shared}
      inputMode={number ? 'numeric' : undefined}
      onChange={(event) => set({ [name]: number ? numberOf(event.currentTarget.value) : event.currentTarget.value })}
    />
  )
}

/** Codes of countries; what is typed stays as it is typed. */
export function CodesField(field: FieldProps): ReactElement {
  const { value, set, name } = field
  const [typed, setTyped] = useState(() => listAt(value, name).map(String).join(', '))
  return (
    <TextInput
      {...wordsOf(field)}
      value={typed}
      error={errorOf(field)}
      maxLength={2000}
      onChange={(event) => {
        setTyped(event.currentTarget.value)
        set({ [name]: codesOf(event.currentTarget.value) })
      }}
    />
  )
}

/** One thing a line. */
export function LinesField(field: FieldProps): ReactElement {
  const { value, set, name } = field
  const [typed, setTyped] = useState(() => listAt(value, name).map(String).join('\n'))
  return (
    <Textarea
      {...wordsOf(field)}
      value={typed}
      error={errorOf(field)}
      autosize
      minRows={2}
      maxRows={10}
      maxLength={20_000}
      onChange={(event) => {
        setTyped(event.currentTarget.value)
        set({ [name]: linesOf(event.currentTarget.value) })
      }}
    />
  )
}

/** A question that is answered by yes or no. */
export function SayField(field: FieldProps): ReactElement {
  const { value, set, name, label, description } = field
  const said = saidAt(value, name)
  return (
    <Radio.Group
      label={label}
      description={description}
      error={errorOf(field)}
      value={said === undefined ? null : said ? 'yes' : 'no'}
      onChange={(answer) => set({ [name]: answer === 'yes' })}
    >
      <Group mt={6}>
        <Radio value="yes" label="Yes" />
        <Radio value="no" label="No" />
      </Group>
    </Radio.Group>
  )
}

/** One of a few. */
export function Choice({ options, ...field }: FieldProps & { options: readonly (readonly [string, string])[] }): ReactElement {
  const { value, set, name } = field
  const data = [{ value: '', label: 'Choose' }, ...options.map(([one, label]) => ({ value: one, label }))]
  return (
    <NativeSelect
      {...wordsOf(field)}
      data={data}
      value={textAt(value, name)}
      error={errorOf(field)}
      onChange={(event) => set({ [name]: event.currentTarget.value || undefined })}
    />
  )
}
