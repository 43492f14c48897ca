import { Tooltip } from '@mantine/core'
import type { ReactElement } from 'react'
import { formatLocal, formatUtc, LOCAL_ZONE } from './format-instant.ts'

/** An instant in UTC; the local time with its zone is one hover or focus away. */
export function Instant({ value }: { value: string }): ReactElement {
  const ms = Date.parse(value)
  return (
    <Tooltip label={`${formatLocal(ms)} (${LOCAL_ZONE})`} events={{ hover: true, focus: true, touch: true }}>
      <time dateTime={value} className="nowrap">
        {formatUtc(ms)}
      </time>
    </Tooltip>
  )
}
