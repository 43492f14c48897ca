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

type Query = z.output<typeof ObjectsQuery>

const Position = z.tuple([z.string()])

/** A page that a client asks for. */
export interface PageAsked extends VersionFilter {
  /** `next` for a page that ends at this position: good for this query of this reader only. */
  seal(position: string): string
}

/**
 * Reads the filters of TAXII 2.1 (section 3.4). `next` is a position, signed for the same filters, collection and reader, and
 * every page is decided on anew (T7). Throws VALIDATION_FAILED with the parameter, and BAD_CURSOR.
 */
export function readQuery(app: App, reader: PersonActor, at: { readonly collection: CollectionId; readonly resource: string }, query: Query): PageAsked {
  const list = listName(reader, at, query)
  const from = query.next === undefined ? undefined : Position.parse(openCursor(app, list, query.next))[0]
  const after = query.added_after === undefined ? undefined : instant('added_after', query.added_after)
  const specs = query['match[spec_version]']
  return {
    after: from ?? after,
    ids: query['match[id]'],
    // Everything here is STIX 2.1: whoever asks for other versions only is shown no type at all.
    types: specs && !specs.includes('2.1') ? [] : query['match[type]'],
    versions: readVersions(query['match[version]'] ?? 'last'),
    limit: Math.min(query.limit ?? MOST_OBJECTS, MOST_OBJECTS),
    seal: (position) => sealCursor(app, list, [position]),
  }
}

/** Every part of the query but the size of a page, which a client may change as it goes. */
function listName(reader: PersonActor, { collection, resource }: { collection: string; resource: string }, query: Query): string {
  const { limit: _limit, next: _next, ...filters } = query
  const digest = createHash('sha256')
    .update(JSON.stringify(Object.entries(filters).sort(([a], [b]) => (a < b ? -1 : 1))))
    .digest('base64url')
  return `taxii ${resource} ${collection} ${reader.person} ${digest}`
}

/** `all` alone; or any of `first`, `last` and instants, joined by OR. */
function readVersions(text: string): VersionChoice {
  if (text === 'all') return { all: true }
  const words = text.split(',')
  const at = words.filter((word) => word !== 'first' && word !== 'last').map((word) => instant('match[version]', word))
  return { all: false, first: words.includes('first'), last: words.includes('last'), at }
}

/** Any fraction is read (C10). */
function instant(parameter: string, text: string): string {
  const read = toMicroseconds(text)
  if (read !== undefined) return read
  throw new Problem('VALIDATION_FAILED', undefined, { fields: [{ field: `/query/${parameter}`, message: 'not an instant (RFC 3339, UTC)' }] })
}
