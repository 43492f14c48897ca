import { VisuallyHidden } from '@mantine/core'
import { useMemo, type ReactElement } from 'react'
import styles from './changes.module.css'
import { lineDiff, withContext, type DiffLine } from './line-diff.ts'

const MARKS = { added: ['+', 'Added: '], removed: ['−', 'Removed: '], same: ['', ''] } as const

/** What changed from one text to the next, line by line. */
export function Changes({ label, before, after }: { label: string; before: string; after: string }): ReactElement {
  const lines = useMemo(() => withContext(lineDiff(before, after), 2), [before, after])
  return (
    <section aria-label={label} tabIndex={0} className={styles['frame']}>
      {lines.map((line, index) =>
        line.kind === 'skipped' ? (
          <div key={index} className={styles['skipped']}>
            {line.count === 1 ? 'One line is unchanged' : `${line.count} lines are unchanged`}
          </div>
        ) : (
          <Line key={index} line={line} />
        ),
      )}
    </section>
  )
}

function Line({ line: { kind, text } }: { line: DiffLine }): ReactElement {
  const [mark, words] = MARKS[kind]
  return (
    <div className={styles['line']} data-kind={kind}>
      <span className={styles['mark']} aria-hidden>
        {mark}
      </span>
      <span>
        {words !== '' && <VisuallyHidden>{words}</VisuallyHidden>}
        {text === '' ? '\u00A0' : text}
      </span>
    </div>
  )
}
