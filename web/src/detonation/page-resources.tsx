import { Button } from '@mantine/core'
import { useState, type ReactElement } from 'react'
import type { PageReport } from '#scanner/detonation/page/page-report.ts'
import { formatSize } from '../ui/format-size.ts'
import { Panel } from '../ui/panel.tsx'
import styles from './page-panels.module.css'
import { childrenOf, type Resource } from './resource-tree.ts'
import { WebAddress } from './web-address.tsx'

const FIRST = 60

/** What the page loaded, as a tree: what asked for what. */
export function ResourcesPanel({ page: { resources } }: { page: PageReport }): ReactElement | null {
  const [all, setAll] = useState(false)
  if (resources.length === 0) return null
  const shown = all ? resources : resources.slice(0, FIRST)
  const inside = childrenOf(shown)
  return (
    <Panel title={`What it loaded (${resources.length})`} lead="Each under what asked for it. The table of the network has all of it to filter and export.">
      <Level places={inside.get(undefined) ?? []} resources={shown} inside={inside} depth={0} />
      {shown.length < resources.length && (
        <Button variant="default" mt="sm" onClick={() => setAll(true)}>
          Show all {resources.length}
        </Button>
      )}
    </Panel>
  )
}

interface LevelProps {
  readonly places: readonly number[]
  readonly resources: readonly Resource[]
  readonly inside: ReadonlyMap<number | undefined, readonly number[]>
  readonly depth: number
}

const DEEPEST = 20

function Level({ places, resources, inside, depth }: LevelProps): ReactElement {
  return (
    <ul className={styles['resources']} {...(depth === 0 && { 'aria-label': 'What it loaded' })}>
      {places.map((place) => {
        const own = inside.get(place) ?? []
        return (
          <li key={place}>
            <One resource={resources[place]!} />
            {own.length > 0 && depth < DEEPEST && <Level places={own} resources={resources} inside={inside} depth={depth + 1} />}
          </li>
        )
      })}
    </ul>
  )
}

function One({ resource: { url, as, method, status, outcome, why, size } }: { resource: Resource }): ReactElement {
  const bad = outcome === 'refused' || outcome === 'failed' || (outcome === undefined && why !== undefined)
  const facts = [
    as?.toLowerCase(),
    method === 'GET' ? undefined : method,
    outcome === 'simulated' ? 'simulated' : undefined,
    bad ? `${outcome ?? 'failed'}${why === undefined ? '' : `: ${why}`}` : status?.toString(),
    size === undefined ? undefined : formatSize(size),
  ]
  return (
    <div className={styles['resource']}>
      <WebAddress url={url} />
      <span className={styles['facts']} data-bad={bad || undefined}>
        {facts.filter(Boolean).join(', ')}
      </span>
    </div>
  )
}
