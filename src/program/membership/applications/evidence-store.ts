import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId } from '#platform/ids.ts'
import type { ObjectId } from '#platform/objects/objects.ts'
import type { ApplicationId } from '#program/membership/applications/application.ts'
import type { CriterionId } from '#program/membership/criteria/criterion.ts'
import type { SCAN_OUTCOMES } from '#scanner/submissions/contract.ts'
import type { Exploit } from '#scanner/verdict/contract.ts'

export type EvidenceId = Id<'application-evidence'>

export const evidenceRow = binder('application_evidence', [
  'application_id',
  'operator_id',
  'criterion',
  'sealed_name',
  'object',
  'sha256',
  'size',
  'uploaded_at',
  'submitted_at',
  'outcome',
  'exploit',
  'scanned_at',
])

export interface EvidenceRow {
  readonly id: EvidenceId
  readonly application_id: ApplicationId
  readonly operator_id: OperatorId
  readonly criterion: CriterionId
  readonly sealed_name: Buffer
  readonly object: ObjectId
  readonly sha256: string
  readonly size: number
  readonly uploaded_at: Date
  readonly submitted_at: Date | null
  readonly outcome: (typeof SCAN_OUTCOMES)[number] | null
  readonly exploit: Exploit | null
  readonly scanned_at: Date | null
}

/** Evidence of an application, oldest first. */
export async function listEvidence(tx: Tx, application: ApplicationId): Promise<EvidenceRow[]> {
  const { rows } = await sql<EvidenceRow>`select * from application_evidence where application_id = ${application} order by id`.execute(tx.db)
  return rows
}

export async function insertEvidence(
  tx: Tx,
  evidence: {
    readonly id: EvidenceId
    readonly application: ApplicationId
    readonly operator: OperatorId
    readonly criterion: CriterionId
    readonly sealedName: Buffer
    readonly object: { readonly id: ObjectId; readonly sha256: string; readonly size: number }
    readonly at: Date
  },
): Promise<void> {
  const { id, application, operator, criterion, sealedName, object, at } = evidence
  await tx.db
    .insertInto('application_evidence')
    .values({
      id,
      application_id: application,
      operator_id: operator,
      criterion,
      sealed_name: sealedName,
      object: object.id,
      sha256: object.sha256,
      size: object.size,
      uploaded_at: at,
    })
    .execute()
}

export async function deleteEvidence(tx: Tx, id: EvidenceId): Promise<void> {
  await tx.db.deleteFrom('application_evidence').where('id', '=', id).where('submitted_at', 'is', null).execute()
}

/** A file whose scan can be asked for. */
export type AskedEvidence = Pick<EvidenceRow, 'id' | 'object' | 'size' | 'operator_id'>

/** What is there is handed in with the answers. Returns what was not before. */
export async function setEvidenceSubmitted(tx: Tx, application: ApplicationId, at: Date): Promise<AskedEvidence[]> {
  const { rows } = await sql<AskedEvidence>`update application_evidence set submitted_at = ${at}
    where application_id = ${application} and submitted_at is null returning id, object, size, operator_id`.execute(tx.db)
  return rows
}

export async function setScanAsked(tx: Tx, id: EvidenceId, at: Date): Promise<void> {
  await tx.db.updateTable('application_evidence').set({ scan_asked_at: at }).where('id', '=', id).execute()
}

/** The evidence of an object that waits for its scan; nobody else changes it until the transaction ends. */
export async function lockUnscanned(tx: Tx, object: string): Promise<EvidenceRow | undefined> {
  const { rows } = await sql<EvidenceRow>`select * from application_evidence where object = ${object}::uuid and outcome is null for no key update`.execute(
    tx.db,
  )
  return rows[0]
}

/** Files that were sent in and whose scan, last asked for before `limit`, has not answered; nobody else changes them until the transaction ends. */
export async function lockOverdueScans(tx: Tx, limit: Date): Promise<AskedEvidence[]> {
  const { rows } = await sql<AskedEvidence>`select id, object, size, operator_id from application_evidence
    where outcome is null and submitted_at is not null and coalesce(scan_asked_at, submitted_at) < ${limit}
    order by id limit 1000 for no key update skip locked`.execute(tx.db)
  return rows
}

export async function setScanned(tx: Tx, id: EvidenceId, scan: Pick<EvidenceRow, 'outcome' | 'exploit'> & { readonly at: Date }): Promise<void> {
  await tx.db.updateTable('application_evidence').set({ outcome: scan.outcome, exploit: scan.exploit, scanned_at: scan.at }).where('id', '=', id).execute()
}
