import { useMemo, type ReactElement } from 'react'
import { DataTable, type Column } from '../ui/data-table.tsx'
import { Panel } from '../ui/panel.tsx'
import { placesOf, type PlaceView } from './findings.ts'
import { hex, LongValue } from './place-cells.tsx'
import styles from './seen-panel.module.css'
import type { VerdictView } from './submissions.ts'

const COLUMNS: readonly Column<PlaceView>[] = [
  { key: 'of', header: 'Shows', text: ({ of }) => of, cell: ({ of }) => <span className="nowrap">{of}</span> },
  { key: 'path', header: 'Path', text: ({ path }) => path, cell: ({ path }) => <span className={styles['path']}>{path}</span> },
  { key: 'offset', header: 'Offset', text: ({ offset }) => hex(offset), cell: ({ offset }) => <span className="nowrap mono">{hex(offset)}</span> },
  { key: 'length', header: 'Length', text: ({ length }) => String(length ?? ''), cell: ({ length }) => <span className="nowrap mono">{length ?? ''}</span> },
  { key: 'field', header: 'Field', text: ({ field }) => field, cell: ({ field }) => <div className={styles['field']}>{field}</div> },
  {
    key: 'value',
    header: 'Value',
    text: ({ value }) => String(value),
    cell: ({ value }) => (
      <div className={styles['value']}>
        <LongValue text={String(value)} />
      </div>
    ),
  },
  { key: 'limit', header: 'Limit', text: ({ limit }) => String(limit ?? ''), cell: ({ limit }) => <span className="nowrap mono">{limit ?? ''}</span> },
  { key: 'why', header: 'Why', text: ({ why }) => why, cell: ({ why }) => <div className={styles['why']}>{why}</div> },
]

/** Every place where something was seen: in which object, at which byte, what stands there, and which limit it breaks. */
export function SeenPanel({ verdict }: { verdict: VerdictView }): ReactElement | null {
  const rows = useMemo(() => placesOf(verdict), [verdict])
  if (rows.length === 0) return null
  return (
    <Panel title="Seen where" lead="Offsets and lengths count bytes of the object at the path (characters in a part of XML)." flush>
      <DataTable label="Seen where" columns={COLUMNS} rows={rows} rowKey={({ place }) => String(place)} empty={null} />
    </Panel>
  )
}
