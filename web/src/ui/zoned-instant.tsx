import { Text, Tooltip } from '@mantine/core'
import type { ReactElement } from 'react'
import { formatInZone, formatLocal, formatUtc, LOCAL_ZONE } from './format-instant.ts'

/** An instant as clocks of its zone show it; UTC and local time are one hover away. */
export function ZonedInstant({ value, zone }: { value: string; zone: string }): ReactElement {
  const ms = Date.parse(value)
  const others = (
    <>
      {formatUtc(ms)}
      <br />
      {formatLocal(ms)} ({LOCAL_ZONE})
    </>
  )
  return (
    <Tooltip label={others} events={{ hover: true, focus: true, touch: true }}>
      <time dateTime={value} className="nowrap">
        {formatInZone(ms, zone)}
      </time>
    </Tooltip>
  )
}

/** An instant in its zone, in UTC and in local time, one under the other: where somebody decides by it. */
export function InstantInFull({ value, zone }: { value: string; zone: string }): ReactElement {
  const ms = Date.parse(value)
  return (
    <time dateTime={value}>
      <Text span inherit fw={600} className="nowrap">
        {formatInZone(ms, zone)}
      </Text>
      <br />
      <Text span size="sm" c="dimmed" className="nowrap">
        {formatUtc(ms)}
      </Text>
      <br />
      <Text span size="sm" c="dimmed" className="nowrap">
        {formatLocal(ms)} (yours)
      </Text>
    </time>
  )
}
