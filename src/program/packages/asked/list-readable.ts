import type { App } from '#platform/app.ts'
import type { ContactActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { findStandings } from '#program/packages/contact-reader.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import type { Part } from '#program/packages/contract.ts'
import { knownToContact } from '#program/packages/known-version.ts'
import { findVersionsOfEach, type VersionForContact } from '#program/packages/store.ts'

/**
 * Which of these packages a contact may read a part of at the trusted instant, by any of their versions: the predicate of the embargo decides
 * on each (embargo/may-read.ts). In the transaction of the contact. What is unknown, pulled or not open is not among them.
 */
export async function listReadable(app: App, tx: Tx, actor: ContactActor, packages: readonly string[], part: Part): Promise<string[]> {
  if (packages.length === 0) return []
  const now = app.clock.now()
  const standings = await findStandings(app, tx, actor, now)
  if (standings.length === 0) return []
  const rows = await findVersionsOfEach(tx, actor, standings, now, packages as readonly PackageId[])
  const isOpen = (row: VersionForContact) => {
    try {
      return knownToContact(app, standings, row, now)?.mayRead(part) === true
    } catch {
      // What cannot be opened cannot be decided on: no.
      return false
    }
  }
  return [...new Set(rows.flatMap((row) => (isOpen(row) ? [row.package_id] : [])))]
}
