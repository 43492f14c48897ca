import { Alert, Button, CopyButton, Group, Stack, Text } from '@mantine/core'
import type { ReactElement, ReactNode } from 'react'
import { Icon } from './icon.tsx'
import { SourceText } from './source-text.tsx'

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
      <SourceText label={label} text={value} />
      <CopyButton value={value} timeout={4000}>
        {({ copied, copy }) => (
          <Group>
            <Button variant={copied ? 'light' : 'filled'} onClick={copy} leftSection={<Icon name={copied ? 'check' : 'copy'} size={16} />}>
              {copied ? 'Copied' : 'Copy'}
            </Button>
            <output>{copied && <Text size="sm">It is on the clipboard.</Text>}</output>
          </Group>
        )}
      </CopyButton>
    </Stack>
  )
}
