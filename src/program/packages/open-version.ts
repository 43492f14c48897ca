import type { App } from '#platform/app.ts'
import type { ContactActor, OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { mayRead, opensAt, type ContactReader, type ReadableVersion, type Reader } from '#program/embargo/may-read.ts'
import { contentHash, type PackageId } from '#program/packages/content-hash.ts'
import type { PackageContent, Part } from '#program/packages/contract.ts'
import { findContactFacts } from '#program/packages/contact-reader.ts'
import { namesProduct, openContent } from '#program/packages/stored-content.ts'
import { findNewestVersion, findVersion, listVersionsFor, type StoredVersion } from '#program/packages/store.ts'
import type { LoadedVersion } from '#program/packages/version-states.ts'
import { toRelease, type ReleaseColumns } from '#program/releases/store.ts'

/** A version that somebody may know of, with what it says and what the predicate answers about its parts at one instant. */
export interface OpenVersion {
  readonly row: StoredVersion
  readonly content: PackageContent
  readonly reader: Reader
  readonly facts: ReadableVersion
  readonly now: Date
  /** Null for the operator's own people. */
  readonly contact: { readonly openedAt: Date | null; readonly receivedAt: Date | null } | null
  mayRead(part: Part): boolean
}

/** The newest version of a package of the operator's own, or the one that is named; undefined when there is none or the roles may not know of it. */
export async function openForStaff(app: App, tx: Tx, actor: OperatorActor, id: PackageId, version?: number): Promise<OpenVersion | undefined> {
  const now = app.clock.now()
  const find = () => (version === undefined ? findNewestVersion(tx, actor.operator, id) : findVersion(tx, actor.operator, { package: id, version }))
  const reader: Reader = { kind: 'operator', operator: actor.operator, roles: actor.roles }
  const row = await find()
  if (!row || !mayRead(reader, statedFacts(row), 'existence', now).read) return undefined
  const found = await openUnlessReplaced(app, tx, row, find)
  return opened({ ...found, reader, facts: factsOf(found.row, found.content), now, contact: null })
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
  const rows = await listVersionsFor(tx, actor, now, id)
  for (const row of rows.filter((each) => version === undefined || each.version === version)) {
    const open = await openRow(app, tx, actor, row, now)
    if (open) return open
  }
  return undefined
}

/** Asks the predicate twice: on what the row states, before anything is decrypted, and then on what the content itself says. */
async function openRow(app: App, tx: Tx, actor: ContactActor, row: StoredVersion, now: Date): Promise<OpenVersion | undefined> {
  const known = await findContactFacts(tx, actor, row)
  if (!known) return undefined
  const stated = known.readerOf(row, (products) => namesProduct(app, row.product_tags, products))
  if (!mayRead(stated, statedFacts(row), 'existence', now).read) return undefined
  const content = await openContent(app, tx, row)
  const reader: ContactReader = known.readerOf(row, (products) => content.products.some(({ name }) => products.includes(name)))
  const facts = factsOf(row, content)
  if (!mayRead(reader, facts, 'existence', now).read) return undefined
  const opens = opensAt(reader, facts, 'existence')
  const contact = { openedAt: opens === undefined ? null : new Date(opens), receivedAt: known.received.get(row.version) ?? null }
  return opened({ row, content, reader, facts, now, contact })
}

function opened(version: Omit<OpenVersion, 'mayRead'>): OpenVersion {
  return { ...version, mayRead: (part) => mayRead(version.reader, version.facts, part, version.now).read }
}

/** What the predicate needs, with the hash and the parts for tier validate of the content itself. */
function factsOf(row: StoredVersion, content: PackageContent): ReadableVersion {
  const hash = contentHash({ package: row.package_id, version: row.version, content })
  return { ...statedFacts(row), contentHash: hash, validateParts: content.validateParts }
}

/** The same as far as the row states it: enough for the existence of a version, and for nothing else of it. */
function statedFacts(row: StoredVersion): ReadableVersion {
  return {
    package: row.package_id,
    version: row.version,
    operator: row.operator_id,
    state: row.state,
    contentHash: row.content_hash.toString('hex'),
    approvedHash: row.approved_hash?.toString('hex'),
    release: releaseOf(row),
    validateParts: [],
  }
}

/** The release that a version is on, with its windows as they were frozen. */
export function releaseOf(row: StoredVersion) {
  return row.release_id === null ? undefined : toRelease(row as ReleaseColumns)
}
