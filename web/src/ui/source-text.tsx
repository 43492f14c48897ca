import { Code } from '@mantine/core'
import type { ReactElement } from 'react'
import styles from './source-text.module.css'

/** Text as a machine wrote it: scrolls inside its frame, by keyboard too. */
export function SourceText({ label, text }: { label: string; text: string }): ReactElement {
  return (
    <section aria-label={label} tabIndex={0} className={styles['frame']}>
      <Code block className={styles['text']}>
        {text}
      </Code>
    </section>
  )
}
