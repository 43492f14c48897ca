import type { ReactElement } from 'react'
import { Instant } from '../ui/instant.tsx'
import type { MemberStanding } from './members.ts'
import styles from './standing-timeline.module.css'
import { STATE_NAMES, TIER_NAMES } from './words.ts'

/** Every standing of a member as a bar, the newest first; the words beside each say what its colour does. */
export function StandingTimeline({ history }: { history: MemberStanding['history'] }): ReactElement {
  return (
    <ol className={styles['list']} reversed>
      {history.map(({ since, tier, state, until, jurisdiction, backAccess }, n) => (
        // Standings have no id; two may begin at one instant.
        <li key={`${since} ${history.length - n}`} className={styles['row']}>
          <span className={styles['when']}>
            {n === 0 ? 'Now, since ' : 'From '}
            <Instant value={since} />
          </span>
          <div className={styles['bar']} data-state={state}>
            <strong>{STATE_NAMES[state]}</strong>, tier {TIER_NAMES[tier].toLowerCase()}, {jurisdiction ?? 'no policy'}
            {until !== null && (
              <>
                , until <Instant value={until} />
              </>
            )}
            {backAccess && ', with what opened meanwhile'}
          </div>
        </li>
      ))}
    </ol>
  )
}
