import type { ReactElement, ReactNode } from 'react'
import styles from './facts.module.css'

/** Names and values, one pair a line. */
export function Facts({ children }: { children: ReactNode }): ReactElement {
  return <dl className={styles['facts']}>{children}</dl>
}

export function Fact({ name, children }: { name: string; children: ReactNode }): ReactElement {
  return (
    <div className={styles['fact']}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
