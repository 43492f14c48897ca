import { Anchor, Button, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { adviceFor, type ApiProblem } from '../api/problem.ts'
import { formatSize } from '../ui/format-size.ts'
import styles from './transfer-list.module.css'
import { canRetry, removeTransfer, useTransfers, type Transfer } from './transfers.ts'

/** The files on their way, with what became of each. */
export function TransferList({ onRetry }: { onRetry: (key: number) => void }): ReactElement | null {
  const transfers = useTransfers()
  if (transfers.length === 0) return null
  const ended = transfers.filter(({ state }) => state === 'sent' || state === 'refused')
  return (
    <section aria-label="Files on their way">
      <ul className={styles['list']}>
        {transfers.map((transfer) => (
          <TransferItem key={transfer.key} transfer={transfer} onRetry={onRetry} />
        ))}
      </ul>
      {ended.length > 1 && (
        <Button variant="subtle" size="compact-sm" mt={6} onClick={() => ended.forEach(({ key }) => removeTransfer(key))}>
          Clear what has ended
        </Button>
      )}
    </section>
  )
}

function TransferItem({ transfer, onRetry }: { transfer: Transfer; onRetry: (key: number) => void }): ReactElement {
  const { key, name, size, state, part, problem, submission } = transfer
  const ended = state === 'sent' || state === 'refused'
  return (
    <li className={styles['item']} data-state={state}>
      <div className={styles['words']}>
        <Text fw={600} className="break">
          {name}
        </Text>
        {state === 'sending' && <progress className={styles['progress']} max={1} value={part} aria-label={`Sending ${name}`} />}
        <Text size="sm" c={problem ? 'var(--vedette-bad)' : 'dimmed'} role={problem ? 'alert' : 'status'}>
          {problem ? refusalWords(problem) : progressWords(state, part, size)}{' '}
          {submission !== null && (
            <Anchor component={Link} to={`/scanner/${submission}`} size="sm" underline="always">
              Open
            </Anchor>
          )}
        </Text>
      </div>
      {state === 'refused' && canRetry(key) && (
        <Button variant="default" size="compact-sm" onClick={() => onRetry(key)} aria-label={`Send again: ${name}`}>
          Send again
        </Button>
      )}
      <Button variant="default" size="compact-sm" onClick={() => removeTransfer(key)} aria-label={`${ended ? 'Dismiss' : 'Cancel'}: ${name}`}>
        {ended ? 'Dismiss' : 'Cancel'}
      </Button>
    </li>
  )
}

function refusalWords(problem: ApiProblem): string {
  // What the console itself refused, or one field did, says all; there is nothing else to correct.
  const advice = problem.code === 'VALIDATION_FAILED' || problem.code === 'PAYLOAD_TOO_LARGE' ? [] : [adviceFor(problem)]
  const sentences = [problem.message, ...problem.fields.map(({ message }) => message), ...advice]
  return sentences.map((sentence) => sentence.replace(/\.?$/, '.')).join(' ')
}

function progressWords(state: Transfer['state'], part: number, size: number): string {
  if (state === 'waiting') return `${formatSize(size)}, waits for its turn`
  if (state === 'sent') return 'Handed in.'
  return part >= 1 ? 'Sent; the server seals it' : `${Math.floor(part * 100)} % of ${formatSize(size)}`
}
