import type { Turns } from '#platform/turns.ts'
import { checkObject } from '#exchange/stix/check.ts'
import { openEnvelope, type Envelope, type Sliced } from '#exchange/stix/envelope.ts'
import { kindOfObject } from '#exchange/stix/object-types.ts'
import { isStatement } from '#exchange/stix/tlp.ts'

/** One object as it was posted: the bytes, and what they say or why they say nothing that can be kept. */
export type PostedObject = Sliced

/** Most objects that one transaction stores, and bytes of them unless there is only one: while it runs, the collection waits. */
const PIECE = 1000
const PIECE_BYTES = 8 * 1024 * 1024

/** More than this are no objects: the shortest one that is valid takes 73 bytes, and the longest body 100 MiB. */
const MOST_POSTED = 1_500_000

/** The objects of an envelope that was posted (section 3.7), found and not yet parsed. Throws what readEnvelope of `exchange/stix` throws. */
export function openPosted(body: Buffer, turns: Turns): Promise<Envelope> {
  return openEnvelope(body, MOST_POSTED, turns)
}

/** All of them, parsed, unless they are more than one transaction stores. */
export async function readFew(envelope: Envelope, turns: Turns): Promise<PostedObject[] | undefined> {
  if (envelope.count > PIECE) return undefined
  let bytes = 0
  for (let n = 0; n < envelope.count; n++) bytes += envelope.sizeOf(n)
  if (bytes > PIECE_BYTES && envelope.count > 1) return undefined
  const objects: PostedObject[] = []
  for (let n = 0; n < envelope.count; n++) {
    objects.push(envelope.read(n))
    await turns.next()
  }
  return objects
}

/** What the pieces of one envelope have to know of one another, so that the result is that of one piece. */
export interface Across {
  /** Ids of markings that restrict nothing: statements that come along. */
  readonly statements: ReadonlySet<string>
  /** Ids of observables that came in an earlier piece. */
  readonly observables: ReadonlySet<string>
}

export interface Piece extends Across {
  readonly objects: readonly PostedObject[]
}

/**
 * An envelope that is stored piece by piece. Sightings come last, so that what they saw is there, whichever piece it is in; otherwise in the
 * order in which they came. Where a piece ends follows from where it begins.
 */
export class PiecewiseEnvelope {
  readonly #envelope: Envelope
  readonly #order: Uint32Array
  readonly #statements: ReadonlySet<string>
  /** Of observables that may come more than once: the turn of the first. */
  readonly #firsts: ReadonlyMap<string, number>

  private constructor(envelope: Envelope, order: Uint32Array, statements: ReadonlySet<string>, firsts: ReadonlyMap<string, number>) {
    this.#envelope = envelope
    this.#order = order
    this.#statements = statements
    this.#firsts = firsts
  }

  static async open(body: Buffer, turns: Turns): Promise<PiecewiseEnvelope> {
    const envelope = await openPosted(body, turns)
    const { order, statements, keys } = await look(envelope, turns)
    return new PiecewiseEnvelope(envelope, order, statements, await findFirsts(envelope, order, keys, turns))
  }

  async piece(from: number, turns: Turns): Promise<Piece> {
    const objects: PostedObject[] = []
    const observables = new Set<string>()
    let bytes = 0
    for (let turn = from; turn < this.#order.length && objects.length < PIECE; turn++) {
      bytes += this.#envelope.sizeOf(this.#order[turn]!)
      if (bytes > PIECE_BYTES && objects.length > 0) break
      const object = this.#envelope.read(this.#order[turn]!)
      objects.push(object)
      const { id } = namesOf(object)
      if (typeof id === 'string' && (this.#firsts.get(id) ?? from) < from) observables.add(id)
      await turns.next()
    }
    return { objects, observables, statements: this.#statements }
  }
}

interface Looked {
  /** In which order they are stored. */
  readonly order: Uint32Array
  readonly statements: Set<string>
  /** Of each a number that follows from its id; 0 where it has none. */
  readonly keys: Float64Array
}

/** Reads each once; what it says is forgotten again. */
async function look(envelope: Envelope, turns: Turns): Promise<Looked> {
  const order = new Uint32Array(envelope.count)
  const keys = new Float64Array(envelope.count)
  const statements = new Set<string>()
  const sightings: number[] = []
  let next = 0
  for (let n = 0; n < envelope.count; n++) {
    const { value, fault } = envelope.read(n)
    const { id, type } = namesOf({ value })
    if (type === 'sighting') sightings.push(n)
    else order[next++] = n
    if (fault === undefined && typeof id === 'string') keys[n] = keyOf(id)
    if (fault === undefined && type === 'marking-definition') {
      const checked = checkObject(value)
      if ('object' in checked && isStatement(checked.object)) statements.add(checked.object.id)
    }
    await turns.next()
  }
  order.set(sightings, next)
  return { order, statements, keys }
}

/** Only what may come twice is read once more. */
async function findFirsts(envelope: Envelope, order: Uint32Array, keys: Float64Array, turns: Turns): Promise<Map<string, number>> {
  const repeated = repeatedOf(keys)
  const firsts = new Map<string, number>()
  for (const [turn, n] of repeated.size === 0 ? [] : order.entries()) {
    if (!repeated.has(keys[n]!)) continue
    const { value, fault } = envelope.read(n)
    const checked = fault === undefined ? checkObject(value) : undefined
    if (checked && 'object' in checked && kindOfObject(checked.object) === 'observable' && !firsts.has(checked.object.id)) firsts.set(checked.object.id, turn)
    await turns.next()
  }
  return firsts
}

/** Keys that are there more than once; 0 is none. */
function repeatedOf(keys: Float64Array): Set<number> {
  const sorted = keys.toSorted()
  const repeated = new Set<number>()
  for (let at = 1; at < sorted.length; at++) if (sorted[at] !== 0 && sorted[at] === sorted[at - 1]) repeated.add(sorted[at]!)
  return repeated
}

/** The last 48 bits of the UUID, and one: different ids rarely have the same, and then nothing comes of it. */
function keyOf(id: string): number {
  return parseInt(id.slice(-12), 16) + 1 || 0
}

function namesOf({ value }: Pick<PostedObject, 'value'>): { readonly id?: unknown; readonly type?: unknown } {
  return typeof value === 'object' && value !== null ? value : {}
}
