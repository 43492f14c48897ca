import { Button, TextInput } from '@mantine/core'
import { useState, type FormEvent, type ReactElement } from 'react'
import type { LeafFilter } from './leaves.ts'
import styles from './log-filters.module.css'

interface LogFiltersProps {
  readonly filter: LeafFilter
  readonly onChange: (filter: LeafFilter) => void
}

/** Narrows the list; the choice stands in the address, so that it can be passed on and survives a reload. */
export function LogFilters({ filter, onChange }: LogFiltersProps): ReactElement {
  return <Fields key={JSON.stringify(filter)} filter={filter} onChange={onChange} />
}

function Fields({ filter, onChange }: LogFiltersProps): ReactElement {
  const [action, setAction] = useState(filter.action ?? '')
  const [actor, setActor] = useState(filter.actor ?? '')
  const [subject, setSubject] = useState(filter.subject ?? '')
  const [from, setFrom] = useState(toField(filter.from))
  const [to, setTo] = useState(toField(filter.to))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onChange({ action: given(action), actor: given(actor), subject: given(subject), from: toInstant(from), to: toInstant(to) })
  }
  const any = [action, actor, subject, from, to].some((value) => value !== '')
  return (
    <form className={styles['filters']} onSubmit={submit} aria-label="Filter the log">
      <TextInput size="xs" label="Action" placeholder="person.invited" value={action} onChange={(event) => setAction(event.currentTarget.value)} />
      <TextInput size="xs" label="Id of who did it" className={styles['id']} value={actor} onChange={(event) => setActor(event.currentTarget.value)} />
      <TextInput
        size="xs"
        label="Id of what it was done to"
        className={styles['id']}
        value={subject}
        onChange={(event) => setSubject(event.currentTarget.value)}
      />
      <TextInput size="xs" type="datetime-local" label="From (UTC)" value={from} onChange={(event) => setFrom(event.currentTarget.value)} />
      <TextInput size="xs" type="datetime-local" label="Before (UTC)" value={to} onChange={(event) => setTo(event.currentTarget.value)} />
      <div className={styles['buttons']}>
        <Button size="xs" type="submit">
          Filter
        </Button>
        {any && (
          <Button size="xs" variant="default" onClick={() => onChange({})}>
            Clear
          </Button>
        )}
      </div>
    </form>
  )
}

function given(value: string): string | undefined {
  return value.trim() === '' ? undefined : value.trim()
}

/** `2026-11-22T12:00` of the field, meant in UTC, as an instant. */
function toInstant(field: string): string | undefined {
  if (field === '') return undefined
  return `${field.length === 16 ? `${field}:00` : field}.000Z`
}

function toField(instant: string | undefined): string {
  return instant?.slice(0, 16) ?? ''
}
