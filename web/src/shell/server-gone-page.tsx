import { Text, Title } from '@mantine/core'
import { useEffect, type ReactElement } from 'react'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { Entrance } from './entrance.tsx'

/** When not even the session can be read: keeps asking, and goes on by itself once the server answers. */
export function ServerGonePage({ error, onRetry }: { error: unknown; onRetry: () => void }): ReactElement {
  useEffect(() => {
    const timer = setInterval(onRetry, 5_000)
    return () => clearInterval(timer)
  }, [onRetry])
  return (
    <Entrance>
      <Title order={1}>Vedette does not answer</Title>
      <ProblemAlert error={error} onRetry={onRetry} />
      <Text size="sm" c="dimmed">
        This page asks again every five seconds and goes on by itself.
      </Text>
    </Entrance>
  )
}
