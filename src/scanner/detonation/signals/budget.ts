import type { Happening } from '../contract.ts'
import { subjectOf } from './subject.ts'

const MOST_OF_KIND = 1500
/** Of one kind about one thing: a flood of one leaves room for the others. */
const MOST_ALIKE = 60
const MOST_SUBJECTS = 4000

/** How much of a trace is told: a flood hides nothing of another kind, and little of its own. */
export class Budget {
  readonly #kinds = new Map<string, number>()
  readonly #alike = new Map<string, number>()
  readonly #dropped = new Map<string, number>()

  admits(happening: Happening): boolean {
    const { kind } = happening
    const of = this.#kinds.get(kind) ?? 0
    const subject = of < MOST_OF_KIND ? `${kind} ${subjectOf(happening) ?? ''}`.slice(0, 200) : ''
    const alike = this.#alike.get(subject) ?? 0
    if (of >= MOST_OF_KIND || alike >= MOST_ALIKE) {
      this.lost(kind, 1)
      return false
    }
    if (alike > 0 || this.#alike.size < MOST_SUBJECTS) this.#alike.set(subject, alike + 1)
    this.#kinds.set(kind, of + 1)
    return true
  }

  lost(of: string, count: number): void {
    this.#dropped.set(of, Math.min(Number.MAX_SAFE_INTEGER, (this.#dropped.get(of) ?? 0) + count))
  }

  dropped(): { of: string; count: number }[] {
    return [...this.#dropped].map(([of, count]) => ({ of, count }))
  }
}
