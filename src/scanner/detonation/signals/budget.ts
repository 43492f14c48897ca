import type { Happening } from '../contract.ts'
import { plainPath, subjectOf } from './subject.ts'
import { pathRun } from './write-then-execute.ts'

const MOST_OF_KIND = 1500
/** Of one kind about one thing: a flood of one leaves room for the others. */
export const MOST_ALIKE = 60
const MOST_SUBJECTS = 4000
const MOST_FOLDED = 5000
const LONGEST_FOLDED = 400

/**
 * How much of a trace is told: a flood hides nothing of another kind, and little of its own. What says nothing that was not told of its subject already is folded into
 * that; the rest is counted as lost.
 */
export class Budget {
  readonly #kinds = new Map<string, number>()
  readonly #alike = new Map<string, number>()
  readonly #dropped = new Map<string, number>()
  /** Files that were written and not told, by path: they matter once they are run. */
  readonly #folded = new Map<string, Happening>()

  /** What is to be told now: nothing, the happening, or before it that the file was written which it runs. */
  admit(happening: Happening): readonly Happening[] {
    const { kind } = happening
    const subject = aspectOf(happening)
    const alike = subject === undefined ? 0 : (this.#alike.get(subject) ?? 0)
    if (alike >= MOST_ALIKE && this.#folds(happening)) return []
    const of = this.#kinds.get(kind) ?? 0
    if (of >= MOST_OF_KIND || alike >= MOST_ALIKE) {
      this.lost(kind, 1)
      return []
    }
    if (subject !== undefined && (alike > 0 || this.#alike.size < MOST_SUBJECTS)) this.#alike.set(subject, alike + 1)
    this.#kinds.set(kind, of + 1)
    return [...this.#written(happening), happening]
  }

  lost(of: string, count: number): void {
    this.#dropped.set(of, Math.min(Number.MAX_SAFE_INTEGER, (this.#dropped.get(of) ?? 0) + count))
  }

  dropped(): { of: string; count: number }[] {
    return [...this.#dropped].map(([of, count]) => ({ of, count }))
  }

  #folds(happening: Happening): boolean {
    if (happening.kind !== 'file' || happening.action === 'delete' || happening.action === 'read') return repeats(happening)
    const { action } = happening
    const path = plainPath(happening.path)
    if (action === 'execute') return false
    if (path.length > LONGEST_FOLDED || (this.#folded.size >= MOST_FOLDED && !this.#folded.has(path))) return false
    this.#folded.set(path, happening)
    return true
  }

  #written(happening: Happening): Happening[] {
    const path = pathRun(happening)
    const writing = path === undefined ? undefined : this.#folded.get(path)
    if (path === undefined || !writing) return []
    this.#folded.delete(path)
    return [writing]
  }
}

/** What signals judge of a happening, without what they tell it by; undefined for what has no subject, such as a fault. */
function aspectOf(happening: Happening): string | undefined {
  const subject = subjectOf(happening) ?? (happening.kind === 'memory' || happening.kind === 'attack-call' ? happening.call : undefined)
  if (subject === undefined) return undefined
  const of = `${happening.kind} ${subject}`
  if (happening.kind === 'memory') return `${of} ${happening.pid}${happening.pivoted ? ' pivoted' : ''}`
  if (happening.kind === 'process-start') return happening.pivoted ? `${of} pivoted` : of
  // Some requests of ptrace only read.
  if (happening.kind === 'attack-call') return `${of} ${happening.pid} ${/^request: [0-9a-f]{1,16}/.exec(happening.detail ?? '')?.[0] ?? ''}`
  if (happening.kind !== 'file') return of
  // An ending such as .ps1 is a number to the subject, and says that a file is to be run.
  return happening.honey ? `${of} ${happening.path}` : `${of} ${/\.[^./]{1,10}$/.exec(happening.path)?.[0] ?? ''}`
}

/** Whether no signal looks at more of it than at its subject: not at where in memory, at the process that began, or at when a library was loaded. */
function repeats(happening: Happening): boolean {
  switch (happening.kind) {
    case 'connect':
    case 'attack-call':
    case 'file':
      return true
    case 'library-call':
      return happening.call !== 'dlopen'
    case 'memory':
      return happening.call === 'memfd_create'
    default:
      return false
  }
}
