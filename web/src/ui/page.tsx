import { Group, Stack, Text, Title } from '@mantine/core'
import { useEffect, useRef, type ReactElement, type ReactNode } from 'react'

interface PageProps {
  readonly title: string
  /** What the browser keeps in its history, when the title is nothing to keep there. */
  readonly documentTitle?: string
  /** One sentence: what this page is for. */
  readonly lead?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** The frame of each page: names the document, and moves the focus to the heading so that a screen reader says where one has arrived. */
export function Page({ title, documentTitle = title, lead, actions, children }: PageProps): ReactElement {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${documentTitle} · Vedette`
    heading.current?.focus({ preventScroll: true })
  }, [documentTitle])
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-end" gap="md">
        <div>
          <Title order={1} ref={heading} tabIndex={-1} className="break">
            {title}
          </Title>
          {lead && (
            <Text c="dimmed" mt={2} maw={720}>
              {lead}
            </Text>
          )}
        </div>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  )
}
