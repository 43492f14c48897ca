import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { ContactActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'
import type { ObjectId } from '#platform/objects/objects.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import type { Part } from '#program/packages/contract.ts'
import type { VersionKey } from '#program/packages/store.ts'

export type ReceiptId = Id<'receipt'>

export const receiptRow = binder('receipt', [
  'operator_id',
  'package_id',
  'version',
  'part',
  'parts',
  'object_id',
  'file_sha256',
  'organisation_id',
  'person_id',
  'content_hash',
  'received_at',
])

export interface StoredReceipt {
  readonly id: ReceiptId
  readonly package_id: PackageId
  readonly version: number
  readonly part: 'content' | 'attachment'
  readonly parts: Part[]
  readonly object_id: ObjectId | null
  readonly file_sha256: Buffer | null
  readonly organisation_id: OrganisationId
  readonly organisation_name: string
  readonly person_id: PersonId
  readonly person_name: string
  readonly content_hash: Buffer
  readonly received_at: Date
}

export interface NewReceipt extends VersionKey {
  readonly id: ReceiptId
  readonly operator: OperatorId
  /** What it covers, in the order of `PARTS`. */
  readonly parts: readonly Part[]
  /** Undefined: the receipt is for the content. */
  readonly file: { readonly object: ObjectId; readonly sha256: string } | undefined
  readonly contentHash: string
  readonly at: Date
}

/** Writes the receipt of the actor, unless there is one of the same person for the same parts or file. Returns the id of the one that stands, and whether it is new. */
export async function insertReceipt(tx: Tx, { person, organisation }: ContactActor, receipt: NewReceipt): Promise<{ id: ReceiptId; isNew: boolean }> {
  const { id, package: package_id, version, operator, parts, file, contentHash, at } = receipt
  const part = file === undefined ? 'content' : 'attachment'
  const { numInsertedOrUpdatedRows } = await tx.db
    .insertInto('receipt')
    .values({
      id,
      operator_id: operator,
      package_id,
      version,
      part,
      parts: [...parts],
      object_id: file?.object ?? null,
      file_sha256: file ? Buffer.from(file.sha256, 'hex') : null,
      organisation_id: organisation,
      person_id: person,
      content_hash: Buffer.from(contentHash, 'hex'),
      received_at: at,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow()
  if (numInsertedOrUpdatedRows === 1n) return { id, isNew: true }
  const { rows } = await sql<{ id: ReceiptId }>`select id from receipt where person_id = ${person} and package_id = ${package_id}
    and version = ${version} and part = ${part} and object_id is not distinct from ${file?.object ?? null}::uuid and parts = ${parts}::text[]`.execute(tx.db)
  return { id: rows[0]!.id, isNew: false }
}

/** Receipts for a package of this operator, the newest first, from after `before` on. People and organisations of ended memberships are named too. */
export async function listReceipts(tx: Tx, operator: OperatorId, id: PackageId, limit: number, before: string | undefined): Promise<StoredReceipt[]> {
  const { rows } = await tx.asSystem((db) =>
    sql<StoredReceipt>`select r.id, r.package_id, r.version, r.part, r.parts, r.object_id, r.file_sha256, r.organisation_id, o.name as organisation_name,
        r.person_id, p.name as person_name, r.content_hash, r.received_at
      from receipt r join organisation o on o.id = r.organisation_id join person p on p.id = r.person_id
      where r.operator_id = ${operator} and r.package_id = ${id} and r.id < ${before ?? 'ffffffff-ffff-ffff-ffff-ffffffffffff'}::uuid
      order by r.id desc limit ${limit}`.execute(db),
  )
  return rows
}
