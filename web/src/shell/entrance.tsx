import { Stack } from '@mantine/core'
import type { ReactElement, ReactNode } from 'react'
import styles from './entrance.module.css'
import { SchemeSwitch } from './scheme-switch.tsx'
import { Wordmark } from './wordmark.tsx'

/** The frame of what is shown to somebody who is not fully signed in. */
export function Entrance({ children }: { children: ReactNode }): ReactElement {
  return (
    <div className={styles['entrance']}>
      <header className={styles['top']}>
        <Wordmark />
        <SchemeSwitch />
      </header>
      <main className={styles['card']} id="main">
        <Stack gap="lg">{children}</Stack>
      </main>
    </div>
  )
}
