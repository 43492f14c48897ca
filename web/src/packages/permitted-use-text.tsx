import type { ReactElement } from 'react'
import { clausesOf, derivedBinariesText, type PermittedUse } from '#program/packages/contract.ts'
import { Icon } from '../ui/icon.tsx'
import { Instant } from '../ui/instant.tsx'
import styles from './permitted-use-text.module.css'

/** The permitted-use clause in plain words; colour and mark only repeat them. */
export function PermittedUseText({ use }: { use: PermittedUse }): ReactElement {
  return (
    <ul className={styles['clauses']}>
      {clausesOf(use).map(({ path, question, term }) => (
        <li key={path} data-term={typeof term === 'object' ? 'later' : term}>
          <Icon name={term === 'deny' ? 'cross' : term === 'allow' ? 'check' : 'clock'} size={16} />
          <span>
            {question}:{' '}
            {typeof term === 'object' ? (
              <strong>
                allowed from <Instant value={term.allowFrom} />
              </strong>
            ) : (
              <strong>{term === 'allow' ? 'allowed' : 'not allowed'}</strong>
            )}
          </span>
        </li>
      ))}
      <li data-term="note">
        <Icon name="shield" size={16} />
        <span>What you derive from it: {derivedBinariesText(use.share.derivedBinaries)}</span>
      </li>
    </ul>
  )
}
