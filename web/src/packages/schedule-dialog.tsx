import { Alert, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { ReleaseInstants } from '../releases/release-instants.tsx'
import { isOffered, releasesQuery, ruleName, TIER_NAME, WINDOW_TIERS, type Release } from '../releases/releases.ts'
import { ZonedInstant } from '../ui/zoned-instant.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Icon } from '../ui/icon.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { useNowMs } from './package-state.tsx'
import type { Package } from './packages.ts'
import styles from './schedule-dialog.module.css'
import { StepDialog } from './step-dialog.tsx'
import { useStep } from './use-step.ts'

interface ScheduleDialogProps {
  readonly version: Package
  readonly opened: boolean
  readonly onClose: () => void
}

/** Puts an approved version on a release, after showing when each tier's window opens. */
export function ScheduleDialog({ version, opened, onClose }: ScheduleDialogProps): ReactElement {
  const releases = useQuery({ ...releasesQuery, enabled: opened })
  const nowMs = useNowMs()
  const [key, setKey] = useState<string>()
  const schedule = useStep<string>(version.id, 'schedule', (release) => ({ release }), onClose)
  const offered = nowMs === undefined ? [] : (releases.data ?? []).filter((release) => isOffered(release, nowMs) && isFor(release, version))
  const chosen = offered.find((release) => release.key === key)
  const close = () => {
    schedule.reset()
    onClose()
  }
  return (
    <StepDialog
      opened={opened}
      onClose={close}
      title="Schedule for a release"
      confirm={chosen && nowMs !== undefined && opensAtOnce(chosen, nowMs).length > 0 ? 'Schedule and open at once' : 'Schedule'}
      disabled={!chosen}
      pending={schedule.isPending}
      error={schedule.error}
      onConfirm={() => chosen && schedule.mutate(chosen.key)}
    >
      {releases.isPending && <Skeleton height={140} />}
      <ProblemAlert error={releases.error} onRetry={() => void releases.refetch()} />
      {releases.isSuccess && offered.length === 0 && (
        <EmptyState icon="calendar" title="No release to come">
          Propose an out-of-band release for this package under Releases; a second publisher confirms it.
        </EmptyState>
      )}
      <fieldset className={styles['choices']}>
        <legend className="visually-hidden">Release</legend>
        {offered.map((release) => (
          <label key={release.key} className={styles['choice']}>
            <input type="radio" name="release" value={release.key} checked={release.key === key} onChange={() => setKey(release.key)} />
            <span>
              <strong>{ruleName(release)}</strong>
            </span>
            <ZonedInstant value={release.instant} zone={release.zone} />
          </label>
        ))}
      </fieldset>
      {chosen && nowMs !== undefined && <Chosen release={chosen} nowMs={nowMs} />}
    </StepDialog>
  )
}

/** One of the rule is for any package, an out-of-band one for those that two publishers decided about. */
function isFor({ kind, packages }: Release, { id, version, contentHash }: Package): boolean {
  return kind === 'rule' || packages.some((named) => named.id === id && named.version === version && named.contentHash === contentHash)
}

function opensAtOnce({ windows }: Release, nowMs: number) {
  return WINDOW_TIERS.filter((tier) => Date.parse(windows[tier]) <= nowMs)
}

function Chosen({ release, nowMs }: { release: Release; nowMs: number }): ReactElement {
  const atOnce = opensAtOnce(release, nowMs)
  const tiers = atOnce.map((tier) => TIER_NAME[tier].toLowerCase())
  return (
    <>
      {atOnce.length > 0 && (
        <Alert color="orange" variant="light" role="alert" icon={<Icon name="warning" />} title="Members can read it the moment you schedule it">
          The window of {tiers.length === 1 ? `tier ${tiers[0]}` : `the tiers ${tiers.slice(0, -1).join(', ')} and ${tiers.at(-1)}`} is open already. What they
          read cannot be taken back.
        </Alert>
      )}
      <div>
        <ReleaseInstants release={release} />
      </div>
    </>
  )
}
