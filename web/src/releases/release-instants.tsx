import { Text } from '@mantine/core'
import type { ReactElement } from 'react'
import { InstantInFull } from '../ui/zoned-instant.tsx'
import styles from './release-instants.module.css'
import { TIER_NAME, WINDOW_TIERS, type Release } from './releases.ts'

/** Each instant of a release in its zone, in UTC and in local time: for whoever decides by them. */
export function ReleaseInstants({ release }: { release: Pick<Release, 'instant' | 'zone' | 'windows'> }): ReactElement {
  const { instant, zone, windows } = release
  const rows = [...WINDOW_TIERS.map((tier) => [`${TIER_NAME[tier]} window opens`, windows[tier]] as const), ['Release', instant] as const]
  return (
    <>
      <dl className={styles['instants']}>
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <InstantInFull value={value} zone={zone} />
            </dd>
          </div>
        ))}
      </dl>
      <Text size="sm" c="dimmed" mt="xs">
        Times of {zone}, of UTC, and of this browser (yours).
      </Text>
    </>
  )
}
