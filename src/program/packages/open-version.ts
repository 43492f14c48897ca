import type { App } from '#platform/app.ts'
import type { ContactActor, OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { endedAtOf } from '#program/embargo/ended-at.ts'
import { mayRead } from '#program/embargo/may-read.ts'
import { EVERY_PRODUCT } from '#program/membership/entitlement-store.ts'
import { findStandings, type Standing } from '#program/packages/contact-reader.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import { finderAgrees, summaryOf } from '#program/packages/content-summary.ts'
import type { PackageContent } from '#program/packages/contract.ts'
import { cveColumns } from '#program/packages/cve-tag.ts'
import { asKept, knownToContact, knownToStaff, type KnownVersion } from '#program/packages/known-version.ts'
import { openContent } from '#program/packages/stored-content.ts'
import { findNewestVersion, findVersion, findVersionsFor, type StoredVersion, type VersionForContact } from '#program/packages/store.ts'
import type { LoadedVersion } from '#program/packages/version-states.ts'

/** A version that somebody may know of, with what it says. */
export interface OpenVersion extends KnownVersion {
  readonly content: PackageContent
}

/** The newest version of a package of the operator's own, or the one that is named; undefined when there is none or the roles may not know of it. */
export async function openForStaff(app: App, tx: Tx, actor: OperatorActor, id: PackageId, version?: number): Promise<OpenVersion | undefined> {
  const now = app.clock.now()
  const find = () => (version === undefined ? findNewestVersion(tx, actor.operator, id) : findVersion(tx, actor.operator, { package: id, version }))
  const row = await find()
  if (!row || !knownToStaff(app, actor, row, now)) return undefined
  const found = await openUnlessReplaced(app, tx, row, find)
  const known = knownToStaff(app, actor, found.row, now)
  return known && { ...known, content: found.content }
}

/** Whoever edits a draft meanwhile removes the object of its earlier content: then the row names another by now. */
async function openUnlessReplaced(app: App, tx: Tx, row: StoredVersion, find: () => Promise<StoredVersion | undefined>): Promise<LoadedVersion> {
  try {
    return { row, content: await openContent(app, tx, row) }
  } catch (error) {
    const present = await find()
    if (!present || present.content_object === row.content_object) throw error
    return openUnlessReplaced(app, tx, present, find)
  }
}

/** The newest version of a package that a contact may know of at `now`, or the one that is named; undefined when there is none. */
export async function openForContact(app: App, tx: Tx, actor: ContactActor, id: PackageId, now: Date, version?: number): Promise<OpenVersion | undefined> {
  const standings = await findStandings(app, tx, actor, now)
  const rows = await findVersionsFor(tx, actor, standings, now, id)
  for (const row of rows.filter((each) => version === undefined || each.version === version)) {
    const open = await openRow(app, tx, standings, row, now)
    if (open) return open
  }
  return undefined
}

/** Asks the predicate twice: on what the row states, before anything is decrypted, and then on what the content itself says. */
async function openRow(app: App, tx: Tx, standings: readonly Standing[], row: VersionForContact, now: Date): Promise<OpenVersion | undefined> {
  const known = knownToContact(app, standings, row, now)
  const standing = standings.find(({ operator }) => operator === row.operator_id)
  if (!known || !standing) return undefined
  const content = await openContent(app, tx, row)
  const covered = standing.products.includes(EVERY_PRODUCT) || content.products.some(({ name }) => standing.products.includes(name))
  const reader = standing.readerOf({ package: row.package_id, version: row.version, covered, held: row.held })
  const stated = { validateParts: content.validateParts, finderAgrees: finderAgrees(content) }
  const facts = { ...known.facts, ...stated, endedAt: endedAtOf(cveColumns(app, content), standing.ends) }
  if (!mayRead(reader, facts, 'existence', now).read) return undefined
  return { ...known, summary: summaryOf(content), reader, facts, content, mayRead: asKept(row, (part) => mayRead(reader, facts, part, now).read) }
}
