import type { App } from '#platform/app.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { parseStrictJson } from '#platform/http/strict-json.ts'
import { storeObjects, type Destination, type Incoming } from '#exchange/objects/store-objects.ts'
import { checkObject } from '#exchange/stix/check.ts'
import type { Element } from '#exchange/remotes/envelope-stream.ts'
import { listClosed, type Named, type Remote } from '#exchange/remotes/store.ts'

/** Longest id, version and reason that a refusal repeats. */
const SHOWN_ID = 120
const SHOWN_VERSION = 60
const SHOWN_REASON = 400

/** An object that was not taken, as far as it says what it is. */
export interface Refused {
  readonly object_id: string
  readonly version: string | null
  readonly reason: string
}

/** Elements of a page after the checks that every posted object passes. */
export interface Batch {
  readonly good: readonly Incoming[]
  readonly refused: readonly Refused[]
}

/** Checks each element by itself: none that is wrong stops the others. Pure. */
export function readBatch(elements: readonly Element[]): Batch {
  const good: Incoming[] = []
  const refused: Refused[] = []
  for (const element of elements) {
    const read = readElement(element)
    if ('reason' in read) refused.push(read)
    else good.push(read)
  }
  return { good, refused }
}

function readElement(element: Element): Incoming | Refused {
  if (element === undefined) return refusal(undefined, 'is longer than an object may be')
  try {
    const raw = parseStrictJson(element)
    const checked = checkObject(raw)
    return 'object' in checked ? { object: checked.object, bytes: element } : refusal(raw, checked.fault)
  } catch (error) {
    if (error instanceof Problem) return refusal(undefined, error.fields[0]?.message ?? error.message)
    throw error
  }
}

function refusal(raw: unknown, reason: string): Refused {
  const { id, modified, created } = (typeof raw === 'object' && raw !== null ? raw : {}) as { id?: unknown; modified?: unknown; created?: unknown }
  const version = [modified, created].find((value) => typeof value === 'string' && value.length <= SHOWN_VERSION)
  return {
    object_id: typeof id === 'string' && id !== '' ? id.slice(0, SHOWN_ID).toWellFormed() : 'unknown',
    version: typeof version === 'string' ? version : null,
    reason: reason.slice(0, SHOWN_REASON).toWellFormed(),
  }
}

export interface Taken {
  readonly added: number
  readonly known: number
  readonly refused: readonly Refused[]
  /** Versions that are there now, whether or not they were before. */
  readonly there: readonly There[]
}

/** A version, and whether it was this remote that brought it. */
export interface There extends Named {
  readonly brought: boolean
}

/**
 * Stores a batch as the operator's own contribution, as `storeObjects` does; what carries no label counts as the remote says. What a
 * member has contributed already is known, and a newer version of it is refused, as it is of any other contributor; and so it is with
 * what the operator's people or another server brought: no server revokes or rewrites what is not from it.
 */
export async function storeBatch(app: App, tx: Tx, remote: Remote, { good, refused }: Batch, statements: ReadonlySet<string>): Promise<Taken> {
  if (good.length === 0) return { added: 0, known: 0, refused, there: [] }
  const closed = await listClosed(
    tx,
    remote,
    good.map(({ object }) => object.id),
  )
  const { collection_id: collection, operator_id: operator, audience, unmarked, api_root: server } = remote
  const to: Destination = { collection, operator, contributor: null, by: undefined, reads: true, audience, unmarked, closed, statements, server }
  const stored = await storeObjects(app, tx, to, good)
  const untaken = stored.flatMap((result, n) => (result.outcome === 'refused' ? [refusal(good[n]!.object, result.message)] : []))
  const there = stored.flatMap((result, n) =>
    result.outcome === 'refused' ? [] : [{ id: good[n]!.object.id, version: result.version, brought: result.outcome === 'added' }],
  )
  const added = there.filter(({ brought }) => brought).length
  return { added, known: there.length - added, refused: [...refused, ...untaken], there }
}
