import type { ReactElement } from 'react'
import styles from './place-cells.module.css'

const SHORT = 120

/** An offset as hex editors show it; nothing where there is none. */
export function hex(offset: number | undefined): string {
  return offset === undefined ? '' : `0x${offset.toString(16)}`
}

/** Text out of a hostile file: its beginning, and the whole on demand. */
export function LongValue({ text }: { text: string }): ReactElement {
  if (text.length <= SHORT) return <>{text}</>
  return (
    <details className={styles['long']}>
      <summary>{text.slice(0, SHORT)}…</summary>
      {text}
    </details>
  )
}
