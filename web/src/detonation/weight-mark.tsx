import type { ReactElement, ReactNode } from 'react'
import type { SignalView } from './detonations.ts'
import styles from './weight-mark.module.css'

/** The name of a signal in the colour of its weight, which the words repeat. */
export function WeightMark({ weight, children }: { weight: SignalView['weight']; children: ReactNode }): ReactElement {
  return (
    <span className={styles['mark']} data-weight={weight}>
      {children}
    </span>
  )
}
