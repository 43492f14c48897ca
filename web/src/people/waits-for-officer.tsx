import { Button, Group, Stack, Text } from '@mantine/core'
import type { ReactElement, ReactNode } from 'react'

/** Says beforehand that a second officer will be needed. */
export function SecondOfficerNote(): ReactElement {
  return (
    <Text size="sm">
      Giving a role of the operator takes a second membership officer: nothing changes until they approve it. Only while no second one has ever come in does the
      first officer act alone.
    </Text>
  )
}

/** Says afterwards that the change waits, and what happens next. */
export function WaitsForOfficer({ name, children, onClose }: { name: string; children: ReactNode; onClose: () => void }): ReactElement {
  return (
    <Stack>
      <Text>A second membership officer now has to approve the roles of {name}; all of them were told, and it waits for seven days.</Text>
      <Text>{children}</Text>
      <Group justify="flex-end">
        <Button onClick={onClose}>Close</Button>
      </Group>
    </Stack>
  )
}
