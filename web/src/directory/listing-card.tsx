import { Anchor, Text } from '@mantine/core'
import type { ReactElement } from 'react'
import { logoAddress } from './directory.ts'
import styles from './listing-card.module.css'

interface ListingCardProps {
  readonly operator: string
  readonly name: string
  readonly link: string | null
  readonly protects: string
  readonly logo: string | null
}

/** A member as the public directory shows it. */
export function ListingCard({ operator, name, link, protects, logo }: ListingCardProps): ReactElement {
  return (
    <div className={styles['card']}>
      <span className={styles['logo']} aria-hidden>
        {logo ? <img src={logoAddress(operator, logo)} alt="" /> : name.slice(0, 1)}
      </span>
      <strong className="break">
        {link ? (
          <Anchor href={link} target="_blank" rel="noopener noreferrer" inherit>
            {name}
          </Anchor>
        ) : (
          name || 'Name'
        )}
      </strong>
      {protects && (
        <Text size="sm" className="break">
          {protects}
        </Text>
      )}
    </div>
  )
}
