import { useQuery } from '@tanstack/react-query'
import { Fragment, type ReactElement } from 'react'
import { useNowMs } from '../packages/package-state.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { ZonedInstant } from '../ui/zoned-instant.tsx'
import styles from './next-windows.module.css'
import { releasesQuery, TIER_NAME, WINDOW_TIERS } from './releases.ts'

/** When the window of each tier opens next: the calendar alone, the same for everybody. */
export function NextWindows(): ReactElement | null {
  const releases = useQuery(releasesQuery)
  const nowMs = useNowMs()
  if (releases.isError) return <ProblemAlert error={releases.error} onRetry={() => void releases.refetch()} />
  if (!releases.data || nowMs === undefined) return null
  const next = WINDOW_TIERS.flatMap((tier) => {
    const release = releases.data.filter(({ windows }) => Date.parse(windows[tier]) > nowMs).sort((a, b) => a.windows[tier].localeCompare(b.windows[tier]))[0]
    return release ? [{ tier, instant: release.windows[tier], zone: release.zone }] : []
  })
  return (
    <dl className={styles['next']} aria-label="The next opening of each tier">
      {next.map(({ tier, instant, zone }) => (
        <Fragment key={tier}>
          <dt>Tier {TIER_NAME[tier].toLowerCase()}</dt>
          <dd>
            <ZonedInstant value={instant} zone={zone} />
          </dd>
        </Fragment>
      ))}
    </dl>
  )
}
