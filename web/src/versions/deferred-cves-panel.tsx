import { Anchor, Button, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { command } from '../api/client.ts'
import { useMay } from '../session/may.ts'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import styles from '../ui/waiting-list.module.css'
import { deferredCvesQuery, useVersionAct } from './versions.ts'

/** Vulnerabilities that left the package before it was public; nothing while there are none. */
export function DeferredCvesPanel({ id }: { id: string }): ReactElement | null {
  const may = useMay()
  const deferred = useQuery(deferredCvesQuery(id))
  const go = useVersionAct<string>(
    (one) => command('POST', `/api/packages/${id}/deferred-cves/${one}/package`),
    () => undefined,
  )
  if (!deferred.data || deferred.data.items.length === 0) return null
  return (
    <Panel title="Vulnerabilities that stayed behind" lead="They left this package before it was public. Their embargo remains." flush>
      <ProblemAlert error={go.error} />
      <ul className={styles['list']}>
        {deferred.data.items.map((one) => (
          <li key={one.id} className={styles['item']}>
            <div className={styles['body']}>
              <strong>{one.cve ?? 'Not shown to your role'}</strong>
              <Text size="sm" c="dimmed">
                Not in version {one.version} any more
              </Text>
            </div>
            {one.continuedIn === null ? (
              may('deferred-cve.continue') && (
                <Button
                  size="compact-sm"
                  variant="default"
                  loading={go.isPending}
                  onClick={() => go.mutate(one.id)}
                  aria-label={`Start a package for ${one.cve ?? 'it'}`}
                >
                  Start a package
                </Button>
              )
            ) : (
              <Anchor component={Link} to={`/packages/${one.continuedIn}`} size="sm">
                Its own package
              </Anchor>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  )
}
