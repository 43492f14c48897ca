import { Anchor } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import type { Column } from '../ui/data-table.tsx'
import { Instant } from '../ui/instant.tsx'
import type { Found } from './search.ts'
import styles from './search.module.css'

/** Columns of a table of objects. */
export const FOUND_COLUMNS: readonly Column<Found>[] = [
  { key: 'title', header: 'Object', text: ({ title, id }) => title ?? id, cell: (row) => <Named found={row} /> },
  { key: 'type', header: 'Type', text: ({ type }) => type, cell: ({ type }) => <span className="nowrap">{type}</span> },
  { key: 'tlp', header: 'TLP', text: ({ tlp }) => `TLP:${tlp}`, cell: ({ tlp }) => <span className="nowrap">TLP:{tlp}</span> },
  { key: 'confidence', header: 'Confidence', text: ({ confidence }) => (confidence === null ? '' : String(confidence)) },
  { key: 'collection', header: 'Collection', text: ({ collection }) => collection.title },
  { key: 'added', header: 'Added', text: ({ addedAt }) => addedAt, cell: ({ addedAt }) => <Instant value={addedAt} /> },
]

function Named({ found: { id, title, revoked, own, labels } }: { found: Found }): ReactElement {
  return (
    <div className={styles['named']}>
      <Anchor component={Link} to={`/objects/${id}`} className="break">
        {title ?? id}
      </Anchor>
      {revoked && <span className={styles['tag']}>Revoked</span>}
      {own && <span className={styles['tag']}>Ours</span>}
      {labels.length > 0 && <div className={styles['labels']}>{labels.join(', ')}</div>}
    </div>
  )
}
