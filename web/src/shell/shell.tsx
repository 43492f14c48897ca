import { Burger } from '@mantine/core'
import { Link, Outlet, useLocation } from '@tanstack/react-router'
import { useEffect, useState, type ReactElement } from 'react'
import { ClockBanner } from '../clock/clock-banner.tsx'
import { useTrustedTime } from '../clock/trusted-time.ts'
import { useSession } from '../session/session.ts'
import { Icon } from '../ui/icon.tsx'
import { ConnectionBanner } from './connection-banner.tsx'
import { placesFor } from './navigation.ts'
import { PersonMenu } from './person-menu.tsx'
import { SchemeSwitch } from './scheme-switch.tsx'
import styles from './shell.module.css'
import { StatusBar } from './status-bar.tsx'
import { Wordmark } from './wordmark.tsx'

/** What surrounds every page of a signed-in person. */
export function Shell(): ReactElement {
  const session = useSession()
  const path = useLocation({ select: ({ pathname }) => pathname })
  // Open at one path only: going somewhere closes it.
  const [openAt, setOpenAt] = useState<string | undefined>()
  const navOpen = openAt === path
  const setNavOpen = (open: boolean) => setOpenAt(open ? path : undefined)
  useEffect(() => {
    if (!navOpen) return undefined
    const close = (event: KeyboardEvent) => event.key === 'Escape' && setOpenAt(undefined)
    addEventListener('keydown', close)
    return () => removeEventListener('keydown', close)
  }, [navOpen])
  return (
    <div className={styles['shell']}>
      <a href="#main" className={styles['skip']} onClick={() => document.getElementById('main')?.focus()}>
        Skip to the content
      </a>
      <header className={styles['header']}>
        <Burger
          className={styles['burger']}
          opened={navOpen}
          onClick={() => setNavOpen(!navOpen)}
          size="sm"
          aria-label={navOpen ? 'Close the navigation' : 'Open the navigation'}
          aria-expanded={navOpen}
          aria-controls="navigation"
        />
        <Link to="/" className={styles['home']} aria-label="Vedette: home">
          <Wordmark compact />
        </Link>
        <span className={styles['organisation']}>{session.organisation.name}</span>
        <div className={styles['tools']}>
          <InboxLink unread={session.unreadNotices} />
          <SchemeSwitch />
          <PersonMenu session={session} />
        </div>
      </header>
      {navOpen && <div className={styles['shade']} aria-hidden onClick={() => setNavOpen(false)} />}
      <nav className={styles['nav']} id="navigation" aria-label="Main" data-open={navOpen || undefined}>
        {placesFor(session).map(({ name, places }) => (
          <ul key={name ?? ''} aria-label={name}>
            {name !== undefined && (
              <li className={styles['group']} aria-hidden>
                {name}
              </li>
            )}
            {places.map(({ to, label, icon }) => (
              <li key={to}>
                <Link to={to} className={styles['link']} activeOptions={{ exact: to === '/' }}>
                  <Icon name={icon} />
                  {label}
                  {to === '/inbox' && session.unreadNotices > 0 && <span className={styles['count']}>{session.unreadNotices}</span>}
                </Link>
              </li>
            ))}
          </ul>
        ))}
      </nav>
      <main className={styles['main']} id="main" tabIndex={-1}>
        <Banners />
        <Outlet />
      </main>
      <div className={styles['footer']}>
        <StatusBar session={session} />
      </div>
    </div>
  )
}

function Banners(): ReactElement {
  const { data } = useTrustedTime()
  return (
    <div className={styles['banners']}>
      <ConnectionBanner />
      {data && data.state.disagreement !== null && <ClockBanner state={data.state} reason={data.state.disagreement} />}
    </div>
  )
}

function InboxLink({ unread }: { unread: number }): ReactElement {
  const label = unread === 0 ? 'Inbox: nothing unread' : `Inbox: ${unread} unread`
  return (
    <Link to="/inbox" className={styles['person']} aria-label={label} title={label}>
      <span className={styles['inbox']}>
        <Icon name="inbox" />
        {unread > 0 && (
          <span className={styles['count']} aria-hidden>
            {unread > 99 ? '99+' : unread}
          </span>
        )}
      </span>
    </Link>
  )
}
