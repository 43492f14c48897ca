import type { App } from '#platform/app.ts'
import { system, type PersonActor } from '#platform/auth/actor.ts'
import { pgArray } from '#platform/db/pg-array.ts'
import { together, type LookUp } from '#platform/db/together.ts'
import { Problem } from '#platform/errors.ts'
import { idSchema, type OperatorId, type OrganisationId } from '#platform/ids.ts'
import { ALIAS } from '#exchange/collections/contract.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { TIER } from '#exchange/objects/tier-audience.ts'
import { openUnion, type Union } from '#exchange/objects/open-union.ts'

/** One of the audiences that a reader belongs to, as far as its feed in the collection holds anything. */
export interface Audience {
  readonly id: string
  /** Positions up to this one are not the reader's, in microseconds since 1970: it joined then. */
  readonly after: number
}

/** Somebody who reads one collection, and all that the database says of it at this moment. Good for one request. */
export interface Reader {
  readonly actor: PersonActor
  readonly collection: CollectionId
  readonly audiences: readonly Audience[]
  /** Whether rows of these feeds are left out for the reader. */
  readonly excluded: boolean
  /** Whether positions of the collection may come to be reached without anything being written. */
  readonly embargoed: boolean
  /** Packages that something in these feeds hangs on: the program is asked for each request whether the reader may read them. */
  readonly packages: readonly string[]
  /** Counts changes of what the feeds showed before. */
  readonly generation: number
  /** The position that was given out last, in microseconds since 1970. */
  readonly lastAt: number
  /** The trusted instant, in microseconds since 1970. */
  readonly now: number
  /** Where the collection is a union of others: what is read of them. */
  readonly union?: Union
}

/** A collection by its id or its alias, for a member or for the operator itself. */
interface ReaderKey {
  readonly root: OperatorId
  readonly collection: string
  readonly side: OperatorId | OrganisationId
}

interface ReaderRow {
  readonly n: number
  readonly id: CollectionId
  readonly can_read: boolean
  readonly generation: number
  readonly last_at: number
  readonly groups: string | null
  /** The audience of the reader's tier, for which embargoes end, and since which position; null while its feeds do not follow it yet. */
  readonly tier: string | null
  /** The collections of which it is the union. */
  readonly aggregates: readonly CollectionId[] | null
}

const ASKED = 'unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[]) with ordinality as a (root, id, alias, side, n)'
const NAMED = `${ASKED} cross join lateral
    (select c.id, c.operator_id, c.generation, c.last_at, c.aggregates from collection c where c.operator_id = a.root and (c.id = a.id or c.alias = a.alias) offset 0) c`
/** What row-level security says of collections and rights (`collection_select`, `collection_right_select`), with the rights beside it. */
const OF_MEMBERS = `select a.n::int, c.id, c.generation, c.last_at, c.aggregates, r.can_read,
    (select string_agg(g.group_id || ' ' || g.joined_position, ',' order by g.group_id) from sharing_group_member g
      where g.organisation_id = a.side and g.operator_id = c.operator_id) as groups,
    ${TIER} as tier
  from ${NAMED} join collection_right r on r.collection_id = c.id and r.organisation_id = a.side
    join membership m on m.organisation_id = a.side and m.operator_id = c.operator_id and m.state in ('active', 'paused') and (m.until is null or current_instant() < m.until)
    left join tier_since t on t.organisation_id = a.side and t.operator_id = c.operator_id
  where r.can_read or r.can_write`
const OF_OPERATORS = `select a.n::int, c.id, c.generation, c.last_at, c.aggregates, true as can_read, null as groups, null as tier from ${NAMED} where c.operator_id = a.side`

/** What of the audiences holds anything, and what else changes only when something is written to the collection. */
interface Filled {
  readonly audiences: readonly string[]
  readonly excluded: boolean
  readonly embargoed: boolean
  readonly packages: readonly string[]
}

const FILLED = `select array(select a from unnest($2::uuid[]) a where exists (select from object_feed f where f.collection_id = $1 and f.audience = a))::text[] as audiences,
  exists (select from object_exclusion x where x.collection_id = $1 and x.organisation_id = $3) as excluded,
  exists (select from object_feed f where f.collection_id = $1 and f.embargo_id is not null) as embargoed,
  array(select distinct r.package_id from object_embargo_release r where r.collection_id = $1 and r.audience = any($2::uuid[]) and r.package_id is not null)::text[] as packages`

const Uuid = idSchema()

/**
 * What somebody may read of a collection, by its id or its alias: rights, audiences and state, anew with each
 * request, in one statement for those that come at once. Throws NOT_FOUND for a collection that is not in the reader's list, FORBIDDEN for one that it may only write.
 */
export async function openReader(
  app: App,
  actor: PersonActor,
  { root, collection }: { readonly root: OperatorId; readonly collection: string },
): Promise<Reader> {
  const now = app.clock.now().getTime() * 1000
  const side = actor.kind === 'operator' ? actor.operator : actor.organisation
  const row = await rowsOf(app)[actor.kind]({ root, collection, side })
  if (!row) throw new Problem('NOT_FOUND')
  if (!row.can_read) throw new Problem('FORBIDDEN', 'You may write to this collection, not read it.')
  if (row.aggregates) return openUnion(app, actor, { root, union: row.id, members: row.aggregates }, now)
  const audiences = [{ id: row.id as string, after: 0 }, { id: side, after: 0 }, ...audiencesIn(row.groups), ...audiencesIn(row.tier)]
  const filled = await findFilled(app, row, side, audiences)
  return {
    actor,
    collection: row.id,
    audiences: audiences.filter(({ id }) => filled.audiences.includes(id)),
    excluded: filled.excluded,
    embargoed: filled.embargoed,
    packages: filled.packages,
    generation: row.generation,
    lastAt: row.last_at,
    now,
  }
}

type Rows = Readonly<Record<PersonActor['kind'], LookUp<ReaderKey, ReaderRow>>>
const lookUps = new WeakMap<App, Rows>()

function rowsOf(app: App): Rows {
  let rows = lookUps.get(app)
  if (!rows) {
    const nameOf = ({ root, collection, side }: ReaderKey) => `${root} ${side} ${collection}`
    const by = (text: string) => together(nameOf, async (keys) => new Map((await findRows(app, text, keys)).map((row) => [nameOf(keys[row.n - 1]!), row])))
    lookUps.set(app, (rows = { contact: by(OF_MEMBERS), operator: by(OF_OPERATORS) }))
  }
  return rows
}

function findRows(app: App, text: string, keys: readonly ReaderKey[]): Promise<ReaderRow[]> {
  const ids = keys.map(({ collection }) => Uuid.safeParse(collection).data ?? null)
  const aliases = keys.map(({ collection }) => (ALIAS.test(collection) ? collection : null))
  const values = [pgArray(keys.map(({ root }) => root)), pgArray(ids), pgArray(aliases), pgArray(keys.map(({ side }) => side))]
  return app.db.ask<ReaderRow>(system('exchange.reader'), text, values)
}

const caches = new WeakMap<App, Map<string, Filled>>()
const MOST_KEPT = 2000

/** Asks only when something was written since it was asked last: until then it cannot have changed. */
async function findFilled(app: App, { id, generation, last_at: last }: ReaderRow, side: string, audiences: readonly Audience[]): Promise<Filled> {
  let kept = caches.get(app)
  if (!kept) caches.set(app, (kept = new Map<string, Filled>()))
  const key = [side, generation, last, ...audiences.map((audience) => audience.id)].join(' ')
  const known = kept.get(key)
  if (known) return known
  const [found] = await app.db.ask<Filled>(system('exchange.reader'), FILLED, [id, pgArray(audiences.map((audience) => audience.id)), side])
  if (kept.size >= MOST_KEPT) kept.clear()
  kept.set(key, found!)
  return found!
}

/** Audiences that a statement has named with the positions since which they count for the reader. */
export function audiencesIn(list: string | null): Audience[] {
  return (list?.split(',') ?? []).map((text) => {
    const [id = '', joined] = text.split(' ')
    return { id, after: Number(joined) }
  })
}
