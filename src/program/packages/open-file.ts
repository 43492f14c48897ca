import type { Readable } from 'node:stream'
import type { App } from '#platform/app.ts'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { ObjectId } from '#platform/objects/objects.ts'
import { readEvidence } from '#program/embargo/read-evidence.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import type { Attachment, FilePart, PackageContent } from '#program/packages/contract.ts'
import { openForContact, openForStaff, type OpenVersion } from '#program/packages/open-version.ts'
import { insertReceipt, receiptRow } from '#program/packages/receipt-store.ts'

/** A file of a package; `version` is the newest that the reader may know of unless said. */
export interface WantedFile {
  readonly package: PackageId
  readonly object: ObjectId
  readonly version: number | undefined
}

interface FoundFile {
  readonly version: OpenVersion
  readonly part: FilePart
  readonly file: Attachment
}

/** Whether the actor may have the file now; nothing is given and nothing recorded. Throws NOT_FOUND when not. */
export async function askForFile(app: App, actor: PersonActor, wanted: WantedFile): Promise<void> {
  await app.db.read(actor, (tx) => findFile(app, tx, actor, wanted))
}

/**
 * Opens a file for sending. That it is given is committed before: as a leaf each time, and for a contact as a receipt the
 * first time. Throws NOT_FOUND for what the actor may not have.
 */
export async function openFile(app: App, actor: PersonActor, wanted: WantedFile): Promise<{ name: string; stream: Readable }> {
  const name = await app.db.transaction(actor, async (tx) => {
    const found = await findFile(app, tx, actor, wanted)
    await recordDelivery(app, tx, actor, found)
    return found.file.name
  })
  const { stream } = await app.db.read(actor, (tx) => app.objects.open(tx, wanted.object))
  return { name, stream }
}

async function findFile(app: App, tx: Tx, actor: PersonActor, { package: id, object, version: number }: WantedFile): Promise<FoundFile> {
  const version = actor.kind === 'contact' ? await openForContact(app, tx, actor, id, app.clock.now(), number) : await openForStaff(app, tx, actor, id, number)
  const found = version && fileOf(version.content, object)
  if (!version || !found || !version.mayRead(found.part)) throw new Problem('NOT_FOUND')
  return { version, ...found }
}

function fileOf({ attachments, proofOfConcept }: PackageContent, object: ObjectId): { part: FilePart; file: Attachment } | undefined {
  const find = (part: FilePart, files: readonly Attachment[]) => files.filter((file) => file.object === object).map((file) => ({ part, file }))
  return [...find('attachments', attachments), ...find('proof-of-concept', proofOfConcept)][0]
}

async function recordDelivery(app: App, tx: Tx, actor: PersonActor, { version, part, file }: FoundFile): Promise<void> {
  const { row, reader, facts, now } = version
  const details = { version: row.version, part, object: file.object, sha256: file.sha256 }
  if (actor.kind !== 'contact') {
    app.audit.record(tx, { action: 'package.file-downloaded', subject: row.package_id, details })
    return
  }
  const id = app.ids.next<'receipt'>()
  const { package_id: package_, version: number, operator_id: operator } = row
  const receipt = await insertReceipt(tx, actor, {
    id,
    package: package_,
    version: number,
    operator,
    parts: [part],
    file,
    contentHash: facts.contentHash,
    at: now,
  })
  app.audit.record(tx, {
    action: 'package.file-received',
    subject: row.package_id,
    operator,
    binds: [receiptRow({ id: receipt.id })],
    details: { ...details, evidence: readEvidence(reader, facts, part, now) },
  })
}
