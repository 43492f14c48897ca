import { Checkbox, Group, NativeSelect, NumberInput, Stack, Textarea, TextInput } from '@mantine/core'
import { useState, type ReactElement } from 'react'
import { CALENDAR_IDS, WEEKDAYS } from '#program/releases/rules/contract.ts'
import { fieldMessage } from '../api/problem.ts'
import { TIER_NAME, WINDOW_TIERS, type WindowTier } from '../releases/releases.ts'
import type { Rules } from './rules.ts'
import { capital, MONTHS, NTH } from './rules-words.ts'

interface RulesFormProps {
  readonly rules: Rules
  readonly error: unknown
  readonly onChange: (change: Partial<Rules>) => void
}

const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')]
const OWN = 'own'

/** The fields of a rule set. */
export function RulesForm({ rules, error, onChange }: RulesFormProps): ReactElement {
  const wrong = (field: string) => fieldMessage(error, `/rules/${field}`)
  const time = `${String(rules.hour).padStart(2, '0')}:${String(rules.minute).padStart(2, '0')}`
  return (
    <Stack>
      <TextInput
        label="Name"
        description="Lower-case letters, digits and dashes; the version is counted"
        required
        maxLength={60}
        value={rules.name}
        error={wrong('name')}
        onChange={(event) => onChange({ name: event.currentTarget.value })}
      />
      <Group align="flex-start">
        <NativeSelect
          label="Which in the month"
          data={NTH.map((label, at) => ({ value: String(at + 1), label }))}
          value={String(rules.nth)}
          onChange={(event) => onChange({ nth: Number(event.currentTarget.value) as Rules['nth'] })}
        />
        <NativeSelect
          label="Weekday"
          data={WEEKDAYS.map((value) => ({ value, label: capital(value) }))}
          value={rules.weekday}
          onChange={(event) => onChange({ weekday: event.currentTarget.value as Rules['weekday'] })}
        />
        <TextInput
          type="time"
          label="Time"
          required
          value={time}
          onChange={(event) => {
            const [hour, minute] = event.currentTarget.value.split(':').map(Number)
            if (hour !== undefined && minute !== undefined) onChange({ hour, minute })
          }}
        />
        <NativeSelect label="Zone" data={ZONES} value={rules.zone} error={wrong('zone')} onChange={(event) => onChange({ zone: event.currentTarget.value })} />
        <NativeSelect
          label="A release day that is a holiday"
          data={[
            { value: 'still-releases', label: 'still releases' },
            { value: 'no-release', label: 'has no release' },
          ]}
          value={rules.onHoliday}
          onChange={(event) => onChange({ onHoliday: event.currentTarget.value as Rules['onHoliday'] })}
        />
      </Group>
      <Checkbox.Group
        label="Months with a release"
        value={rules.months.map(String)}
        error={wrong('months')}
        onChange={(months) => onChange({ months: months.map(Number).sort((a, b) => a - b) })}
      >
        <Group gap="sm" mt={4}>
          {MONTHS.map((label, at) => (
            <Checkbox key={label} value={String(at + 1)} label={label} />
          ))}
        </Group>
      </Checkbox.Group>
      {WINDOW_TIERS.map((tier) => (
        <WindowFields key={tier} tier={tier} rules={rules} wrong={wrong} onChange={onChange} />
      ))}
      <CalendarFields rules={rules} wrong={wrong} onChange={onChange} />
    </Stack>
  )
}

interface PartProps {
  readonly rules: Rules
  readonly wrong: (field: string) => string | undefined
  readonly onChange: (change: Partial<Rules>) => void
}

function WindowFields({ tier, rules, wrong, onChange }: PartProps & { readonly tier: WindowTier }): ReactElement {
  const name = TIER_NAME[tier]
  const window = rules.windows[tier]
  const change = (to: Partial<typeof window>) => onChange({ windows: { ...rules.windows, [tier]: { ...window, ...to } } })
  return (
    <Group align="flex-start">
      <NumberInput
        label={`${name} opens before the release by`}
        min={0}
        max={180}
        allowDecimal={false}
        clampBehavior="strict"
        value={window.days}
        error={wrong(`windows/${tier}`)}
        onChange={(days) => typeof days === 'number' && change({ days })}
      />
      <NativeSelect
        label={`${name} counts`}
        data={[
          { value: 'calendar-days', label: 'calendar days' },
          { value: 'business-days', label: 'business days' },
        ]}
        value={window.unit}
        onChange={(event) => change({ unit: event.currentTarget.value as typeof window.unit })}
      />
      <NumberInput
        label={`${name} has at least`}
        placeholder="hours, if promised"
        min={0}
        max={2000}
        allowDecimal={false}
        clampBehavior="strict"
        value={rules.minimumHours[tier] ?? ''}
        error={wrong(`minimumHours/${tier}`)}
        onChange={(hours) => onChange({ minimumHours: { ...rules.minimumHours, [tier]: typeof hours === 'number' ? hours : undefined } })}
      />
    </Group>
  )
}

/** What is typed of a calendar stays here until every line of it is a day; the form holds the lines as they are. */
function CalendarFields({ rules, wrong, onChange }: PartProps): ReactElement {
  const own = typeof rules.calendar === 'string' ? undefined : rules.calendar
  const [lines, setLines] = useState(own?.dates.join('\n') ?? '')
  const choose = (value: string) => {
    const known = CALENDAR_IDS.find((id) => id === value)
    onChange({ calendar: known ?? { id: 'own-holidays@1', from: '', to: '', dates: [] } })
    setLines('')
  }
  const set = (change: Partial<NonNullable<typeof own>>) => own && onChange({ calendar: { ...own, ...change } })
  return (
    <>
      <NativeSelect
        label="Holidays"
        data={[...CALENDAR_IDS.map((value) => ({ value: value as string, label: value })), { value: OWN, label: 'days of our own' }]}
        value={own ? OWN : (rules.calendar as string)}
        error={wrong('calendar')}
        onChange={(event) => choose(event.currentTarget.value)}
      />
      {own && (
        <>
          <Group align="flex-start">
            <TextInput label="Calendar, with its version" required value={own.id} onChange={(event) => set({ id: event.currentTarget.value })} />
            <TextInput type="date" label="Complete from" required value={own.from} onChange={(event) => set({ from: event.currentTarget.value })} />
            <TextInput type="date" label="Complete to" required value={own.to} onChange={(event) => set({ to: event.currentTarget.value })} />
          </Group>
          <Textarea
            label="Holidays, one day a line"
            description="Such as 2027-12-24"
            autosize
            minRows={3}
            maxRows={12}
            value={lines}
            onChange={(event) => {
              setLines(event.currentTarget.value)
              set({ dates: event.currentTarget.value.split(/\s+/).filter((line) => line !== '') })
            }}
          />
        </>
      )}
    </>
  )
}
