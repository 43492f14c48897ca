import { useNavigate } from '@tanstack/react-router'
import { useRef, type KeyboardEvent, type MouseEvent, type ReactElement } from 'react'
import { RELATION_WORDS, type Neighbour, type NeighbourGroup } from './objects.ts'
import styles from './objects.module.css'

const [WIDTH, HEIGHT] = [880, 420]
const CENTRE = { x: WIDTH / 2, y: HEIGHT / 2 }
/** Neighbours that are drawn; the table has all. */
const MOST_DRAWN = 16
const LONGEST_NAME = 28

interface Drawn {
  readonly neighbour: Neighbour
  readonly relation: NeighbourGroup['relation']
  readonly x: number
  readonly y: number
}

/** Where the drawing is wider than the page, its middle is what is seen first. */
function showMiddle(section: HTMLElement | null): void {
  if (section) section.scrollLeft = (section.scrollWidth - section.clientWidth) / 2
}

/** The object in the middle and its neighbours round it. Each is a link; the arrow keys go from one to the next. */
export function NeighboursGraph({ title, groups }: { title: string; groups: readonly NeighbourGroup[] }): ReactElement {
  const drawn = place(groups)
  const graph = useRef<SVGSVGElement>(null)
  const navigate = useNavigate()
  const walk = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key]
    if (step === undefined) return
    event.preventDefault()
    const links = [...(graph.current?.querySelectorAll<SVGAElement>('a') ?? [])]
    const at = links.findIndex((link) => link === document.activeElement)
    links[(at + step + links.length) % links.length]?.focus()
  }
  const go = (event: MouseEvent, id: string) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    void navigate({ to: '/objects/$id', params: { id } })
  }
  return (
    <section ref={showMiddle} className="scroll-x" aria-label={`Neighbours of ${title}, drawn`} tabIndex={0}>
      <svg ref={graph} className={styles['graph']} viewBox={`0 0 ${WIDTH} ${HEIGHT}`}>
        {drawn.map(({ neighbour, relation, x, y }) => (
          <line key={keyOf(neighbour, relation)} className={styles['edge']} data-relation={relation} x1={CENTRE.x} y1={CENTRE.y} x2={x} y2={y} />
        ))}
        <circle className={styles['middle']} cx={CENTRE.x} cy={CENTRE.y} r={13} />
        <text className={styles['name']} x={CENTRE.x} y={CENTRE.y + 32} textAnchor="middle">
          {short(title)}
        </text>
        {drawn.map(({ neighbour, relation, x, y }) => (
          <a
            key={keyOf(neighbour, relation)}
            href={`/objects/${neighbour.id}`}
            className={styles['node']}
            onClick={(event) => go(event, neighbour.id)}
            onKeyDown={walk}
          >
            <circle data-relation={relation} cx={x} cy={y} r={9} />
            <text className={styles['name']} x={x} y={y + (y < CENTRE.y ? -28 : 24)} textAnchor="middle">
              {short(neighbour.title ?? neighbour.id)}
            </text>
            <text className={styles['kind']} x={x} y={y + (y < CENTRE.y ? -14 : 38)} textAnchor="middle">
              {neighbour.type}
            </text>
          </a>
        ))}
      </svg>
      <ul className={styles['legend']}>
        {Object.entries(RELATION_WORDS).map(([relation, words]) => (
          <li key={relation}>
            <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden>
              <circle className={styles['dot']} data-relation={relation} cx="7" cy="7" r="5" />
            </svg>
            {words}
          </li>
        ))}
      </ul>
    </section>
  )
}

function keyOf({ id, collection }: Neighbour, relation: string): string {
  return `${relation} ${id} ${collection.id}`
}

/** Round the middle, some of each kind in turn, so that one kind does not fill the drawing. */
function place(groups: readonly NeighbourGroup[]): Drawn[] {
  const chosen: { neighbour: Neighbour; relation: NeighbourGroup['relation'] }[] = []
  const longest = Math.max(0, ...groups.map(({ items }) => items.length))
  for (let at = 0; at < longest; at++) {
    for (const { relation, items } of groups)
      for (const neighbour of items.slice(at, at + 1)) if (chosen.length < MOST_DRAWN) chosen.push({ neighbour, relation })
  }
  return chosen.map((one, at) => {
    const angle = (at / chosen.length) * 2 * Math.PI - Math.PI / 2 + Math.PI / Math.max(6, chosen.length)
    const far = at % 2 === 0 ? 1 : 0.72
    return { ...one, x: CENTRE.x + Math.cos(angle) * 350 * far, y: CENTRE.y + Math.sin(angle) * 150 * far }
  })
}

function short(text: string): string {
  return text.length > LONGEST_NAME ? `${text.slice(0, LONGEST_NAME)}…` : text
}
