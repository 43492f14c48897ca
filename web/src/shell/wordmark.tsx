import type { ReactElement } from 'react'
import styles from './wordmark.module.css'

/** The sign of Vedette, a sentry's chevron with the point it watches, and the name beside it. */
export function Wordmark({ compact = false }: { compact?: boolean }): ReactElement {
  return (
    <span className={styles['wordmark']}>
      <svg width="26" height="26" viewBox="0 0 32 32" aria-hidden focusable={false}>
        <rect width="32" height="32" rx="7" className={styles['ground']} />
        <path d="M7 9l9 15 9-15" fill="none" stroke="#fff" strokeWidth="3.4" strokeLinecap="round" strokeLinejoin="round" />
        <circle cx="16" cy="9.5" r="2.6" fill="#8fb4ff" />
      </svg>
      <span className={compact ? styles['nameWide'] : styles['name']}>Vedette</span>
    </span>
  )
}
