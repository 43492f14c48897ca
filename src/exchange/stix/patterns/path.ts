import type { Meter } from '#exchange/stix/patterns/meter.ts'
import type { Observable, Observation } from '#exchange/stix/patterns/observation.ts'
import type { Step } from '#exchange/stix/patterns/syntax-tree.ts'

/** The values that a path leads to from an object; none where it leads nowhere. */
export type Walk = (object: Observable, observation: Observation, meter: Meter) => readonly unknown[]

/** More values than this are looked through for equal ones, so that lists which refer to one another do not multiply. */
const MANY = 32

/**
 * Follows the steps of a path (STIX 2.1, section 9.7). A step behind a property called `…_ref` or `…_refs` begins at the object that is
 * referred to; every step passes each value once, so circles and lists of lists cost steps times values at most.
 */
export function compileWalk(steps: readonly Step[]): Walk {
  if (steps.length === 1 && typeof steps[0] === 'string') {
    const [key] = steps
    return (object) => only(ownValue(object, key))
  }
  const moves = steps.map((step, at) => compileMove(step, followsReference(steps, at)))
  return (object, observation, meter) => {
    let values: unknown[] = [object]
    for (const move of moves) {
      const next: unknown[] = []
      for (const value of values) move(value, observation, next)
      if (next.length === 0) return next
      values = next.length > MANY ? [...new Set(next)] : next
      meter.spend(next.length / 8)
    }
    return values
  }
}

/** Whether the value that a step starts from is a reference: by the last name before it. */
export function followsReference(steps: readonly Step[], at: number): boolean {
  const name = lastName(steps.slice(0, at))
  return name !== undefined && (name.endsWith('_ref') || name.endsWith('_refs'))
}

/** The last property or key of a path, indexes left out. */
export function lastName(steps: readonly Step[]): string | undefined {
  return steps.findLast((step) => typeof step === 'string')
}

/** An own property of an object that is no list; undefined for everything else. */
export function ownValue(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined
}

function only(value: unknown): unknown[] {
  return value === undefined || value === null ? [] : [value]
}

type Move = (value: unknown, observation: Observation, into: unknown[]) => void

function compileMove(step: Step, reference: boolean): Move {
  if (step === null)
    return (value, _observation, into) => {
      if (Array.isArray(value)) for (const element of value as unknown[]) if (element !== null && element !== undefined) into.push(element)
    }
  if (typeof step === 'number')
    return (value, _observation, into) => {
      if (Array.isArray(value)) into.push(...only(value[step]))
    }
  return (value, observation, into) => {
    const found = ownValue(reference && typeof value === 'string' ? observation.find(value) : value, step)
    if (found !== undefined && found !== null) into.push(found)
  }
}
