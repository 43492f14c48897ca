import type { PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { OperatorId } from '#platform/ids.ts'
import { listCollections, type CollectionId } from '#exchange/collections/store.ts'

/** The reader's own list of collections with its rights in each. Of a union it names those collections that the reader may read. An operator's people may read all; who may contribute in its name writes to all that people write to. */
export async function listOwn(tx: Tx, reader: PersonActor, root: OperatorId) {
  const rows = await listCollections(tx, root, reader.kind === 'contact' ? reader.organisation : undefined)
  const mayWrite = (row: (typeof rows)[number]) => (reader.kind === 'contact' ? row.can_write : reader.roles.includes('analyst') && row.aggregates === null)
  const readable = new Set(rows.flatMap(({ id, can_read: reads }) => (reads ? id : [])))
  // What the program itself publishes into it writes alone: nobody claims the ids of its objects.
  return rows.map((row) => ({
    ...row,
    can_write: row.purpose === null && mayWrite(row),
    aggregates: row.aggregates?.filter((id) => readable.has(id)) ?? null,
  }))
}

/** A collection in the reader's own list, by its id or its alias, with its rights. Throws NOT_FOUND for every other, whether or not it exists (C8). */
export async function findCollection(tx: Tx, reader: PersonActor, root: OperatorId, name: string) {
  const found = (await listOwn(tx, reader, root)).find(({ id, alias }) => id === name || alias === name)
  if (!found) throw new Problem('NOT_FOUND')
  return { ...found, id: found.id as CollectionId }
}
