import { Alert, Button, Code, CopyButton, Group, Stack, Text } from '@mantine/core'
import type { ReactElement, ReactNode } from 'react'
import { Icon } from './icon.tsx'

/** A secret that the server does not keep: shown this one time, with a button that copies it. */
export function ShownOnce({ label, value, children }: { label: string; value: string; children?: ReactNode }): ReactElement {
  return (
    <Stack gap="xs">
      <Alert color="yellow" variant="light" icon={<Icon name="warning" />} title="Copy it now: it is shown only this once">
        {children}
      </Alert>
      <Text size="sm" fw={600}>
        {label}
      </Text>
      <Code block className="break" tabIndex={0} aria-label={label} data-testid="shown-once">
        {value}
      </Code>
      <CopyButton value={value} timeout={4000}>
        {({ copied, copy }) => (
          <Group>
            <Button variant={copied ? 'light' : 'filled'} onClick={copy} leftSection={<Icon name={copied ? 'check' : 'copy'} size={16} />}>
              {copied ? 'Copied' : 'Copy'}
            </Button>
            <span role="status">{copied && <Text size="sm">It is on the clipboard.</Text>}</span>
          </Group>
        )}
      </CopyButton>
    </Stack>
  )
}
