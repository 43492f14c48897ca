import { Stack, Title } from '@mantine/core'
import type { ReactElement } from 'react'
import { Dialog } from '../ui/dialog.tsx'
import { AgreementText, VersionChanges, VersionFacts } from './agreement-text.tsx'
import type { AgreementVersionView } from './agreements.ts'

/** One version to read, and what it changed. */
export function VersionDialog({ version, onClose }: { version: AgreementVersionView; onClose: () => void }): ReactElement {
  const operator = version.operator.id
  return (
    <Dialog opened onClose={onClose} title={`Version ${version.version} of the agreement`} size="xl">
      <Stack>
        <VersionFacts version={version} />
        {version.version > 1 && (
          <>
            <Title order={3} size="h5">
              What changed since version {version.version - 1}
            </Title>
            <VersionChanges from={version.version - 1} to={version.version} operator={operator} />
          </>
        )}
        <AgreementText version={version.version} operator={operator} />
      </Stack>
    </Dialog>
  )
}
