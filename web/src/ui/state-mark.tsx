import type { ReactElement, ReactNode } from 'react'
import styles from './state-mark.module.css'

export type Tone = 'on' | 'waiting' | 'off' | 'bad' | 'plain'

/** A state in words, with a dot in its colour. */
export function StateMark({ tone, children }: { tone: Tone; children: ReactNode }): ReactElement {
  return (
    <span className={styles['state']} data-tone={tone}>
      {children}
    </span>
  )
}
