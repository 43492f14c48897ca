import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { ContactActor } from '#platform/auth/actor.ts'
import { Problem } from '#platform/errors.ts'
import { readEvidence } from '#program/embargo/read-evidence.ts'
import { PARTS, type PackageView } from '#program/packages/contract.ts'
import { openForContact } from '#program/packages/open-version.ts'
import { insertReceipt, receiptRow } from '#program/packages/receipt-store.ts'
import { showPackage } from '#program/packages/show-package.ts'
import type { VersionKey } from '#program/packages/store.ts'

/**
 * Gives a contact the content of a version against a receipt: receipt and leaf are committed before a word of it leaves. Whoever
 * has one already is given the content again under it. Throws NOT_FOUND for what is not open to the actor.
 */
export function receivePackage(app: App, actor: ContactActor, key: VersionKey): Promise<z.input<typeof PackageView>> {
  return app.db.transaction(actor, async (tx) => {
    const now = app.clock.now()
    const version = await openForContact(app, tx, actor, key.package, now, key.version)
    if (!version?.contact) throw new Problem('NOT_FOUND')
    const { row, reader, facts, contact } = version
    const wanted = { ...key, id: app.ids.next<'receipt'>(), operator: row.operator_id, file: undefined, contentHash: facts.contentHash, at: now }
    const receipt = await insertReceipt(tx, actor, wanted)
    if (receipt.isNew) {
      app.audit.record(tx, {
        action: 'package.received',
        subject: key.package,
        operator: row.operator_id,
        binds: [receiptRow({ id: receipt.id })],
        details: {
          version: key.version,
          contentHash: facts.contentHash,
          parts: PARTS.filter((part) => version.mayRead(part)),
          evidence: readEvidence(reader, facts, 'existence', now),
        },
      })
    }
    return showPackage(app, tx, { ...version, contact: { ...contact, receivedAt: contact.receivedAt ?? now } })
  })
}
