import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import type { GroupId } from '#exchange/groups/store.ts'

export type AccessChangeId = Id<'access-change'>

export const accessChangeRow = binder('access_change', [
  'id',
  'operator_id',
  'collection_id',
  'group_id',
  'organisation_id',
  'can_read',
  'can_write',
  'is_member',
  'alias',
  'title',
  'description',
  'needs_second',
  'proposed_by',
  'proposed_at',
  'expires_at',
  'approved_by',
  'done_at',
  'closed_by',
  'closed_at',
])

/** What a change is about, and what shall hold afterwards. */
export type AccessWish =
  | { readonly collection: CollectionId; readonly canRead: boolean; readonly canWrite: boolean }
  | { readonly group: GroupId; readonly isMember: boolean }
  | NamingWish

/** What shall be called otherwise: it concerns no one organisation. */
export type NamingWish =
  | { readonly collection: CollectionId; readonly alias: string }
  | { readonly group: GroupId; readonly title: string; readonly description: string }

export interface StoredAccessChange {
  readonly id: AccessChangeId
  readonly operator_id: OperatorId
  /** Null where it is about a name. */
  readonly organisation_id: OrganisationId | null
  readonly organisation_name: string | null
  readonly collection_id: CollectionId | null
  readonly collection_title: string | null
  readonly group_id: GroupId | null
  readonly group_title: string | null
  readonly can_read: boolean | null
  readonly can_write: boolean | null
  readonly is_member: boolean | null
  readonly alias: string | null
  readonly title: string | null
  readonly description: string | null
  readonly proposed_by: PersonId
  readonly proposer_name: string
  readonly proposed_at: Date
  readonly expires_at: Date
  readonly approved_by: PersonId | null
  readonly approver_name: string | null
  readonly done_at: Date | null
  readonly closed_at: Date | null
}

const select = sql`select a.*, o.name as organisation_name, c.title as collection_title, g.title as group_title, p.name as proposer_name, q.name as approver_name
  from access_change a left join organisation o on o.id = a.organisation_id join person p on p.id = a.proposed_by left join person q on q.id = a.approved_by
    left join collection c on c.id = a.collection_id left join sharing_group g on g.id = a.group_id`
const waiting = sql`a.done_at is null and a.closed_at is null`

/** Changes of the operator that wait, the oldest first. */
export async function listWaitingChanges(tx: Tx, operator: OperatorId, now: Date): Promise<StoredAccessChange[]> {
  const { rows } = await sql<StoredAccessChange>`${select} where a.operator_id = ${operator} and ${waiting} and a.expires_at > ${now}
    order by a.id limit 200`.execute(tx.db)
  return rows
}

/** The collection or group that a change of the operator's is about. */
export async function findSubject(
  tx: Tx,
  operator: OperatorId,
  id: AccessChangeId,
): Promise<Pick<StoredAccessChange, 'collection_id' | 'group_id'> | undefined> {
  const { rows } = await sql<Pick<StoredAccessChange, 'collection_id' | 'group_id'>>`select collection_id, group_id from access_change
    where id = ${id} and operator_id = ${operator}`.execute(tx.db)
  return rows[0]
}

/** A change of the operator's; nobody else decides on it until the transaction ends. */
export async function lockAccessChange(tx: Tx, operator: OperatorId, id: AccessChangeId): Promise<StoredAccessChange | undefined> {
  await sql`select from access_change where id = ${id} and operator_id = ${operator} for no key update`.execute(tx.db)
  const { rows } = await sql<StoredAccessChange>`${select} where a.id = ${id} and a.operator_id = ${operator}`.execute(tx.db)
  return rows[0]
}

export interface NewAccessChange {
  readonly id: AccessChangeId
  readonly operator: OperatorId
  readonly organisation: OrganisationId | null
  readonly wish: AccessWish
  readonly needsSecond: boolean
  readonly by: PersonId
  readonly at: Date
  readonly expiresAt: Date
}

export async function insertAccessChange(tx: Tx, { id, operator, organisation, wish, needsSecond, by, at, expiresAt }: NewAccessChange): Promise<void> {
  await tx.db
    .insertInto('access_change')
    .values({
      id,
      operator_id: operator,
      organisation_id: organisation,
      ...columnsOf(wish),
      needs_second: needsSecond,
      proposed_by: by,
      proposed_at: at,
      expires_at: expiresAt,
      ...(needsSecond ? {} : { done_at: at }),
    })
    .execute()
}

function columnsOf(wish: AccessWish) {
  if ('alias' in wish) return { collection_id: wish.collection, alias: wish.alias }
  if ('title' in wish) return { group_id: wish.group, title: wish.title, description: wish.description }
  return 'collection' in wish
    ? { collection_id: wish.collection, can_read: wish.canRead, can_write: wish.canWrite }
    : { group_id: wish.group, is_member: wish.isMember }
}

export async function setAccessChangeDone(tx: Tx, id: AccessChangeId, by: PersonId, at: Date): Promise<void> {
  await tx.db.updateTable('access_change').set({ approved_by: by, done_at: at }).where('id', '=', id).execute()
}

/** Closes those of the same organisation, or without one, about the same thing that still wait, but for `except`; gives their ids. */
export async function closeWaitingChanges(
  tx: Tx,
  about: { readonly organisation: OrganisationId | null; readonly wish: AccessWish; readonly except?: AccessChangeId },
  by: PersonId,
  at: Date,
): Promise<AccessChangeId[]> {
  const { wish } = about
  const rows = await tx.db
    .updateTable('access_change')
    .set({ closed_by: by, closed_at: at })
    .where('organisation_id', 'is not distinct from', about.organisation)
    .where('collection' in wish ? 'collection_id' : 'group_id', '=', 'collection' in wish ? wish.collection : wish.group)
    .where('done_at', 'is', null)
    .where('closed_at', 'is', null)
    .$if(about.except !== undefined, (query) => query.where('id', '<>', about.except!))
    .returning('id')
    .execute()
  return rows.map(({ id }) => id as AccessChangeId)
}

export async function setAccessChangeClosed(tx: Tx, id: AccessChangeId, by: PersonId, at: Date): Promise<void> {
  await tx.db.updateTable('access_change').set({ closed_by: by, closed_at: at }).where('id', '=', id).execute()
}
