import { Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { messagesQuery } from './embargo.ts'

/** What the member was told about breaches, in the operator's words; nothing where it was told nothing. */
export function MessagesPanel(): ReactElement | null {
  const { data } = useQuery(messagesQuery)
  if (!data || data.length === 0) return null
  return (
    <Panel title="From your operator">
      <Stack gap="sm">
        {data.map((message) => (
          <div key={message.id}>
            <Text className="break">{message.body}</Text>
            <Text size="sm" c="dimmed" component="div">
              <Instant value={message.at} />
            </Text>
          </div>
        ))}
      </Stack>
    </Panel>
  )
}
