import { Stack } from '@mantine/core'
import type { ReactElement, ReactNode } from 'react'
import { SchemeSwitch } from '../shell/scheme-switch.tsx'
import { Wordmark } from '../shell/wordmark.tsx'
import styles from './apply.module.css'

/** The frame of the public form: no sign-in, nothing of the console. */
export function ApplyFrame({ children }: { children: ReactNode }): ReactElement {
  return (
    <div className={styles['frame']}>
      <header className={styles['top']}>
        <Wordmark />
        <SchemeSwitch />
      </header>
      <main id="main" className={styles['main']}>
        <Stack gap="lg">{children}</Stack>
      </main>
    </div>
  )
}
