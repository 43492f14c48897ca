import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId, PersonId } from '#platform/ids.ts'
import type { ReaderClass } from '#exchange/embargoes/contract.ts'
import type { EmbargoId } from '#exchange/embargoes/store.ts'

export type EmbargoChangeId = Id<'object-embargo-change'>

export const changeRow = binder('object_embargo_change', [
  'operator_id',
  'embargo_id',
  'releases',
  'reason',
  'needs_second',
  'proposed_by',
  'proposed_at',
  'expires_at',
  'approved_by',
  'done_at',
  'closed_by',
  'closed_at',
])

/** Instants as a change names them: null is the moment of its approval. */
export type WishedInstants = Readonly<Partial<Record<ReaderClass, string | null>>>

export interface StoredChange {
  readonly id: EmbargoChangeId
  readonly operator_id: OperatorId
  readonly embargo_id: EmbargoId
  readonly releases: WishedInstants
  readonly reason: string
  readonly needs_second: boolean
  readonly proposed_by: PersonId
  readonly proposer_name: string
  readonly proposed_at: Date
  readonly expires_at: Date
  readonly approved_by: PersonId | null
  readonly approver_name: string | null
  readonly done_at: Date | null
  readonly closed_at: Date | null
}

const select = sql`select c.*, p.name as proposer_name, a.name as approver_name from object_embargo_change c
  join person p on p.id = c.proposed_by left join person a on a.id = c.approved_by`

/** The newest first, at most fifty of each embargo. */
export async function listChanges(tx: Tx, embargoes: readonly EmbargoId[]): Promise<Map<EmbargoId, StoredChange[]>> {
  if (embargoes.length === 0) return new Map()
  const { rows } = await sql<StoredChange>`select c.* from unnest(${[...embargoes]}::uuid[]) as e (id)
    cross join lateral (${select} where c.embargo_id = e.id order by c.id desc limit 50) c`.execute(tx.db)
  return Map.groupBy(rows, ({ embargo_id: embargo }) => embargo)
}

export async function insertChange(tx: Tx, change: Omit<StoredChange, 'proposer_name' | 'approver_name' | 'approved_by' | 'closed_at'>): Promise<void> {
  await tx.db
    .insertInto('object_embargo_change')
    .values({ ...change, releases: JSON.stringify(change.releases) })
    .execute()
}

export async function findChange(tx: Tx, operator: OperatorId, id: EmbargoChangeId): Promise<StoredChange | undefined> {
  const { rows } = await sql<StoredChange>`${select} where c.id = ${id} and c.operator_id = ${operator}`.execute(tx.db)
  return rows[0]
}

/** A change of the operator's; nobody else decides on it until the transaction ends. */
export async function lockChange(tx: Tx, operator: OperatorId, id: EmbargoChangeId): Promise<StoredChange | undefined> {
  await sql`select from object_embargo_change where id = ${id} and operator_id = ${operator} for update`.execute(tx.db)
  return findChange(tx, operator, id)
}

export async function endChange(
  tx: Tx,
  id: EmbargoChangeId,
  set: { readonly approved_by: PersonId; readonly done_at: Date } | { readonly closed_by: PersonId; readonly closed_at: Date },
): Promise<void> {
  await tx.db.updateTable('object_embargo_change').set(set).where('id', '=', id).execute()
}

/** Closes what waits for the same embargo; gives their ids. */
export async function closeWaiting(tx: Tx, embargo: EmbargoId, by: PersonId, at: Date): Promise<EmbargoChangeId[]> {
  const rows = await tx.db
    .updateTable('object_embargo_change')
    .set({ closed_by: by, closed_at: at })
    .where('embargo_id', '=', embargo)
    .where('done_at', 'is', null)
    .where('closed_at', 'is', null)
    .returning('id')
    .execute()
  return rows.map(({ id }) => id as EmbargoChangeId)
}
