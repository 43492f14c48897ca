import { useMemo, type ReactElement } from 'react'
import type { PageReport } from '#scanner/detonation/page/page-report.ts'
import { LongValue } from '../scanner/place-cells.tsx'
import { DataTable, type Column } from '../ui/data-table.tsx'
import { formatSize } from '../ui/format-size.ts'
import { Panel } from '../ui/panel.tsx'
import detonation from './detonation.module.css'
import styles from './page-panels.module.css'

interface Row {
  readonly place: number
  readonly t: number
  readonly kind: string
  readonly text: string
  readonly from: string
}

const COLUMNS: readonly Column<Row>[] = [
  { key: 't', header: 'At (s)', text: ({ t }) => t.toFixed(3), cell: ({ t }) => <span className="nowrap mono">{t.toFixed(3)}</span> },
  { key: 'kind', header: 'Kind', text: ({ kind }) => kind, cell: ({ kind }) => <span className="nowrap">{kind}</span> },
  {
    key: 'text',
    header: 'Text',
    text: ({ text }) => text,
    cell: ({ text }) => (
      <div className={detonation['what']}>
        <LongValue text={text} />
      </div>
    ),
  },
  { key: 'from', header: 'From', text: ({ from }) => from, cell: ({ from }) => <div className={detonation['what']}>{from}</div> },
]

/** Scripts that were run, what was written to the console, and how the heap of scripts grew. */
export function LoggedPanel({ page: { scripts, console: lines, heap } }: { page: PageReport }): ReactElement | null {
  const rows = useMemo(
    () =>
      [
        ...scripts.map(({ t, how, detail, from = '' }) => ({ t, kind: `Script (${how})`, text: detail, from })),
        ...lines.map(({ t, text }) => ({ t, kind: 'Console', text, from: '' })),
      ]
        .toSorted((a, b) => a.t - b.t)
        .map((row, place) => ({ ...row, place })),
    [scripts, lines],
  )
  if (rows.length === 0 && heap.length === 0) return null
  return (
    <Panel title="Scripts and console" lead="Text of the page, shown as text and nothing else." flush>
      {heap.length > 1 && <Heap heap={heap} />}
      {rows.length > 0 && <DataTable label="Scripts and console" columns={COLUMNS} rows={rows} rowKey={({ place }) => String(place)} empty={null} />}
    </Panel>
  )
}

const WIDTH = 600
const HEIGHT = 60

/** The heap of scripts over time: a spray is a steep wall. */
function Heap({ heap }: { heap: PageReport['heap'] }): ReactElement {
  const most = Math.max(...heap.map(({ bytes }) => bytes), 1)
  const last = Math.max(...heap.map(({ t }) => t), 0.001)
  const points = heap
    .toSorted((a, b) => a.t - b.t)
    .map(({ t, bytes }) => `${((t / last) * WIDTH).toFixed(1)},${(HEIGHT - (bytes / most) * HEIGHT).toFixed(1)}`)
    .join(' ')
  const words = `Heap of scripts: at most ${formatSize(most)} within ${last.toFixed(1)} s`
  return (
    <figure className={styles['heap']}>
      <svg viewBox={`0 -2 ${WIDTH} ${HEIGHT + 4}`} preserveAspectRatio="none" aria-hidden focusable={false}>
        <polyline points={points} />
      </svg>
      <figcaption>{words}</figcaption>
    </figure>
  )
}
