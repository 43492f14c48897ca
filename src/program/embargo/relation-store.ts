import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId, PersonId } from '#platform/ids.ts'
import type { PackageId } from '#program/packages/content-hash.ts'

export type RelationId = Id<'package-relation'>
export const relationRow = binder('package_relation', [
  'operator_id',
  'kind',
  'package_id',
  'other_id',
  'reason',
  'recorded_by',
  'recorded_at',
  'assessment',
  'assessed_by',
  'assessed_at',
])

/** That two packages are one case, or that `package_id` was split off from `other_id`; texts are sealed. */
export interface StoredRelation {
  readonly id: RelationId
  readonly operator_id: OperatorId
  readonly kind: 'merge' | 'split'
  readonly package_id: PackageId
  readonly other_id: PackageId
  readonly reason: Buffer
  readonly recorded_by: PersonId
  readonly recorded_at: Date
  readonly assessment: Buffer | null
  readonly assessed_by: PersonId | null
  readonly assessed_at: Date | null
}
/** With the release instants of both, as they are scheduled now; null for none. */
interface RelationWithInstants extends StoredRelation {
  readonly instant: Date | null
  readonly other_instant: Date | null
}

export async function insertRelation(tx: Tx, relation: Omit<StoredRelation, 'assessment' | 'assessed_by' | 'assessed_at'>): Promise<void> {
  await tx.db.insertInto('package_relation').values(relation).execute()
}

const instantOf = (
  id: string,
) => sql`(select r.instant from package_version v left join release r on r.id = v.release_id and v.state in ('scheduled', 'released')
  where v.package_id = ${sql.ref(id)} order by v.version desc limit 1)`

export async function listRelations(tx: Tx, operator: OperatorId, id: PackageId): Promise<RelationWithInstants[]> {
  const { rows } = await sql<RelationWithInstants>`select p.*, ${instantOf('p.package_id')} as instant, ${instantOf('p.other_id')} as other_instant
    from package_relation p where p.operator_id = ${operator} and (p.package_id = ${id} or p.other_id = ${id}) order by p.id`.execute(tx.db)
  return rows
}

export async function findRelation(tx: Tx, operator: OperatorId, id: RelationId): Promise<StoredRelation | undefined> {
  const { rows } = await sql<StoredRelation>`select * from package_relation where operator_id = ${operator} and id = ${id} for no key update`.execute(tx.db)
  return rows[0]
}

export async function setAssessed(tx: Tx, id: RelationId, assessment: Buffer, by: PersonId, at: Date): Promise<void> {
  await tx.db.updateTable('package_relation').set({ assessment, assessed_by: by, assessed_at: at }).where('id', '=', id).execute()
}
