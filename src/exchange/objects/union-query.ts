import { pgArray } from '#platform/db/pg-array.ts'
import { chosenRows, rangesOf, shownRows, type Statement, type VersionFilter } from '#exchange/objects/feed-query.ts'
import type { UnionReader } from '#exchange/objects/open-union.ts'
import type { UnionPlace } from '#exchange/objects/union-order.ts'
import { uuidOf } from '#exchange/objects/version-store.ts'

/** Something that stands at a place of a union: a version's row, or a removal that may bring up what stands elsewhere. */
export interface UnionEvent {
  readonly object_id: string
  readonly collection_id: string
  readonly position: number
  /** The position at which the reader is shown it. */
  readonly at: number
  readonly removed: boolean
}

type Place = (value: unknown) => string

/** $1 to $6: collections, audiences and from where on each feed and its removals are read; $7 horizon, $8 limit, $9 the reader's side, $10 the trusted instant. */
const FEEDS =
  'unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[]) as a (collection_id, audience, joined, since, lower, lower_removed)'
const IN_FEED = 'f.collection_id = a.collection_id and f.audience = a.audience and f.position > greatest(a.lower, a.joined) and f.position <= $7::bigint'
const IN_REMOVALS =
  'r.collection_id = a.collection_id and r.audience = a.audience and r.position > greatest(a.lower_removed, a.joined, a.since) and r.position <= $7::bigint'
const REMOVAL = 'r.object_id, r.collection_id, r.position, r.position as at, true as removed'

function begin(reader: UnionReader, from: UnionPlace | undefined, limit: number): { readonly values: unknown[]; readonly place: Place } {
  const feeds = reader.union.members.flatMap((member) =>
    member.audiences.map((audience) => ({ collection: member.collection, since: member.since, ...audience, ...lowerOf(from, member) })),
  )
  const values: unknown[] = [
    pgArray(feeds.map(({ collection }) => collection)),
    pgArray(feeds.map(({ id }) => id)),
    pgArray(feeds.map(({ after }) => after)),
    pgArray(feeds.map(({ since }) => since)),
    pgArray(feeds.map(({ lower }) => lower)),
    pgArray(feeds.map(({ lowerRemoved }) => lowerRemoved)),
    reader.union.horizon,
    limit,
    reader.actor.kind === 'operator' ? reader.actor.operator : reader.actor.organisation,
    reader.now,
  ]
  return { values, place: (value) => `$${values.push(value)}` }
}

/** The positions that are behind a place already. What was there before the reader's right comes at the position of that right. */
function lowerOf(from: UnionPlace | undefined, { collection, since }: { readonly collection: string; readonly since: number }) {
  if (from === undefined || from.at < since) return { lower: 0, lowerRemoved: 0 }
  const isBehind = from.removed || from.collection > collection
  const within = from.collection === collection
  const lower = isBehind ? from.at : within ? from.position : from.at === since ? 0 : from.at - 1
  // What one removal brings may have been told in part.
  const isTold = from.removed && (from.collection > collection || (within && from.n === Number.MAX_SAFE_INTEGER))
  return { lower, lowerRemoved: isTold ? from.at : from.at - 1 }
}

/** What stands after a place, in order: of each feed, or each feed and type, no more is read than asked for. */
export function eventsStatement(
  reader: UnionReader,
  filter: Pick<VersionFilter, 'ids' | 'types' | 'versions' | 'limit'>,
  from: UnionPlace | undefined,
): Statement {
  const { values, place } = begin(reader, from, filter.limit)
  const types = filter.types && `${place(pgArray([...new Set(filter.types)]))}::text[]`
  const ofType = types ? `and split_part(r.object_id, '--', 1) = any(${types})` : ''
  const event = 'f.object_id, f.collection_id, f.position, greatest(f.position, a.since) as at, false as removed'
  const [feeds, removals] = filter.ids
    ? [
        `select ${event} from ${versionsOf(filter.ids, place, 'v.collection_id, v.id', types ? ` and v.type = any(${types})` : '')}
          cross join lateral (select f.* from object_feed f where f.collection_id = v.collection_id and f.version_id = v.id offset 0) f
          join ${FEEDS} on ${IN_FEED} where ${chosenRows(filter.versions, place)} and ${shownOf(reader)}`,
        removalsOf(filter.ids, place),
      ]
    : [
        rangesOf(filter.versions, place)
          .map(
            ({ from: more, chosen }) => `select ${event} from ${FEEDS}${types ? ` cross join unnest(${types}) as t (type)` : ''}${more} cross join lateral
              (select f.object_id, f.collection_id, f.position from object_feed f where ${IN_FEED}${types ? ' and f.type = t.type' : ''} and ${chosen}
                and ${shownOf(reader)} order by f.position limit $8) f`,
          )
          .join(' union all '),
        `select ${REMOVAL} from ${FEEDS} cross join lateral (select r.object_id, r.collection_id, r.position from object_removal r where ${IN_REMOVALS} ${ofType}
          order by r.position limit $8) r`,
      ]
  const text = `select * from (${feeds} union all ${removals}) e order by at, removed, collection_id, position limit $8`
  return { text, values }
}

/** All that the reader is shown of some objects in the collections of a union; the outermost versions only, where no others are asked for. */
export function entriesOfStatement(reader: UnionReader, objects: readonly string[], isOutermost: boolean): Statement {
  const { values, place } = begin(reader, undefined, 0)
  const columns = 'v.collection_id, v.id, v.versioned, v.version_at::text as version_at, coalesce(v.shown_since, v.contributed_at) as shown_since'
  const text = `select f.organisation_id, f.object_id, f.version, f.position, f.late, f.tlp, f.block_id, f.start, f.size, f.collection_id, v.versioned, v.version_at,
      f.oldest, f.newest, v.shown_since, f.embargo_id
    from ${versionsOf(objects, place, columns, isOutermost ? ' and (v.oldest or v.newest)' : '')}
    cross join lateral (select f.* from object_feed f where f.collection_id = v.collection_id and f.version_id = v.id offset 0) f
    join ${FEEDS} on ${IN_FEED} where $8::int = 0 and ${shownOf(reader)}`
  return { text, values }
}

/** What was taken from the reader of some objects. */
export function removalsOfStatement(reader: UnionReader, objects: readonly string[]): Statement {
  const { values, place } = begin(reader, undefined, 0)
  return { text: `${removalsOf(objects, place)} where $8::int = 0 and $9::uuid is not null and $10::bigint > 0`, values }
}

/** A version that was taken from the reader. */
export interface RemovedVersion {
  readonly object_id: string
  readonly version: string
  readonly collection_id: string
  readonly position: number
}

/** What was taken from the reader from a place on, by position. */
export function removalsStatement(reader: UnionReader, from: UnionPlace | undefined, limit: number): Statement {
  const { values } = begin(reader, from, limit)
  const text = `select r.* from ${FEEDS} cross join lateral (select r.object_id, r.version, r.collection_id, r.position from object_removal r where ${IN_REMOVALS}
      order by r.position limit $8) r
    where $9::uuid is not null and $10::bigint > 0 order by r.position, r.collection_id limit $8`
  return { text, values }
}

/** Those of the versions that the reader is shown, in any of the collections. */
export function shownVersionsStatement(reader: UnionReader, versions: readonly { readonly object_id: string; readonly version: string }[]): Statement {
  const { values, place } = begin(reader, undefined, 0)
  const objects = [...new Set(versions.map(({ object_id: id }) => id))]
  const named = ` and v.version = any(${place(pgArray([...new Set(versions.map(({ version }) => version))]))}::text[])`
  const text = `select distinct f.object_id, f.version from ${versionsOf(objects, place, 'v.collection_id, v.id', named)}
    cross join lateral (select f.* from object_feed f where f.collection_id = v.collection_id and f.version_id = v.id offset 0) f
    join ${FEEDS} on ${IN_FEED} where $8::int = 0 and ${shownOf(reader)}`
  return { text, values }
}

/** Each version of the objects by its index, one object of one collection at a time: a join would walk over all of them. */
function versionsOf(objects: readonly string[], place: Place, columns: string, condition: string): string {
  return `(select m.* from ${asked(objects, place)} cross join lateral (select ${columns} from object_version v
    where v.collection_id = o.collection_id and v.object_uuid = o.uuid and v.object_id = o.id${condition} offset 0) m offset 0) v`
}

function removalsOf(objects: readonly string[], place: Place): string {
  return `select ${REMOVAL} from ${asked(objects, place)} cross join lateral (select r.* from object_removal r
    where r.collection_id = o.collection_id and r.object_id = o.id offset 0) r join ${FEEDS} on ${IN_REMOVALS}`
}

function asked(objects: readonly string[], place: Place): string {
  return `(select distinct m.collection_id, n.uuid, n.id from unnest($1::uuid[]) as m (collection_id)
    cross join unnest(${place(pgArray(objects.map(uuidOf)))}::uuid[], ${place(pgArray(objects))}::text[]) as n (uuid, id)) o`
}

function shownOf(reader: UnionReader): string {
  return shownRows(reader.actor, true, { collection: 'f.collection_id', side: '$9', now: '$10' })
}
