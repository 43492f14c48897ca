import { NativeSelect, Text, TextInput } from '@mantine/core'
import type { ReactElement } from 'react'
import { formatInZone, formatLocal, formatUtc } from '../ui/format-instant.ts'
import styles from './civil-field.module.css'
import { meaningOf, type CivilInput } from './civil-instant.ts'

interface CivilFieldProps {
  /** "Release", "Advance window opens". */
  readonly label: string
  readonly zone: string
  readonly value: CivilInput
  readonly error: string | undefined
  readonly onChange: (value: CivilInput) => void
}

/** A date and a time in a zone, with the instant that they mean in UTC and in local time. */
export function CivilField({ label, zone, value, error, onChange }: CivilFieldProps): ReactElement {
  const meaning = meaningOf(value, zone)
  return (
    <fieldset className={styles['field']}>
      <legend>{label}</legend>
      <TextInput
        type="date"
        aria-label={`${label}: date`}
        required
        value={value.date}
        error={error !== undefined}
        onChange={(event) => onChange({ ...value, date: event.currentTarget.value })}
      />
      <TextInput
        type="time"
        aria-label={`${label}: time`}
        required
        value={value.time}
        error={error !== undefined || meaning.kind === 'never'}
        onChange={(event) => onChange({ ...value, time: event.currentTarget.value })}
      />
      {meaning.kind === 'twice' && (
        <NativeSelect
          className={styles['which']}
          aria-label={`${label}: which of the two`}
          data={[
            { value: 'first', label: formatInZone(Date.parse(meaning.first), zone) },
            { value: 'second', label: formatInZone(Date.parse(meaning.second), zone) },
          ]}
          value={value.later ? 'second' : 'first'}
          onChange={(event) => onChange({ ...value, later: event.currentTarget.value === 'second' })}
        />
      )}
      <output className={styles['meaning']}>
        {error !== undefined && (
          <Text c="var(--mantine-color-error)" size="sm" span>
            {error}{' '}
          </Text>
        )}
        {meaning.kind === 'never' && (
          <Text c="var(--mantine-color-error)" size="sm" span>
            There is no such time in {zone}: the clocks leap over it. Choose another.
          </Text>
        )}
        {meaning.kind === 'twice' && (
          <Text size="sm" span>
            The clocks are set back: this time comes twice. Choose which is meant.{' '}
          </Text>
        )}
        {'instant' in meaning && <Means ms={Date.parse(meaning.instant)} />}
      </output>
    </fieldset>
  )
}

function Means({ ms }: { ms: number }): ReactElement {
  return (
    <Text size="sm" c="dimmed" span>
      {formatUtc(ms)} · {formatLocal(ms)} (yours)
    </Text>
  )
}
