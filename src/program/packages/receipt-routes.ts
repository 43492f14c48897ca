import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import { pageById } from '#platform/auth/page-by-id.ts'
import { Problem } from '#platform/errors.ts'
import { PageQuery } from '#platform/http/page.ts'
import { route, type Route } from '#platform/http/route.ts'
import { PackageParams, PackageView, ReceiptPage, ReceivePackage, type ReceiptView } from '#program/packages/contract.ts'
import { listReceipts, type StoredReceipt } from '#program/packages/receipt-store.ts'
import { receivePackage } from '#program/packages/receive-package.ts'
import { findNewestVersion } from '#program/packages/store.ts'
import { may } from '#program/policy.ts'
import { contact, staff } from '#platform/auth/staff.ts'

const tag = 'packages'

/** Who was given what. */
export function receiptRoutes(app: App): Route[] {
  return [
    // No key of a repetition: its kept answer would outlive the right to read it. Repeating it is harmless by itself.
    route({
      method: 'POST',
      url: '/api/packages/:id/receipts',
      summary: 'Gives you the content of a package version that is open to you, against a receipt.',
      tag,
      access: may.receivePackage,
      params: PackageParams,
      body: ReceivePackage,
      status: 201,
      response: PackageView,
      handle: ({ actor, params: { id }, body }) => receivePackage(app, contact(actor), { package: id, version: body.version }),
    }),
    route({
      method: 'GET',
      url: '/api/packages/:id/receipts',
      summary: 'Lists who was given the content or a file of a package, the newest first.',
      tag,
      access: may.listReceipts,
      params: PackageParams,
      query: PageQuery,
      response: ReceiptPage,
      handle: ({ actor, params: { id }, query }) => {
        const { operator } = staff(actor)
        const read = (limit: number, before: string | undefined) =>
          app.db.read(actor, async (tx) => {
            if (!(await findNewestVersion(tx, operator, id))) throw new Problem('NOT_FOUND')
            return listReceipts(tx, operator, id, limit, before)
          })
        return pageById(app, `receipts ${id}`, query, read, showReceipt)
      },
    }),
  ]
}

function showReceipt(row: StoredReceipt): z.input<typeof ReceiptView> {
  return {
    id: row.id,
    package: row.package_id,
    version: row.version,
    part: row.part,
    parts: row.parts,
    file: row.object_id && row.file_sha256 ? { object: row.object_id, sha256: row.file_sha256.toString('hex') } : null,
    organisation: { id: row.organisation_id, name: row.organisation_name },
    person: { id: row.person_id, name: row.person_name },
    contentHash: row.content_hash.toString('hex'),
    receivedAt: row.received_at,
  }
}
