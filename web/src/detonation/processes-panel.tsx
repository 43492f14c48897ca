import { useMemo, type ReactElement } from 'react'
import { Icon } from '../ui/icon.tsx'
import { Panel } from '../ui/panel.tsx'
import { LongValue } from '../scanner/place-cells.tsx'
import { bySeverity, processTree, type DetonationReport, type ProcessNode, type SignalView } from './detonations.ts'
import styles from './detonation.module.css'
import { WeightMark } from './weight-mark.tsx'
import { seconds } from './words.ts'

/** Which process started which; those that signals speak of are marked. */
export function ProcessesPanel({ report: { happenings, signals } }: { report: DetonationReport }): ReactElement | null {
  const roots = useMemo(() => processTree(happenings), [happenings])
  const marked = useMemo(() => marksOf(signals), [signals])
  if (roots.length === 0) return null
  return (
    <Panel title="Processes" lead="From when it was handed over. What the viewer had running before is not listed.">
      <Level nodes={roots} marked={marked} />
    </Panel>
  )
}

type Marks = ReadonlyMap<number, readonly SignalView[]>

function marksOf(signals: readonly SignalView[]): Marks {
  const marks = new Map<number, SignalView[]>()
  for (const signal of signals) for (const place of signal.shown_by) marks.set(place, [...(marks.get(place) ?? []), signal])
  return marks
}

function Level({ nodes, marked }: { nodes: readonly ProcessNode[]; marked: Marks }): ReactElement {
  return (
    <ul className={styles['tree']}>
      {nodes.map((node) => (
        <li key={node.pid}>
          <Process node={node} signals={marked.get(node.place) ?? []} />
          {node.children.length > 0 && <Level nodes={node.children} marked={marked} />}
        </li>
      ))}
    </ul>
  )
}

function Process({ node: { pid, image, started, ended }, signals }: { node: ProcessNode; signals: readonly SignalView[] }): ReactElement {
  const [gravest] = bySeverity(signals)
  return (
    <div className={styles['process']} data-weight={gravest?.weight}>
      <Icon name="program" size={16} />
      <strong className="break">{image}</strong>
      <span className={styles['quiet']}>
        {pid}, from {seconds(started.t)}
        {ended && ` to ${seconds(ended.t)}${ended.signal === undefined ? '' : ` by ${ended.signal}`}${ended.code ? ` with ${ended.code}` : ''}`}
      </span>
      {signals.map(({ id, weight }, index) => (
        <WeightMark key={index} weight={weight}>
          {id}
        </WeightMark>
      ))}
      {started.arguments && started.arguments.length > 1 && (
        <span className={styles['arguments']}>
          <LongValue text={started.arguments.join(' ')} />
        </span>
      )}
    </div>
  )
}
