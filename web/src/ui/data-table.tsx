import { Button, TextInput, UnstyledButton, VisuallyHidden } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useDeferredValue, useMemo, useRef, useState, type ReactElement, type ReactNode } from 'react'
import { toCsv } from './csv.ts'
import styles from './data-table.module.css'
import { download } from './download.ts'
import { Icon } from './icon.tsx'

export interface Column<T> {
  readonly key: string
  readonly header: string
  /** What the column sorts, filters and exports by. */
  readonly text: (row: T) => string
  /** What is drawn; the text unless said. */
  readonly cell?: (row: T) => ReactNode
}

interface DataTableProps<T> {
  /** What the rows are, for screen readers and the exported file. */
  readonly label: string
  readonly columns: readonly Column<T>[]
  readonly rows: readonly T[]
  readonly rowKey: (row: T) => string
  /** Buttons at the end of a row; named so that each says whom it concerns. */
  readonly rowActions?: (row: T) => ReactNode
  readonly empty: ReactNode
  readonly tools?: ReactNode
}

interface Order {
  readonly key: string
  readonly descending: boolean
}

const ROW_HEIGHT = 41
/** Beyond this many rows only those in view are in the document. */
const VIRTUAL_FROM = 150
const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

/** A table that sorts by any column, filters by any text in it, and exports what it shows as CSV. */
export function DataTable<T>({ label, columns, rows, rowKey, rowActions, empty, tools }: DataTableProps<T>): ReactElement {
  const [filter, setFilter] = useState('')
  const [order, setOrder] = useState<Order | undefined>()
  const wanted = useDeferredValue(filter)
  const shown = useMemo(() => arrange(rows, columns, wanted, order), [rows, columns, wanted, order])
  const exportCsv = () =>
    download(
      `vedette-${label.toLowerCase().replaceAll(' ', '-')}.csv`,
      'text/csv',
      toCsv(
        columns.map(({ header }) => header),
        shown.map((row) => columns.map(({ text }) => text(row))),
      ),
    )
  return (
    <>
      <div className={styles['bar']}>
        <TextInput
          className={styles['filter']}
          aria-label={`Filter ${label.toLowerCase()}`}
          placeholder="Filter by any text"
          type="search"
          value={filter}
          onChange={(event) => setFilter(event.currentTarget.value)}
        />
        {tools}
        <Button variant="default" onClick={exportCsv} disabled={shown.length === 0} leftSection={<Icon name="download" size={16} />}>
          Export CSV
        </Button>
        <output className={styles['count']}>{shown.length === rows.length ? `${rows.length} in all` : `${shown.length} of ${rows.length}`}</output>
      </div>
      {rows.length === 0 ? empty : <Rows {...{ label, columns, shown, rowKey, rowActions, order, setOrder }} />}
    </>
  )
}

function arrange<T>(rows: readonly T[], columns: readonly Column<T>[], filter: string, order: Order | undefined): readonly T[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean)
  const found = words.length === 0 ? rows : rows.filter((row) => words.every((word) => columns.some(({ text }) => text(row).toLowerCase().includes(word))))
  const column = columns.find(({ key }) => key === order?.key)
  if (!column || !order) return found
  return found.toSorted((a, b) => collator.compare(column.text(a), column.text(b)) * (order.descending ? -1 : 1))
}

interface RowsProps<T> extends Pick<DataTableProps<T>, 'label' | 'columns' | 'rowKey'> {
  readonly rowActions: ((row: T) => ReactNode) | undefined
  readonly shown: readonly T[]
  readonly order: Order | undefined
  readonly setOrder: (order: Order | undefined) => void
}

function Rows<T>({ label, columns, shown, rowKey, rowActions, order, setOrder }: RowsProps<T>): ReactElement {
  const scroll = useRef<HTMLElement>(null)
  const virtual = shown.length > VIRTUAL_FROM
  const virtualizer = useVirtualizer({
    count: virtual ? shown.length : 0,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
  })
  const items = virtualizer.getVirtualItems()
  const start = items[0]?.start ?? 0
  const end = virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0)
  const visible = virtual ? items.map(({ index }) => ({ row: shown[index]!, index })) : shown.map((row, index) => ({ row, index }))
  return (
    <section className={styles['scroll']} ref={scroll} aria-label={label} tabIndex={0} data-short={!virtual || undefined}>
      <table className={styles['table']} aria-rowcount={shown.length + 1}>
        <thead>
          <tr>
            {columns.map((column) => (
              <SortableHeader key={column.key} column={column} order={order} setOrder={setOrder} />
            ))}
            {rowActions && (
              <th scope="col">
                <VisuallyHidden>Actions</VisuallyHidden>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {virtual && <Spacer height={start} />}
          {visible.map(({ row, index }) => (
            <tr key={rowKey(row)} aria-rowindex={index + 2}>
              {columns.map(({ key, cell, text }) => (
                <td key={key}>{cell ? cell(row) : text(row)}</td>
              ))}
              {rowActions && <td align="right">{rowActions(row)}</td>}
            </tr>
          ))}
          {virtual && <Spacer height={end} />}
        </tbody>
      </table>
    </section>
  )
}

function Spacer({ height }: { height: number }): ReactElement {
  return <tr aria-hidden style={{ height }} />
}

interface SortableHeaderProps<T> {
  readonly column: Column<T>
  readonly order: Order | undefined
  readonly setOrder: (order: Order | undefined) => void
}

function SortableHeader<T>({ column, order, setOrder }: SortableHeaderProps<T>): ReactElement {
  const mine = order?.key === column.key ? order : undefined
  const next = mine === undefined ? { key: column.key, descending: false } : mine.descending ? undefined : { key: column.key, descending: true }
  return (
    <th scope="col" aria-sort={mine === undefined ? 'none' : mine.descending ? 'descending' : 'ascending'}>
      <UnstyledButton onClick={() => setOrder(next)}>
        {column.header}
        <span className={mine ? undefined : styles['unsorted']}>
          <Icon name={mine === undefined ? 'updown' : mine.descending ? 'down' : 'up'} size={13} />
        </span>
      </UnstyledButton>
    </th>
  )
}
