import { toMicroseconds } from '#exchange/stix/instant.ts'

/** An observable as it stands in an observation: any object with a type. */
export interface Observable {
  readonly type: string
  readonly [property: string]: unknown
}

/** When something was observed, and how often: `count` observations, each at an instant from `first` to `last` (microseconds since 1970) that nobody knows. */
export interface Timed {
  readonly first: number
  readonly last: number
  readonly count: number
}

/** Observed data (STIX 2.1, section 4.14) with the objects that it names; what references lead to is found among them alone (section 9.7.4). */
export interface Observation extends Timed {
  readonly objects: readonly Observable[]
  readonly find: (reference: string) => Observable | undefined
}

/**
 * An observed-data object and its observables: those of `object_refs`, which `lookUp` finds by id, or of the deprecated `objects`, whose
 * references are keys. Undefined for what has no valid time or number, and so cannot be matched.
 */
export function observationOf(observed: Readonly<Record<string, unknown>>, lookUp: (id: string) => unknown): Observation | undefined {
  const first = toEpoch(observed['first_observed'])
  const last = toEpoch(observed['last_observed'])
  const count = observed['number_observed'] ?? 1
  if (first === undefined || last === undefined || last < first || !Number.isSafeInteger(count) || (count as number) < 1) return undefined
  const objects = new Map<string, Observable>()
  const { object_refs: references, objects: embedded } = observed
  if (Array.isArray(references)) for (const id of references) add(objects, id, typeof id === 'string' ? lookUp(id) : undefined)
  else if (typeof embedded === 'object' && embedded !== null) for (const [key, object] of Object.entries(embedded)) add(objects, key, object)
  return { objects: [...objects.values()], find: (reference) => objects.get(reference), first, last, count: count as number }
}

function add(objects: Map<string, Observable>, key: unknown, object: unknown): void {
  if (typeof key === 'string' && typeof object === 'object' && object !== null && typeof (object as Observable).type === 'string')
    objects.set(key, object as Observable)
}

/** Microseconds since 1970; exact until 2255, to 32 after it. */
export function toEpoch(timestamp: unknown): number | undefined {
  const text = typeof timestamp === 'string' ? toMicroseconds(timestamp) : undefined
  return text === undefined ? undefined : Date.parse(`${text.slice(0, 23)}Z`) * 1000 + Number(text.slice(23, 26))
}
