import { sql, type RawBuilder, type Transaction } from 'kysely'
import type { DB } from '#platform/db/types.ts'
import { pgArray } from '#platform/db/pg-array.ts'
import { byteas, COLUMNS, onlySeen, WITH_VERSION, type FoundRow } from '#exchange/search/found-rows.ts'
import { isInPlace, isShown, type Scope } from '#exchange/search/scope.ts'

type Db = Transaction<DB>
type Condition = RawBuilder<boolean>

/** What an object has to have of its own: one of the values, or all of the words, or the id; what is empty or absent is not asked for. */
export interface Needed {
  readonly anyValue?: readonly string[]
  readonly allWords?: readonly string[]
  readonly id?: string | undefined
}

/** What is looked for, ready for the database: keys are those of `value-keys.ts`, instants milliseconds since 1970. */
export interface Wanted {
  readonly needed: readonly Needed[]
  readonly types: readonly string[] | undefined
  readonly tlp: readonly string[] | undefined
  readonly revoked: boolean | undefined
  /** null: the operator. */
  readonly contributor: string | null | undefined
  readonly added: Range
  readonly modified: Range
  readonly created: Range
  readonly confidence: Range
  readonly validAt: number | undefined
}

export interface Range {
  readonly from?: number | undefined
  readonly to?: number | undefined
}

/** Where a page ended: the next goes on below. */
export type Place = readonly [position: number, collection: string]

export interface FoundPage {
  readonly rows: readonly FoundRow[]
  /** Undefined when there is nothing more. */
  readonly end: Place | undefined
}

/** So many objects that have what is needed are looked at one by one; of more, the newest are read until enough fit. */
const MOST_CANDIDATES = 5_000
/** Rows of one feed that are read at once to find those that fit: few at first, because most questions are answered by the newest. */
const WALKED_FIRST = 500
const WALKED = 5_000
const LAST_COLLECTION = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

/** How the objects come to be looked at: by what is needed that fewest have, or all of them from the newest on. */
export type Way = { readonly by: Needed; readonly word: string | undefined } | 'walk'

/** Chooses the way; it decides how long a search takes and nothing else. As the program itself. */
export async function chooseWay(db: Db, scope: Scope, needed: readonly Needed[]): Promise<Way> {
  const sizes = await Promise.all(needed.map(async (one) => ({ one, ...(await sizeOf(db, scope, one)) })))
  const [least] = sizes.sort((a, b) => a.size - b.size)
  return least && least.size <= MOST_CANDIDATES ? { by: least.one, word: least.word } : 'walk'
}

async function sizeOf(db: Db, { collections }: Scope, { anyValue = [], allWords = [], id }: Needed): Promise<{ size: number; word: string | undefined }> {
  const inScope = sql`collection_id = any(${pgArray(collections)}::uuid[])`
  const count = async (from: RawBuilder<unknown>) => {
    const { rows } = await sql<{ n: number }>`select count(*)::int as n from (select ${from} limit ${MOST_CANDIDATES + 1}) s`.execute(db)
    return rows[0]!.n
  }
  let size = id === undefined ? 0 : 1
  if (anyValue.length > 0) size += await count(sql`from object_value where ${inScope} and key = any(${byteas(anyValue)}::bytea[])`)
  if (allWords.length === 0) return { size, word: undefined }
  let best = { n: Infinity, word: '' }
  for (const word of allWords) {
    const n = await count(sql`from object_word where ${inScope} and key = ${word}::uuid`)
    if (n < best.n) best = { n, word }
    if (n === 0) break
  }
  return { size: size + best.n, word: best.word }
}

/** Which part of the objects is read. */
export interface Step {
  readonly before: Place | undefined
  readonly limit: number
  /** How often more was read for this page. */
  readonly round: number
}

/** One page of the newest versions that the reader is shown and that are wanted, from `before` on downwards. As the program itself: the scope is the wall. */
export async function findPage(db: Db, scope: Scope, way: Way, wanted: Wanted, { before, limit, round }: Step): Promise<FoundPage> {
  if (scope.collections.length === 0) return { rows: [], end: undefined }
  return way === 'walk' ? walk(db, scope, wanted, { before, limit, round }) : pick(db, scope, way, wanted, before, limit)
}

async function pick(db: Db, scope: Scope, way: Exclude<Way, 'walk'>, wanted: Wanted, before: Place | undefined, limit: number): Promise<FoundPage> {
  const found = candidates(scope, way)
  // Nothing that a version could have was asked for, such as words of a text that holds none.
  if (found.length === 0) return { rows: [], end: undefined }
  const { rows } = await sql<FoundRow>`with candidate as materialized (${sql.join(found, sql` union `)})
    select ${COLUMNS} from candidate n join object_feed f on f.collection_id = n.collection_id and f.version_id = n.version_id ${WITH_VERSION}
    where f.newest and ${isShown(scope)} and ${isBelow(before)} and ${fits(scope, wanted)}
    order by f.position desc, f.collection_id desc limit ${limit}`.execute(db)
  const last = rows.at(-1)
  return { rows: onlySeen(scope, rows), end: rows.length === limit && last ? [last.position, last.collection_id] : undefined }
}

function candidates({ collections }: Scope, { by: { anyValue = [], id }, word }: Exclude<Way, 'walk'>): RawBuilder<unknown>[] {
  const inScope = sql`collection_id = any(${pgArray(collections)}::uuid[])`
  return [
    ...(anyValue.length > 0 ? [sql`select collection_id, version_id from object_value where ${inScope} and key = any(${byteas(anyValue)}::bytea[])`] : []),
    ...(word === undefined ? [] : [sql`select collection_id, version_id from object_word where ${inScope} and key = ${word}::uuid`]),
    ...(id === undefined ? [] : [sql`select collection_id, id as version_id from object_version where ${inScope} and ${hasId(id)}`]),
  ]
}

/** Objects are indexed by the UUID in their id. */
export function hasId(id: string): Condition {
  return sql`(object_uuid = ${id.slice(-36)}::uuid and object_id = ${id})`
}

/** Feeds come in the order of their positions, each by itself: of each so many rows are read, and what lies below the highest end waits for the next page. */
async function walk(db: Db, scope: Scope, wanted: Wanted, { before, limit, round }: Step): Promise<FoundPage> {
  const own = new Set(scope.collections)
  const others = scope.audiences.filter((audience) => !own.has(audience))
  const pairs = scope.collections.flatMap((collection) => [collection, ...others].map((audience) => ({ collection, audience })))
  const shown = isInPlace(scope)
  const inFeed = sql<boolean>`f.collection_id = p.collection_id and f.audience = p.audience and f.newest and ${shown} and ${isBelow(before)}`
  const { rows } = await sql<
    FoundRow & { readonly floor: number }
  >`with p as materialized (select * from unnest(${pgArray(pairs.map((pair) => pair.collection))}::uuid[],
        ${pgArray(pairs.map((pair) => pair.audience))}::uuid[]) as p (collection_id, audience)),
      floor as materialized (${floorOf(inFeed, wanted, round === 0 ? WALKED_FIRST : WALKED)})
    select floor.at as floor, m.* from floor left join lateral (select n.* from p cross join lateral
      (select ${COLUMNS} from object_feed f ${WITH_VERSION} where ${inFeed} and f.position > floor.at and ${fits(scope, wanted)} order by f.position desc limit ${limit}) n
      order by n.position desc, n.collection_id desc limit ${limit}) m on true`.execute(db)
  const found = rows.filter(({ object_id: id }) => id !== null)
  const last = found.at(-1)
  const floor = rows[0]!.floor
  if (found.length === limit && last) return { rows: onlySeen(scope, found), end: [last.position, last.collection_id] }
  return { rows: onlySeen(scope, found), end: floor > 0 ? [floor, LAST_COLLECTION] : undefined }
}

/** Below which position rows wait for the next step; where every row fits, none do. */
function floorOf(inFeed: Condition, wanted: Wanted, walked: number): RawBuilder<unknown> {
  if (conditionsOf(true, wanted).length === 0) return sql`select 0::bigint as at`
  return sql`select coalesce(max(s.position), 0) as at from p cross join lateral
        (select f.position from object_feed f where ${inFeed} order by f.position desc offset ${walked} limit 1) s`
}

function isBelow(before: Place | undefined): Condition {
  if (before === undefined) return sql`true`
  return sql`(f.position <= ${before[0]}::bigint and (f.position, f.collection_id) < (${before[0]}::bigint, ${before[1]}::uuid))`
}

/** Whether a row is wanted. Where a fact is asked for, what was not read for its facts yet is not found. */
function fits({ reader }: Scope, wanted: Wanted): Condition {
  const conditions = conditionsOf(reader.kind === 'contact', wanted)
  return conditions.length === 0 ? sql`true` : sql`(${sql.join(conditions, sql` and `)})`
}

function conditionsOf(isMember: boolean, wanted: Wanted): Condition[] {
  const { types, tlp, revoked, contributor, validAt } = wanted
  return [
    ...wanted.needed.map(has),
    ...(types ? [sql<boolean>`f.type = any(${[...types]}::text[])`] : []),
    // Members know no other marking than the one that the object carries.
    ...(tlp ? [isMember ? sql<boolean>`x.marked = any(${[...tlp]}::text[])` : sql<boolean>`v.tlp = any(${[...tlp]}::text[])`] : []),
    ...(revoked === undefined ? [] : [sql<boolean>`v.revoked = ${revoked}`]),
    ...(contributor === undefined ? [] : [sql<boolean>`f.organisation_id is not distinct from ${contributor}::uuid`]),
    ...within('f.position', inMicroseconds(wanted.added)),
    ...within('f.version_at', inMicroseconds(wanted.modified)),
    ...within('x.created_at', wanted.created),
    ...within('x.confidence', wanted.confidence),
    ...(validAt === undefined ? [] : [sql<boolean>`(x.valid_from <= ${validAt}::bigint and (x.valid_until is null or x.valid_until > ${validAt}::bigint))`]),
  ]
}

/** To the end of the millisecond. */
function inMicroseconds({ from, to }: Range): Range {
  return { from: from === undefined ? undefined : from * 1000, to: to === undefined ? undefined : to * 1000 + 999 }
}

function within(column: string, { from, to }: Range): Condition[] {
  return [
    ...(from === undefined ? [] : [sql<boolean>`${sql.ref(column)} >= ${from}::bigint`]),
    ...(to === undefined ? [] : [sql<boolean>`${sql.ref(column)} <= ${to}::bigint`]),
  ]
}

function has({ anyValue = [], allWords = [], id }: Needed): Condition {
  const ofRow = sql`o.collection_id = f.collection_id and o.version_id = f.version_id`
  const ways = [
    ...(anyValue.length > 0 ? [sql`exists (select from object_value o where ${ofRow} and o.key = any(${byteas(anyValue)}::bytea[]))`] : []),
    ...(allWords.length > 0
      ? [
          sql`(${sql.join(
            allWords.map((word) => sql`exists (select from object_word o where ${ofRow} and o.key = ${word}::uuid)`),
            sql` and `,
          )})`,
        ]
      : []),
    ...(id === undefined ? [] : [sql`f.object_id = ${id}`]),
  ]
  return ways.length === 0 ? sql`false` : sql`(${sql.join(ways, sql` or `)})`
}
