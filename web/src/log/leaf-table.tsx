import { Anchor, Button, Group } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef, type ReactElement } from 'react'
import tableStyles from '../ui/data-table.module.css'
import { Instant } from '../ui/instant.tsx'
import type { Leaf } from './leaves.ts'
import styles from './leaf-table.module.css'

interface LeafTableProps {
  readonly leaves: readonly Leaf[]
  readonly onOpen: (index: number) => void
  readonly hasMore: boolean
  readonly loadingMore: boolean
  readonly onMore: () => void
}

const ROW_HEIGHT = 36
/** How many rows before the end the next page is asked for. */
const AHEAD = 25

/** Entries of the log; only the rows in view are in the document, and older pages come as one scrolls. */
export function LeafTable({ leaves, onOpen, hasMore, loadingMore, onMore }: LeafTableProps): ReactElement {
  const scroll = useRef<HTMLElement>(null)
  const virtualizer = useVirtualizer({ count: leaves.length, getScrollElement: () => scroll.current, estimateSize: () => ROW_HEIGHT, overscan: 15 })
  const items = virtualizer.getVirtualItems()
  const lastShown = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (hasMore && !loadingMore && lastShown >= leaves.length - AHEAD) onMore()
  }, [hasMore, loadingMore, lastShown, leaves.length, onMore])
  return (
    <>
      <section className={`${tableStyles['scroll']} ${styles['scroll']}`} ref={scroll} aria-label="Entries of the log" tabIndex={0}>
        <table className={`${tableStyles['table']} ${styles['table']}`} aria-rowcount={hasMore ? -1 : leaves.length + 1}>
          <thead>
            <tr>
              {['Leaf', 'When', 'Who', 'Action', 'Subject'].map((header) => (
                <th key={header} scope="col">
                  <span>{header}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <Spacer height={items[0]?.start ?? 0} />
            {items.map(({ index }) => (
              <Row key={leaves[index]!.index} leaf={leaves[index]!} position={index} onOpen={onOpen} />
            ))}
            <Spacer height={virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0)} />
          </tbody>
        </table>
      </section>
      <Group justify="space-between" px="md" py="xs">
        <output className={styles['quiet']}>
          {leaves.length} shown{hasMore ? ', more to come' : ', that is all'}
        </output>
        {hasMore && (
          <Button variant="default" size="compact-sm" onClick={onMore} loading={loadingMore}>
            Show older ones
          </Button>
        )}
      </Group>
    </>
  )
}

function Row({ leaf, position, onOpen }: { leaf: Leaf; position: number; onOpen: (index: number) => void }): ReactElement {
  return (
    <tr aria-rowindex={position + 2}>
      <td>
        <Anchor
          component="button"
          type="button"
          size="sm"
          className="mono"
          onClick={() => onOpen(leaf.index)}
          aria-label={`Open leaf ${leaf.index}, ${leaf.action}`}
        >
          {leaf.index}
        </Anchor>
      </td>
      <td>
        <Instant value={leaf.happenedAt} />
      </td>
      <td title={leaf.actor.id ?? undefined}>{leaf.actor.name ?? leaf.actor.id ?? 'Vedette itself'}</td>
      <td className="mono">{leaf.action}</td>
      <td className="mono" title={leaf.subjectId ?? undefined}>
        {leaf.subjectId ?? ''}
      </td>
    </tr>
  )
}

function Spacer({ height }: { height: number }): ReactElement {
  return <tr aria-hidden style={{ height }} />
}
