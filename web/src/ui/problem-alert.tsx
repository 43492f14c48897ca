import { Alert, Button, Stack, Text } from '@mantine/core'
import type { ReactElement } from 'react'
import { adviceFor, asProblem, concerns } from '../api/problem.ts'
import { Icon } from './icon.tsx'

interface ProblemAlertProps {
  readonly error: unknown
  readonly onRetry?: () => void
  /** Pointers of fields that show their own message. */
  readonly shownFields?: readonly string[]
}

/** A failed request: what went wrong, what to do, and the number to pass on. */
export function ProblemAlert({ error, onRetry, shownFields = [] }: ProblemAlertProps): ReactElement | null {
  if (error === null || error === undefined) return null
  const problem = asProblem(error)
  const others = problem.fields.filter((field) => !shownFields.some((shown) => concerns(field, shown)))
  return (
    <Alert color="red" variant="light" role="alert" title={problem.title} icon={<Icon name="warning" />}>
      <Stack gap={6} align="flex-start">
        {problem.message !== problem.title && <Text size="sm">{problem.message}</Text>}
        {others.map(({ field, message }) => (
          <Text key={field} size="sm">
            <code>{field || 'request'}</code>: {message}
          </Text>
        ))}
        <Text size="sm">{adviceFor(problem)}</Text>
        {problem.requestId && (
          <Text size="xs" className="mono break">
            Request {problem.requestId}
          </Text>
        )}
        {onRetry && (
          <Button size="compact-sm" variant="default" onClick={onRetry}>
            Try again
          </Button>
        )}
      </Stack>
    </Alert>
  )
}
