import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { ContactActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { readEvidence } from '#program/embargo/read-evidence.ts'
import { acknowledgeByReceipt } from '#program/packages/acknowledgements/acknowledge.ts'
import type { PackageView, Part } from '#program/packages/contract.ts'
import { openForContact, type OpenVersion } from '#program/packages/open-version.ts'
import { insertReceipt, receiptRow } from '#program/packages/receipt-store.ts'
import { partsToReceive, showPackage, unreceivedParts } from '#program/packages/show-package.ts'
import type { VersionKey } from '#program/packages/store.ts'

/**
 * Gives a contact the content of a version against a receipt of its own: receipt and leaf are committed before a word of it leaves.
 * A receipt covers the parts that were readable then; when more are by now, another is written first. Whoever has received all of
 * it is given it again. Throws NOT_FOUND for what is not open to the actor.
 */
export function receivePackage(app: App, actor: ContactActor, key: VersionKey): Promise<z.input<typeof PackageView>> {
  return app.db.transaction(actor, async (tx) => {
    const version = await openForContact(app, tx, actor, key.package, app.clock.now(), key.version)
    if (!version?.contact) throw new Problem('NOT_FOUND')
    const { contact, now } = version
    if (contact.receivedAt !== null && unreceivedParts(version).length === 0) return showPackage(app, tx, version)
    const parts = partsToReceive(version)
    await recordReceipt(app, tx, actor, version, parts)
    return showPackage(app, tx, {
      ...version,
      contact: { ...contact, receivedAt: contact.receivedAt ?? now, receivedParts: new Set([...contact.receivedParts, ...parts]) },
    })
  })
}

async function recordReceipt(app: App, tx: Tx, actor: ContactActor, { row, reader, facts, now }: OpenVersion, parts: readonly Part[]): Promise<void> {
  const { package_id: package_, version, operator_id: operator } = row
  const id = app.ids.next<'receipt'>()
  const { contentHash } = facts
  const receipt = await insertReceipt(tx, actor, { id, package: package_, version, operator, parts, file: undefined, contentHash, at: now })
  // Somebody asked twice at once: the other answer recorded it.
  if (!receipt.isNew) return
  app.audit.record(tx, {
    action: 'package.received',
    subject: package_,
    operator,
    binds: [receiptRow({ id: receipt.id })],
    details: { version, contentHash, parts: [...parts], evidence: readEvidence(reader, facts, 'existence', now) },
  })
  await acknowledgeByReceipt(app, tx, actor, { package: package_, version })
}
