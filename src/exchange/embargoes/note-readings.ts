import { sql } from 'kysely'
import type { App } from '#platform/app.ts'
import { system, type ContactActor, type PersonActor } from '#platform/auth/actor.ts'
import { pgArray } from '#platform/db/pg-array.ts'
import { binder } from '#platform/audit/audit.ts'
import type { OperatorId } from '#platform/ids.ts'

/** Something that a reader is given and that was released to it by an embargo, or not (null). */
export interface GivenRow {
  readonly collection_id: string
  readonly object_id: string
  readonly embargo_id: string | null
}

type Released = GivenRow & { readonly embargo_id: string }

const readingRow = binder('object_embargo_reading', ['operator_id', 'person_id', 'read_at'])

/** What was noted already, by this process: the table knows the rest. */
const caches = new WeakMap<App, Set<string>>()
const MOST_KEPT = 50_000

/**
 * Leaves a leaf for what an organisation reads for the first time after its embargo, before it is given away (V7): one for a request, whatever it
 * holds, and none for what somebody of the organisation has read before. Ordinary objects and the operator's own people leave nothing.
 */
export async function noteReadings(app: App, reader: PersonActor, given: readonly GivenRow[]): Promise<void> {
  if (reader.kind !== 'contact') return
  const known = cacheOf(app)
  const keyOf = (row: GivenRow) => `${reader.organisation} ${row.embargo_id} ${row.object_id}`
  const released = given.filter((row): row is Released => row.embargo_id !== null && !known.has(keyOf(row)))
  const fresh = [...new Map(released.map((row) => [keyOf(row), row])).values()]
  if (fresh.length === 0) return
  const noted = new Set((await listNoted(app, reader, fresh)).map(keyOf))
  const unread = fresh.filter((row) => !noted.has(keyOf(row)))
  if (unread.length > 0) await note(app, reader, unread)
  if (known.size + fresh.length > MOST_KEPT) known.clear()
  for (const row of fresh) known.add(keyOf(row))
}

function cacheOf(app: App): Set<string> {
  let cache = caches.get(app)
  if (!cache) caches.set(app, (cache = new Set()))
  return cache
}

const NOTED = `select r.collection_id, r.embargo_id, r.object_id from unnest($2::uuid[], $3::uuid[], $4::text[]) as n (collection_id, embargo_id, object_id)
  cross join lateral (select r.* from object_embargo_reading r where r.collection_id = n.collection_id and r.embargo_id = n.embargo_id
    and r.organisation_id = $1 and r.object_id = n.object_id offset 0) r`

async function listNoted(app: App, { organisation }: ContactActor, rows: readonly Released[]): Promise<GivenRow[]> {
  return app.db.ask<GivenRow>(system('embargoes.note-readings'), NOTED, [organisation, ...columnsOf(rows)])
}

async function note(app: App, reader: ContactActor, rows: readonly Released[]): Promise<void> {
  const at = app.clock.now()
  const [collections, embargoes, objects] = columnsOf(rows)
  await app.db.transaction(reader, async (tx) => {
    // In one order, so that two who read the same at once never wait for each other.
    const { rows: first } = await tx.asSystem((db) =>
      sql<
        Released & { operator_id: OperatorId }
      >`insert into object_embargo_reading (collection_id, embargo_id, organisation_id, object_id, operator_id, person_id, read_at)
        select n.collection_id, n.embargo_id, ${reader.organisation}::uuid, n.object_id, e.operator_id, ${reader.person}::uuid, ${at}::timestamptz
        from unnest(${collections}::uuid[], ${embargoes}::uuid[], ${objects}::text[]) as n (collection_id, embargo_id, object_id)
          join object_embargo e on e.id = n.embargo_id order by n.embargo_id, n.object_id
        on conflict do nothing returning collection_id, embargo_id, object_id, operator_id`.execute(db),
    )
    for (const of of Map.groupBy(first, ({ embargo_id: id }) => id).values()) {
      const [{ collection_id: collection, embargo_id: embargo, operator_id: operator }] = of as [(typeof of)[number]]
      const binds = of.map(({ object_id: object }) =>
        readingRow({ collection_id: collection, embargo_id: embargo, organisation_id: reader.organisation, object_id: object }),
      )
      app.audit.record(tx, { action: 'embargo.first-read', subject: reader.organisation, operator, binds, details: { embargo, objects: of.length } })
    }
  })
}

function columnsOf(rows: readonly Released[]): [string, string, string] {
  return [pgArray(rows.map((row) => row.collection_id)), pgArray(rows.map((row) => row.embargo_id)), pgArray(rows.map((row) => row.object_id))]
}
