import type { ContentType } from '#scanner/intake/content-type.ts'
import { Damaged, LimitReached, type Budget } from '#scanner/intake/limits.ts'
import type { Part } from '#scanner/intake/part.ts'
import { OPENERS } from '#scanner/intake/unpack.ts'
import type { Target } from '../target.ts'

/** What an opener says, misses and finds inside, without opening that: whatever the first bytes have become, it is this opener that reads them. */
function alone(open: (part: Part) => void, bytes: Buffer, budget: Budget): unknown {
  const told: unknown[] = []
  open({
    path: '/',
    depth: 0,
    bytes,
    budget,
    passwords: ['a'],
    hints: [],
    hint: (password) => told.push(password),
    say: (fact) => {
      budget.takeFact()
      told.push(fact)
    },
    miss: (...what) => told.push(what),
    attempt: (path, work) => {
      try {
        return work()
      } catch (error) {
        if (!(error instanceof Damaged || (error instanceof LimitReached && (error.limit === 'ratio' || error.limit === 'objectBytes')))) throw error
        told.push([path, error.message])
        return undefined
      }
    },
    kind: (name) => told.push(name),
    child: (...what) => {
      budget.takeObject(1)
      told.push(what)
    },
  })
  return told
}

/** A target for each type that is opened, with objects of that type out of the documents of the tests. */
export const OPENER_TARGETS: readonly Target[] = Object.entries(OPENERS).map(([type, open]) => ({
  name: `intake/unpack.ts (${type})`,
  read: (bytes, budget) => alone(open, bytes, budget),
  seeds: (documents) => documents.of(type as ContentType),
}))
