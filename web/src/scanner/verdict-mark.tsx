import type { ReactElement } from 'react'
import { Icon } from '../ui/icon.tsx'
import styles from './verdict-mark.module.css'
import { verdictWords, type Judged } from './verdict-words.ts'

/** The verdict as a coloured word with a sign, so that neither colour nor drawing alone says it. */
export function VerdictMark({ submission }: { submission: Judged }): ReactElement {
  const { words, tone, icon } = verdictWords(submission)
  return (
    <span className={styles['mark']} data-tone={tone}>
      <Icon name={icon} size={15} />
      {words}
    </span>
  )
}
