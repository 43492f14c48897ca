import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'
import { openCursor, sealCursor } from '#platform/http/cursor.ts'
import { toMicroseconds } from '#exchange/stix/instant.ts'
import { MOST_OBJECTS, type ObjectsQuery } from '#exchange/taxii/contract.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import type { VersionChoice, VersionFilter } from '#exchange/objects/feed-query.ts'

type Query = Pick<z.output<typeof ObjectsQuery>, (typeof FILTERS)[number] | 'limit' | 'next'>

/** All that tells one list of objects from another. */
const FILTERS = ['added_after', 'match[id]', 'match[type]', 'match[version]', 'match[spec_version]'] as const

/** A position, and what else tells one place of a union from another. */
const Position = z.tuple([z.string()]).rest(z.string())

/** A list of versions: those of a collection, or of one object in it. */
interface Listed {
  readonly collection: CollectionId
  readonly resource: 'objects' | 'manifest' | 'versions'
  readonly object?: string
}

/** A page that a client asks for. */
export interface PageAsked extends VersionFilter {
  /** What `next` says beside the position. */
  readonly within: readonly string[]
  /** `next` for a page that ends at this position: good for this query of this reader only. */
  seal(position: string, ...within: string[]): string
}

/**
 * Reads the filters of TAXII 2.1 (section 3.4). `next` is a position, signed for the same filters, collection and reader, and
 * every page is decided on anew (T7). Throws BAD_CURSOR for any other.
 */
export function readQuery(app: App, reader: PersonActor, at: Listed, given: Query): PageAsked {
  // What is no filter of the resource is ignored, and was not checked.
  const query = at.object === undefined ? given : { ...given, 'match[id]': undefined, 'match[type]': undefined }
  const list = listName(reader, at, query)
  const [from, ...within] = query.next === undefined ? [undefined] : positionOf(app, list, query.next)
  const after = query.added_after === undefined ? undefined : toMicroseconds(query.added_after)
  const specs = query['match[spec_version]']
  return {
    after: from ?? after,
    ids: query['match[id]'],
    // Everything here is STIX 2.1: whoever asks for other versions only is shown no type at all.
    types: specs && !specs.includes('2.1') ? [] : query['match[type]'],
    versions: readVersions(query['match[version]'] ?? ['last']),
    limit: query.limit ?? MOST_OBJECTS,
    within,
    seal: (position, ...more) => sealCursor(app, list, [position, ...more]),
  }
}

function positionOf(app: App, list: string, next: string): [string, ...string[]] {
  try {
    return Position.parse(openCursor(app, list, next))
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const fields = [{ field: '/query/next', message: 'was given for another query, or for somebody else' }]
    throw new Problem(error.code, error.message, { fields })
  }
}

/** Every part of the query but the size of a page, which a client may change as it goes. */
function listName(reader: PersonActor, { collection, resource, object = '' }: Listed, query: Query): string {
  const digest = createHash('sha256')
    .update(JSON.stringify(FILTERS.map((name) => query[name] ?? null)))
    .digest('base64url')
  return `taxii ${resource} ${collection} ${object} ${reader.person} ${digest}`
}

/** The versions to delete: all of them unless said (C4); undefined when none is of the versions of STIX that are named. */
export function readDeleted(query: Pick<Query, 'match[version]' | 'match[spec_version]'>): VersionChoice | undefined {
  const specs = query['match[spec_version]']
  return specs && !specs.includes('2.1') ? undefined : readVersions(query['match[version]'] ?? ['all'])
}

function readVersions(words: readonly string[]): VersionChoice {
  if (words.includes('all')) return { all: true }
  return { all: false, first: words.includes('first'), last: words.includes('last'), at: words.flatMap((word) => toMicroseconds(word) ?? []) }
}
