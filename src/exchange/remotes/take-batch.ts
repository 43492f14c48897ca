import type { App } from '#platform/app.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { parseStrictJson } from '#platform/http/strict-json.ts'
import { storeObjects, type Destination, type Incoming } from '#exchange/objects/store-objects.ts'
import { checkObject } from '#exchange/stix/check.ts'
import { isTlpMarking, markingsOf, strictest } from '#exchange/stix/tlp.ts'
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
export async function storeBatch(app: App, tx: Tx, remote: Remote, { good, refused }: Batch): Promise<Taken> {
  // Definitions of markings come first: a statement restricts nothing once it is known to be one.
  const [markings, others] = parted(good, ({ object }) => object.type === 'marking-definition')
  const parts: Taken[] = []
  const closed = await listClosed(
    tx,
    remote,
    good.map(({ object }) => object.id),
  )
  for (const some of [markings, others]) {
    const [labelled, unlabelled] = parted(some, isLabelled)
    parts.push(await storePart(app, tx, remote, labelled, { audience: remote.audience, closed }))
    parts.push(await storePart(app, tx, remote, unlabelled, { audience: strictest(remote.audience, remote.unmarked), closed }))
  }
  return {
    added: parts.reduce((sum, { added }) => sum + added, 0),
    known: parts.reduce((sum, { known }) => sum + known, 0),
    refused: [...refused, ...parts.flatMap((part) => part.refused)],
    there: parts.flatMap(({ there }) => there),
  }
}

function parted<T>(all: readonly T[], is: (one: T) => boolean): [T[], T[]] {
  return [all.filter(is), all.filter((one) => !is(one))]
}

function isLabelled({ object }: Incoming): boolean {
  return markingsOf(object).some(isTlpMarking)
}

type Rules = Required<Pick<Destination, 'audience' | 'closed'>>

async function storePart(app: App, tx: Tx, remote: Remote, incoming: readonly Incoming[], rules: Rules): Promise<Taken> {
  if (incoming.length === 0) return { added: 0, known: 0, refused: [], there: [] }
  const to: Destination = { collection: remote.collection_id, operator: remote.operator_id, contributor: null, by: undefined, reads: true, ...rules }
  const stored = await storeObjects(app, tx, to, incoming)
  const refused = stored.flatMap((result, n) => (result.outcome === 'refused' ? [refusal(incoming[n]!.object, result.message)] : []))
  const there = stored.flatMap((result, n) =>
    result.outcome === 'refused' ? [] : [{ id: incoming[n]!.object.id, version: result.version, brought: result.outcome === 'added' }],
  )
  const added = stored.filter(({ outcome }) => outcome === 'added').length
  return { added, known: stored.length - added - refused.length, refused, there }
}
