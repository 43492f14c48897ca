import type { ReactElement } from 'react'
import { Icon } from '../ui/icon.tsx'
import type { SubmissionView } from './submissions.ts'
import styles from './verdict-mark.module.css'
import { verdictWords } from './verdict-words.ts'

/** The verdict as a coloured word with a sign, so that neither colour nor drawing alone says it. */
export function VerdictMark({ submission }: { submission: Pick<SubmissionView, 'exploit' | 'outcome' | 'state'> }): ReactElement {
  const { words, tone, icon } = verdictWords(submission)
  return (
    <span className={styles['mark']} data-tone={tone}>
      <Icon name={icon} size={15} />
      {words}
    </span>
  )
}
