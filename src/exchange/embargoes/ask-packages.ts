import { sql } from 'kysely'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { listReadable } from '#program/packages/asked/contract.ts'

/** What an object under the embargo of a package says is detection: whoever may read that of the package is shown the object. */
const PART = 'guidance'

/**
 * Asks the program which of the packages the reader may read now, and lets this transaction show what hangs on these and on no others (V2):
 * row-level security shows nothing else, and nothing at all where nobody asked. An answer is good for one transaction.
 */
export async function allowPackages(app: App, tx: Tx, reader: PersonActor, packages: readonly string[]): Promise<string[]> {
  if (reader.kind !== 'contact' || packages.length === 0) return []
  const open = await listReadable(app, tx, reader, packages, PART)
  if (open.length > 0) await sql`select set_config('vedette.open_packages', ${open.join(',')}, true)`.execute(tx.db)
  return open
}

/** The same of all packages that something of what the reader may read hangs on. */
export async function askPackages(app: App, tx: Tx, reader: PersonActor): Promise<string[]> {
  if (reader.kind !== 'contact') return []
  const { rows } = await sql<{ id: string }>`select distinct package_id as id from object_embargo_release
    where package_id is not null and collection_id = any((select readable_collections())::uuid[])`.execute(tx.db)
  return allowPackages(
    app,
    tx,
    reader,
    rows.map(({ id }) => id),
  )
}
