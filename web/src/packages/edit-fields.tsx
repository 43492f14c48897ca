import { Button, Group, NativeSelect, Stack, Text, Textarea, TextInput } from '@mantine/core'
import type { ReactElement, ReactNode } from 'react'
import { fieldMessage } from '../api/problem.ts'
import styles from './edit-guidance.module.css'

interface FieldProps<T> {
  readonly label: string
  readonly description?: string
  readonly value: T
  readonly onChange: (value: T) => void
  /** JSON Pointer of the field in what is sent. */
  readonly at: string
  readonly error: unknown
}

interface LineProps extends FieldProps<string> {
  readonly required?: boolean
  readonly mono?: boolean
  readonly maxLength?: number
  readonly type?: 'text' | 'number'
}

/** One line of text, as long as the server takes it. */
export function LineField({ at, error, onChange, mono = false, maxLength = 500, ...rest }: LineProps): ReactElement {
  return (
    <TextInput
      {...rest}
      className={styles['title']}
      classNames={mono ? { input: 'mono' } : {}}
      maxLength={maxLength}
      error={fieldMessage(error, at)}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}

interface ProseProps extends FieldProps<string> {
  readonly required?: boolean
  readonly rows?: number
  readonly mono?: boolean
}

/** Markdown, or text that keeps its lines. */
export function ProseField({ at, error, onChange, rows = 3, mono = false, ...rest }: ProseProps): ReactElement {
  return (
    <Textarea
      {...rest}
      rows={rows}
      resize="vertical"
      maxLength={100_000}
      classNames={mono ? { input: 'mono' } : {}}
      error={fieldMessage(error, at)}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}

interface ChoiceProps<T extends string> extends FieldProps<T> {
  readonly names: Readonly<Record<T, string>>
}

/** One of a few values. */
export function ChoiceField<T extends string>({ names, at, error, onChange, value, ...rest }: ChoiceProps<T>): ReactElement {
  return (
    <NativeSelect
      {...rest}
      data={Object.entries<string>(names).map(([each, label]) => ({ value: each, label }))}
      value={value}
      error={fieldMessage(error, at)}
      onChange={(event) => onChange(event.currentTarget.value as T)}
    />
  )
}

interface EntriesProps<T> {
  /** What one entry is called, as in `finder`. */
  readonly name: string
  /** What stands where there is none. */
  readonly none?: string
  readonly items: readonly T[]
  /** A new entry. */
  readonly blank: T
  readonly most: number
  readonly onChange: (items: T[]) => void
  readonly children: (item: T, change: (to: Partial<T>) => void, at: number) => ReactNode
}

/** A list whose entries are added, changed and removed. */
export function Entries<T extends object>({ name, none, items, blank, most, onChange, children }: EntriesProps<T>): ReactElement {
  const change = (at: number, to: Partial<T>) => onChange(items.map((item, index) => (index === at ? { ...item, ...to } : item)))
  return (
    <Stack gap="sm">
      {items.length === 0 && none && <Text c="dimmed">{none}</Text>}
      {items.map((item, at) => (
        // A new entry has nothing yet that tells it from another.
        <fieldset key={at} className={styles['entry']}>
          <legend className="visually-hidden">
            {capital(name)} {at + 1}
          </legend>
          {children(item, (to) => change(at, to), at)}
          <Group justify="flex-end">
            <Button
              variant="subtle"
              color="red"
              size="compact-sm"
              onClick={() => onChange(items.filter((_, index) => index !== at))}
              aria-label={`Remove ${name} ${at + 1}`}
            >
              Remove
            </Button>
          </Group>
        </fieldset>
      ))}
      <Group>
        <Button variant="default" size="compact-md" disabled={items.length >= most} onClick={() => onChange([...items, blank])}>
          Add {/^[aeiou]/.test(name) ? 'an' : 'a'} {name}
        </Button>
      </Group>
    </Stack>
  )
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** What the server calls nothing is null, what a field calls nothing is empty. */
export function orNull(text: string): string | null {
  return text.trim() === '' ? null : text
}
