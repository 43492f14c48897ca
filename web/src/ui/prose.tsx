import { Text } from '@mantine/core'
import type { ReactElement } from 'react'
import styles from './prose.module.css'

/** Markdown as its author wrote it: its marks are shown, never carried out. */
export function Prose({ text }: { text: string }): ReactElement {
  return (
    <Text component="div" className={styles['prose']}>
      {text}
    </Text>
  )
}
