import { sql } from 'kysely'
import { binder, type Binding } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'
import type { Acknowledged } from '#program/packages/acknowledgements/contract.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import type { VersionKey } from '#program/packages/store.ts'

export type AcknowledgementId = Id<'acknowledgement'>

export const acknowledgementRow = binder('acknowledgement', [
  'operator_id',
  'package_id',
  'version',
  'kind',
  'subject',
  'organisation_id',
  'asked_at',
  'acknowledged_by',
  'acknowledged_at',
])

export interface NewDuty extends VersionKey {
  readonly operator: OperatorId
  readonly kind: Acknowledged
  /** What a slip is about: the release that it led to; null for the other kinds. */
  readonly subject: Id<string> | null
  readonly at: Date
}

/** Opens the duty for each member that has it not yet; what a leaf has to bind. */
export async function insertDuties(tx: Tx, duty: NewDuty, members: readonly { id: AcknowledgementId; organisation: OrganisationId }[]): Promise<Binding[]> {
  if (members.length === 0) return []
  const { operator, package: package_id, version, kind, subject, at } = duty
  const values = members.map(({ id, organisation }) => ({
    id,
    operator_id: operator,
    package_id,
    version,
    kind,
    subject,
    organisation_id: organisation,
    asked_at: at,
  }))
  const rows = await tx.db
    .insertInto('acknowledgement')
    .values(values)
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .execute()
  return rows.map(({ id }) => acknowledgementRow({ id }))
}

export interface StoredDuty {
  readonly id: AcknowledgementId
  readonly operator_id: OperatorId
  readonly package_id: PackageId
  readonly version: number
  readonly kind: Acknowledged
  readonly organisation_id: OrganisationId
  readonly organisation_name: string
  readonly asked_at: Date
  readonly acknowledged_by: PersonId | null
  readonly acknowledger_name: string | null
  readonly acknowledged_at: Date | null
}

/** Who of the members was asked to acknowledge what of a package of this operator, the newest first. People of ended memberships are named too. */
export async function listDuties(tx: Tx, operator: OperatorId, id: PackageId): Promise<StoredDuty[]> {
  const { rows } = await tx.asSystem((db) =>
    sql<StoredDuty>`select k.id, k.operator_id, k.package_id, k.version, k.kind, k.organisation_id, o.name as organisation_name, k.asked_at,
        k.acknowledged_by, p.name as acknowledger_name, k.acknowledged_at
      from acknowledgement k join organisation o on o.id = k.organisation_id left join person p on p.id = k.acknowledged_by
      where k.operator_id = ${operator} and k.package_id = ${id} order by k.asked_at desc, k.version desc, k.kind, o.name, k.id`.execute(db),
  )
  return rows
}

/** A duty of the actor's organisation that nobody of it did yet. */
export interface OpenDuty {
  readonly id: AcknowledgementId
  readonly operator_id: OperatorId
  readonly package_id: PackageId
  readonly version: number
  readonly kind: Acknowledged
  readonly asked_at: Date
}

export function listOpenDuties(tx: Tx, organisation: OrganisationId, id?: PackageId): Promise<OpenDuty[]> {
  const query = tx.db
    .selectFrom('acknowledgement')
    .select(['id', 'operator_id', 'package_id', 'version', 'kind', 'asked_at'])
    .where('organisation_id', '=', organisation)
    .where('acknowledged_at', 'is', null)
    .orderBy('asked_at')
    .orderBy('id')
  return (id === undefined ? query : query.where('package_id', '=', id)).execute() as Promise<unknown> as Promise<OpenDuty[]>
}

/** Writes down who did it, where nobody had. The actor is asked before whether it may; what a leaf has to bind. */
export async function setAcknowledged(tx: Tx, ids: readonly AcknowledgementId[], by: PersonId, at: Date): Promise<Binding[]> {
  if (ids.length === 0) return []
  const { rows } = await tx.asSystem((db) =>
    sql<{ id: AcknowledgementId }>`update acknowledgement set acknowledged_by = ${by}, acknowledged_at = ${at}
      where id = any(${ids}::uuid[]) and acknowledged_at is null returning id`.execute(db),
  )
  return rows.map(({ id }) => acknowledgementRow({ id }))
}
