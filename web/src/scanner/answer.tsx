import type { ReactElement, ReactNode } from 'react'
import { Icon, type IconName } from '../ui/icon.tsx'
import styles from './answer.module.css'
import type { VerdictTone } from './verdict-words.ts'

/** An answer in a few words and one sentence, large: what a tired reader reads first. */
export function Answer({ tone, icon, words, sentence }: { tone: VerdictTone; icon: IconName; words: string; sentence: ReactNode }): ReactElement {
  return (
    <div className={styles['answer']} data-tone={tone} data-testid="verdict">
      <span className={styles['sign']}>
        <Icon name={icon} size={26} />
      </span>
      <div>
        <div className={styles['words']}>{words}</div>
        <div className={styles['sentence']}>{sentence}</div>
      </div>
    </div>
  )
}
