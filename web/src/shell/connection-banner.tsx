import { Alert, Button, Group, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { useReachable } from '../api/connection.ts'
import { Icon } from '../ui/icon.tsx'

/** Says that the server cannot be reached, for as long as it cannot. */
export function ConnectionBanner(): ReactElement | null {
  const reachable = useReachable()
  const queries = useQueryClient()
  if (reachable) return null
  return (
    <Alert color="orange" variant="light" role="alert" title="The server cannot be reached" icon={<Icon name="warning" />}>
      <Group justify="space-between">
        <Text size="sm">Trying again every few seconds. What you see may be out of date; what you typed is kept.</Text>
        <Button size="compact-sm" variant="default" onClick={() => void queries.refetchQueries({ type: 'active' })}>
          Try now
        </Button>
      </Group>
    </Alert>
  )
}
