import type { ReactElement } from 'react'
import { formatInZone } from '../ui/format-instant.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { ruleName, TIER_NAME, WINDOW_TIERS, type Release } from './releases.ts'
import { daysBetween, layOut } from './timeline.ts'
import styles from './window-timeline.module.css'

/** The windows of the next cycle as a picture; the table below says the same exactly. */
export function WindowTimeline({ releases, nowMs }: { releases: readonly Release[]; nowMs: number }): ReactElement {
  const timeline = layOut(releases, nowMs)
  if (!timeline) return <EmptyState icon="calendar" title="No release to come" />
  const { shown, from, to } = timeline
  const place = (ms: number) => `${(100 * (Math.min(Math.max(ms, from), to) - from)) / (to - from)}%`
  const zone = shown[0]!.zone
  return (
    <figure className={styles['figure']}>
      <div className={styles['chart']} aria-hidden>
        <div className={styles['axis']}>
          {daysBetween(from, to, zone).map(({ ms, label }) => (
            <span key={ms} className={styles['day']} style={{ left: place(ms) }}>
              {label}
            </span>
          ))}
        </div>
        {shown.map((release) => (
          <div key={`${release.operator.id}/${release.key}`} className={styles['release']} data-waits={release.state === 'waits' || undefined}>
            <div className={styles['name']}>{ruleName(release)}</div>
            {WINDOW_TIERS.map((tier) => (
              <div key={tier} className={styles['lane']}>
                <span className={styles['tier']}>{TIER_NAME[tier]}</span>
                <div className={styles['track']}>
                  <div
                    className={styles['window']}
                    data-tier={tier}
                    data-open={(Date.parse(release.windows[tier]) <= nowMs && nowMs < Date.parse(release.instant)) || undefined}
                    style={{ left: place(Date.parse(release.windows[tier])), right: `calc(100% - ${place(Date.parse(release.instant))})` }}
                  />
                  <div className={styles['end']} style={{ left: place(Date.parse(release.instant)) }} />
                </div>
              </div>
            ))}
          </div>
        ))}
        <div className={styles['overlay']}>
          <div className={styles['now']} style={{ left: place(nowMs) }}>
            <span>now</span>
          </div>
        </div>
      </div>
      <figcaption className={styles['caption']}>
        {shown.map((release) => (
          <p key={`${release.operator.id}/${release.key}`}>
            <strong>{ruleName(release)}</strong>:{' '}
            {WINDOW_TIERS.map((tier) => `${TIER_NAME[tier].toLowerCase()} from ${shortly(release.windows[tier], release.zone)}`).join(', ')}; released{' '}
            {shortly(release.instant, release.zone)}.
          </p>
        ))}
      </figcaption>
    </figure>
  )
}

function shortly(instant: string, zone: string): string {
  return formatInZone(Date.parse(instant), zone)
}
