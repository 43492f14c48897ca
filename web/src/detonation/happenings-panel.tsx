import { NativeSelect } from '@mantine/core'
import { useMemo, useState, type ReactElement } from 'react'
import { Rank, type Happening } from '#scanner/detonation/contract.ts'
import { LongValue } from '../scanner/place-cells.tsx'
import { DataTable, type Column } from '../ui/data-table.tsx'
import { Panel } from '../ui/panel.tsx'
import type { DetonationReport } from './detonations.ts'
import styles from './detonation.module.css'
import { happeningWords, KINDS, processOf } from './happening-words.ts'
import { WeightMark } from './weight-mark.tsx'
import { RANKS } from './words.ts'

interface Row {
  readonly place: number
  readonly one: Happening
  readonly signals: DetonationReport['signals']
}

const COLUMNS: readonly Column<Row>[] = [
  { key: 't', header: 'At (s)', text: ({ one }) => one.t.toFixed(3), cell: ({ one }) => <span className="nowrap mono">{one.t.toFixed(3)}</span> },
  {
    key: 'rank',
    header: 'Seen by',
    text: ({ one }) => RANKS[one.rank].name,
    cell: ({ one }) => <span title={RANKS[one.rank].meaning}>{RANKS[one.rank].name}</span>,
  },
  { key: 'kind', header: 'Kind', text: ({ one }) => KINDS[one.kind], cell: ({ one }) => <span className="nowrap">{KINDS[one.kind]}</span> },
  { key: 'pid', header: 'Process', text: ({ one }) => String(processOf(one) ?? '') },
  {
    key: 'what',
    header: 'What',
    text: ({ one }) => happeningWords(one),
    cell: ({ one }) => (
      <div className={styles['what']}>
        <LongValue text={happeningWords(one)} />
      </div>
    ),
  },
  {
    key: 'signals',
    header: 'Signals',
    text: ({ signals }) => signals.map(({ id }) => id).join(' '),
    cell: ({ signals }) =>
      signals.map(({ id, weight }, index) => (
        <WeightMark key={index} weight={weight}>
          {id}
        </WeightMark>
      )),
  },
]

/** Everything that was kept of what happened, in its order: to filter, sort and export. */
export function HappeningsPanel({ report: { happenings, signals } }: { report: DetonationReport }): ReactElement {
  const [rank, setRank] = useState('')
  const [kind, setKind] = useState('')
  const rows = useMemo(() => rowsOf(happenings, signals), [happenings, signals])
  const shown = rows.filter(({ one }) => (rank === '' || one.rank === rank) && (kind === '' || one.kind === kind))
  const kinds = [...new Set(happenings.map((one) => one.kind))].map((value) => ({ value, label: KINDS[value] }))
  return (
    <Panel title="What happened" lead="Seconds count from when it was handed over to the viewer." flush>
      <DataTable
        label="What happened"
        columns={COLUMNS}
        rows={shown}
        rowKey={({ place }) => String(place)}
        empty={null}
        tools={
          <>
            <NativeSelect
              aria-label="Seen by"
              data={[
                { value: '', label: 'Seen by anyone' },
                ...Rank.options.map((value) => ({ value, label: `Seen by the ${RANKS[value].name.toLowerCase()}` })),
              ]}
              value={rank}
              onChange={(event) => setRank(event.currentTarget.value)}
            />
            <NativeSelect
              aria-label="Kind"
              data={[{ value: '', label: 'Any kind' }, ...kinds.toSorted((a, b) => a.label.localeCompare(b.label))]}
              value={kind}
              onChange={(event) => setKind(event.currentTarget.value)}
            />
          </>
        }
      />
    </Panel>
  )
}

function rowsOf(happenings: readonly Happening[], signals: DetonationReport['signals']): Row[] {
  const shown = new Map<number, DetonationReport['signals'][number][]>()
  for (const signal of signals) for (const place of signal.shown_by) shown.set(place, [...(shown.get(place) ?? []), signal])
  // Those who watch tell it with delays of their own.
  return happenings.map((one, place) => ({ one, place, signals: shown.get(place) ?? [] })).toSorted((a, b) => a.one.t - b.one.t)
}
