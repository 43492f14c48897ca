import { Button } from '@mantine/core'
import { useMemo, useState, type ReactElement } from 'react'
import { CopyText } from '../ui/copy-text.tsx'
import { DataTable, type Column } from '../ui/data-table.tsx'
import { formatSize } from '../ui/format-size.ts'
import { Panel } from '../ui/panel.tsx'
import { ObjectTreeView } from './object-tree-view.tsx'
import { objectTree } from './object-tree.ts'
import styles from './objects-panel.module.css'
import type { ReportView } from './submissions.ts'

/** `place`: two that are alike in everything else may lie in one file. */
type ScannedObject = ReportView['extracted'][number] & { readonly place: number }

const MOST_LEVELS = 8

const COLUMNS: readonly Column<ScannedObject>[] = [
  { key: 'path', header: 'Path', text: ({ path }) => path, cell: (object) => <Path object={object} /> },
  { key: 'type', header: 'Type', text: ({ type }) => type },
  { key: 'via', header: 'Found as', text: ({ via }) => via },
  {
    key: 'offset',
    header: 'Begins at',
    text: ({ offset }) => (offset === undefined ? '' : String(offset)),
    cell: ({ offset }) => <span className="nowrap mono">{offset === undefined ? '' : `0x${offset.toString(16)}`}</span>,
  },
  { key: 'size', header: 'Size', text: ({ size }) => String(size), cell: ({ size }) => <span className="nowrap">{formatSize(size)}</span> },
  {
    key: 'sha256',
    header: 'SHA-256',
    text: ({ sha256 }) => sha256,
    cell: ({ sha256, path }) => <CopyText label={`Copy the SHA-256 of ${path}`} text={sha256} />,
  },
]

/** Everything that was examined: drawn as it lies inside the file, or as a table to sort, filter and export. */
export function ObjectsPanel({ report }: { report: ReportView }): ReactElement {
  const [view, setView] = useState<'tree' | 'table'>('tree')
  return (
    <Panel
      title="Objects"
      lead="The file and everything inside it that was opened."
      actions={
        <Button.Group aria-label="How objects are shown">
          {(['tree', 'table'] as const).map((one) => (
            <Button key={one} size="compact-sm" variant={view === one ? 'light' : 'default'} aria-pressed={view === one} onClick={() => setView(one)}>
              {one === 'tree' ? 'Tree' : 'Table'}
            </Button>
          ))}
        </Button.Group>
      }
      flush
    >
      {view === 'tree' ? <Tree report={report} /> : <ObjectTable report={report} />}
    </Panel>
  )
}

function Tree({ report }: { report: ReportView }): ReactElement {
  const tree = useMemo(() => objectTree(report), [report])
  return <ObjectTreeView tree={tree} />
}

function ObjectTable({ report: { type, size, sha256, extracted } }: { report: ReportView }): ReactElement {
  const rows = useMemo(
    () => [{ path: '/', via: 'input', type, size, sha256 }, ...extracted].map((object, place): ScannedObject => ({ ...object, place })),
    [type, size, sha256, extracted],
  )
  return <DataTable label="Objects" columns={COLUMNS} rows={rows} rowKey={({ place }) => String(place)} empty={null} />
}

/** As deep as containers lie in containers: a path names each with `!`. */
function Path({ object: { path } }: { object: ScannedObject }): ReactElement {
  const level = path === '/' ? 0 : Math.min(MOST_LEVELS, path.split('!').length)
  return (
    <span className={styles['path']} data-level={level}>
      {path === '/' ? '/ (the file)' : path}
    </span>
  )
}
