import type { ReportView } from './submissions.ts'

/** What stands at an object: what was found in it and what of it was not examined. */
export interface Marks {
  /** CVEs that are named, each once. */
  readonly cves: readonly string[]
  /** Evidence that found techniques, each once. */
  readonly techniques: readonly string[]
  readonly notes: readonly string[]
  readonly notChecked: number
}

/** An object of a scanned file with the objects inside it, or a stream that is part of one. */
export interface TreeNode {
  /** Unlike any other, also where two objects have one path. */
  readonly key: string
  readonly path: string
  /** What the path adds to that of the object around it. */
  readonly name: string
  /** Undefined for a part that is no object of its own. */
  readonly object:
    | { readonly type: string; readonly size: number; readonly sha256: string; readonly via?: string; readonly offset?: number | undefined }
    | undefined
  readonly marks: Marks
  readonly children: readonly TreeNode[]
  /** Whether anything stands at it or at something inside it. */
  readonly marked: boolean
}

type Growing = Omit<TreeNode, 'children' | 'marked'> & { readonly children: Growing[] }

/** The file and everything inside it, in the order in which it lies there; places of proofs that are no objects stand with the object that holds them. */
export function objectTree({ type, size, sha256, extracted, verdict }: Pick<ReportView, 'type' | 'size' | 'sha256' | 'extracted' | 'verdict'>): TreeNode {
  const marksAt = marksByPath(verdict)
  const places = new Set([...verdict.seen, ...verdict.not_checked].map(({ path }) => path))
  const root: Growing = { key: '/', path: '/', name: 'the file', object: { type, size, sha256 }, marks: marksAt('/'), children: [] }
  const byPath = new Map<string, Growing>([['/', root]])
  const add = (path: string, key: string, object: TreeNode['object']): Growing => {
    const parent = parentOf(path)
    const name = parent.path === '/' ? path.slice(1) : path.slice(parent.path.length + 2)
    const known = byPath.has(path)
    const node: Growing = { key, path, name: name || path, object, marks: known ? NO_MARKS : marksAt(path), children: [] }
    parent.children.push(node)
    if (!known) byPath.set(path, node)
    return node
  }
  // A path leads through containers: `/a.bin!/b` stands in `/a.bin`, where that is an object or something was seen at it.
  const parentOf = (path: string): Growing => {
    for (let end = path.lastIndexOf('!/'); end > 0; end = path.lastIndexOf('!/', end - 1)) {
      const around = path.slice(0, end)
      const node = byPath.get(around) ?? (places.has(around) ? add(around, around, undefined) : undefined)
      if (node) return node
    }
    return root
  }
  for (const [place, one] of extracted.entries()) add(one.path, String(place), one)
  for (const path of places) if (!byPath.has(path)) add(path, path, undefined)
  return withMarked(root)
}

const NO_MARKS: Marks = { cves: [], techniques: [], notes: [], notChecked: 0 }

function marksByPath({ cve, techniques, notes, seen, not_checked: left }: ReportView['verdict']): (path: string) => Marks {
  const idsAt = (list: readonly { readonly id: string; readonly findings: readonly number[] }[]) => {
    const at = new Map<string, Set<string>>()
    for (const { id, findings } of list)
      for (const place of findings) {
        const { path } = seen[place]!
        at.set(path, (at.get(path) ?? new Set()).add(id))
      }
    return (path: string) => [...(at.get(path) ?? [])]
  }
  const [cvesAt, techniquesAt, notesAt] = [idsAt(cve), idsAt(techniques), idsAt(notes)]
  const leftAt = Map.groupBy(left, ({ path }) => path)
  return (path) => ({ cves: cvesAt(path), techniques: techniquesAt(path), notes: notesAt(path), notChecked: leftAt.get(path)?.length ?? 0 })
}

function withMarked(node: Growing): TreeNode {
  const children = node.children.map(withMarked)
  const { cves, techniques, notes, notChecked } = node.marks
  const own = cves.length + techniques.length + notes.length + notChecked > 0
  return { ...node, children, marked: own || children.some(({ marked }) => marked) }
}
