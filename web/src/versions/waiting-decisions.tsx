import { Anchor, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import styles from '../ui/waiting-list.module.css'
import { ACT_NAME, waitingDecisionsQuery } from './versions.ts'

/** Decisions about packages that wait for a second publisher; nothing while there are none. */
export function WaitingDecisions(): ReactElement | null {
  const waiting = useQuery(waitingDecisionsQuery)
  if (!waiting.data || waiting.data.items.length === 0) return null
  return (
    <Panel title="Decisions that wait for a second publisher" flush>
      <ul className={styles['list']}>
        {waiting.data.items.map(({ id, package: package_, version, act, proposed }) => (
          <li key={id} className={styles['item']}>
            <div className={styles['body']}>
              <strong>
                {ACT_NAME[act]}, version {version}
              </strong>
              <Text size="sm" c="dimmed" component="div">
                Proposed by {proposed.by.name}, <Instant value={proposed.at} />
              </Text>
            </div>
            <Anchor component={Link} to={`/packages/${package_}`} size="sm">
              Open package …{package_.slice(-6)}
            </Anchor>
          </li>
        ))}
      </ul>
    </Panel>
  )
}
