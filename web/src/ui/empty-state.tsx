import { Stack, Text } from '@mantine/core'
import type { ReactElement, ReactNode } from 'react'
import { Icon, type IconName } from './icon.tsx'

/** Says plainly that there is nothing, and what would make something appear. */
export function EmptyState({ icon, title, children }: { icon: IconName; title: string; children?: ReactNode }): ReactElement {
  return (
    <Stack align="center" gap={4} py="xl" px="md">
      <Text c="dimmed" component="span">
        <Icon name={icon} size={28} />
      </Text>
      <Text fw={600}>{title}</Text>
      {children && (
        <Text c="dimmed" size="sm" ta="center" maw={460} component="div">
          {children}
        </Text>
      )}
    </Stack>
  )
}
