import { randomUUID } from 'node:crypto'
import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor, PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { CollectionText, CollectionView, CreateCollection } from '#exchange/collections/contract.ts'
import {
  aliasRow,
  collectionRow,
  findAliasOwner,
  insertCollection,
  isAliasTaken,
  keepAliasOwner,
  listAllCollections,
  lockCollection,
  setCollectionText,
  type CollectionId,
} from '#exchange/collections/store.ts'

type View = z.input<typeof CollectionView>

/**
 * Makes a collection in which nobody holds a right yet. Throws VALIDATION_FAILED for an aggregate of what is no collection of the
 * operator's, or is an aggregate itself: a union never widens who reads what.
 */
export async function createCollection(app: App, actor: OperatorActor, wish: z.output<typeof CreateCollection>): Promise<View> {
  return app.db.transaction(actor, async (tx) => {
    await requirePlain(tx, actor, wish.aggregates ?? [])
    // TAXII 2.1, section 5.2: a collection's id is a UUIDv4.
    const id = randomUUID() as string as CollectionId
    const { title, description, alias, aggregates } = wish
    await requireFree(tx, actor, alias)
    await insertCollection(tx, { id, operator: actor.operator, title, description, alias, at: app.clock.now(), ...(aggregates && { aggregates }) })
    const named = await keepAlias(app, tx, actor, id, alias)
    app.audit.record(tx, { action: 'collection.created', subject: id, binds: [collectionRow({ id }), ...named] })
    return show(tx, actor, id)
  })
}

/** Changes what a collection is called and said to hold. Throws NOT_FOUND, and VALIDATION_FAILED for an alias that is or was another's. */
export async function describeCollection(app: App, actor: OperatorActor, id: CollectionId, text: z.output<typeof CollectionText>): Promise<View> {
  return app.db.transaction(actor, async (tx) => {
    if (!(await lockCollection(tx, actor.operator, id))) throw new Problem('NOT_FOUND')
    await requireFree(tx, actor, text.alias, id)
    await setCollectionText(tx, id, text)
    const named = await keepAlias(app, tx, actor, id, text.alias)
    app.audit.record(tx, { action: 'collection.described', subject: id, binds: [collectionRow({ id }), ...named] })
    return show(tx, actor, id)
  })
}

/** Every collection that the reader may read or write; of what a union is made of, those that it may read. */
export async function showCollections(tx: Tx, reader: PersonActor): Promise<View[]> {
  const rows = await listAllCollections(tx, reader.kind === 'contact' ? reader.organisation : undefined)
  const own = new Set(rows.flatMap(({ id, can_read: reads }) => (reads ? id : [])))
  return rows.map((row) => ({
    id: row.id,
    title: row.title,
    description: row.description,
    alias: row.alias,
    operator: { id: row.operator_id, name: row.operator_name },
    canRead: row.can_read,
    canWrite: row.can_write,
    taxii: `/taxii2/${row.operator_id}/collections/${row.id}/`,
    purpose: row.purpose,
    aggregates: row.aggregates?.filter((id) => own.has(id)) ?? null,
    createdAt: row.created_at,
  }))
}

/** Programs follow an alias wherever it leads: one that was another's is moved by two officers (`access/naming.ts`), never by one in two steps. */
async function requireFree(tx: Tx, { operator }: OperatorActor, alias: string | null, own?: CollectionId): Promise<void> {
  if (alias === null) return
  if (await isAliasTaken(tx, operator, alias, own)) throw refusedAlias('an alias that no other collection of yours has')
  const owner = await findAliasOwner(tx, operator, alias)
  if (owner !== undefined && owner !== own) throw refusedAlias('an alias that no other collection of yours had before: to move that one takes two officers')
}

function refusedAlias(message: string): Problem {
  return new Problem('VALIDATION_FAILED', undefined, { fields: [{ field: '/body/alias', message }] })
}

/** An alias that is given belongs to the collection from now on; gives the row that says so. */
async function keepAlias(app: App, tx: Tx, { operator }: OperatorActor, collection: CollectionId, alias: string | null) {
  if (alias === null) return []
  await keepAliasOwner(tx, { operator, collection, alias, at: app.clock.now() })
  return [aliasRow({ operator_id: operator, alias })]
}

async function requirePlain(tx: Tx, actor: OperatorActor, ids: readonly CollectionId[]): Promise<void> {
  // Whoever locks several does so in the order of their ids.
  const found = new Map<CollectionId, boolean>()
  for (const id of ids.toSorted()) found.set(id, (await lockCollection(tx, actor.operator, id))?.aggregates === null)
  for (const [n, id] of ids.entries()) {
    if (ids.indexOf(id) === n && found.get(id)) continue
    const message = 'a collection of yours that is no aggregate, named once'
    throw new Problem('VALIDATION_FAILED', undefined, { fields: [{ field: `/body/aggregates/${n}`, message }] })
  }
}

async function show(tx: Tx, reader: OperatorActor, id: CollectionId): Promise<View> {
  return (await showCollections(tx, reader)).find((one) => one.id === id)!
}
