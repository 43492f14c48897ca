import type { ReactElement } from 'react'
import { trustedNowMs, useTick, useTrustedTime } from '../clock/trusted-time.ts'
import type { SessionView } from '../session/session.ts'
import { formatLocal, formatUtc, LOCAL_ZONE } from '../ui/format-instant.ts'
import { Icon } from '../ui/icon.tsx'
import styles from './status-bar.module.css'

/** The foot of each page: the trusted time in UTC and in this browser's zone, and which kind of instance this is. */
export function StatusBar({ session }: { session: SessionView }): ReactElement {
  return (
    <footer className={styles['bar']}>
      <TrustedClock />
      {session.edition === 'demo' && <span className={styles['edition']}>Demonstration: invented organisations, no real data</span>}
    </footer>
  )
}

function TrustedClock(): ReactElement {
  useTick()
  const { data, isError } = useTrustedTime()
  if (!data) return <span className={styles['quiet']}>{isError ? 'Trusted time unknown: the server cannot be reached' : 'Asking for the trusted time…'}</span>
  const now = trustedNowMs(data)
  const stopped = data.state.disagreement !== null
  return (
    <span className={styles['clock']} data-stopped={stopped || undefined}>
      <Icon name="clock" size={15} />
      <span className={styles['quiet']}>{stopped ? 'Trusted time stands still:' : 'Trusted time'}</span>
      <time dateTime={data.state.now}>{formatUtc(now)}</time>
      <span className={styles['local']}>
        {formatLocal(now)} <span className={styles['quiet']}>({LOCAL_ZONE})</span>
      </span>
    </span>
  )
}
