import { Alert, Text } from '@mantine/core'
import type { ReactElement } from 'react'
import { useNowMs } from '../packages/package-state.tsx'
import type { Package } from '../packages/packages.ts'
import { StepDialog } from '../packages/step-dialog.tsx'
import { useStep } from '../packages/use-step.ts'
import { Icon } from '../ui/icon.tsx'
import { ZonedInstant } from '../ui/zoned-instant.tsx'
import type { VersionLine } from './versions.ts'

interface ScheduleRevisionDialogProps {
  readonly version: Package
  /** The version that it revises. */
  readonly earlier: VersionLine
  readonly opened: boolean
  readonly onClose: () => void
}

/** Puts a revision on the release of the version whose place it takes. */
export function ScheduleRevisionDialog({ version, earlier, opened, onClose }: ScheduleRevisionDialogProps): ReactElement {
  const schedule = useStep<void>(version.id, 'schedule', () => ({}), onClose)
  const nowMs = useNowMs()
  const { release } = earlier
  const isPublic = release !== null && nowMs !== undefined && Date.parse(release.instant) <= nowMs
  return (
    <StepDialog
      opened={opened}
      onClose={() => {
        schedule.reset()
        onClose()
      }}
      title={`Put version ${version.version} in the place of version ${earlier.version}`}
      confirm={isPublic ? 'Release it now' : 'Take its place now'}
      pending={schedule.isPending}
      error={schedule.error}
      onConfirm={() => schedule.mutate()}
    >
      {release && (
        <Text>
          It goes on the release of version {earlier.version}: <ZonedInstant value={release.instant} zone={release.zone} />.
        </Text>
      )}
      <Alert color="orange" variant="light" role="alert" icon={<Icon name="warning" />} title="It happens the moment you confirm">
        {isPublic
          ? 'The release has happened, so the new version is public at once.'
          : 'Members whose window is open read the new version at once. What they read cannot be taken back.'}{' '}
        Who holds version {earlier.version} keeps it, marked superseded, is told, and has to acknowledge the new one; nobody else sees version {earlier.version}{' '}
        again.
      </Alert>
    </StepDialog>
  )
}
