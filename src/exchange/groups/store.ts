import { sql } from 'kysely'
import { binder } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { Id, OperatorId, OrganisationId } from '#platform/ids.ts'

export type GroupId = Id<'sharing-group'>

export const groupRow = binder('sharing_group', ['id', 'operator_id', 'title', 'description', 'created_at', 'closed_at'])
export const groupMemberRow = binder('sharing_group_member', ['group_id', 'organisation_id', 'operator_id', 'joined_at', 'joined_position', 'named'])

export interface StoredGroup {
  readonly id: GroupId
  readonly operator_id: OperatorId
  readonly title: string
  readonly description: string
  readonly created_at: Date
  readonly closed_at: Date | null
}

/** Groups that the caller may see: an operator's people all of theirs, a contact those that its organisation belongs to. */
export async function listGroups(tx: Tx): Promise<StoredGroup[]> {
  return (await tx.db.selectFrom('sharing_group').selectAll().orderBy('title').orderBy('id').limit(1000).execute()) as StoredGroup[]
}

export async function findGroup(tx: Tx, id: GroupId): Promise<StoredGroup | undefined> {
  return (await tx.db.selectFrom('sharing_group').selectAll().where('id', '=', id).executeTakeFirst()) as StoredGroup | undefined
}

/** A group of the operator's; nobody else changes it or its members until the transaction ends. */
export async function lockGroup(tx: Tx, operator: OperatorId, id: GroupId): Promise<StoredGroup | undefined> {
  return (await tx.db.selectFrom('sharing_group').selectAll().where('id', '=', id).where('operator_id', '=', operator).forUpdate().executeTakeFirst()) as
    | StoredGroup
    | undefined
}

export async function insertGroup(tx: Tx, group: Omit<StoredGroup, 'closed_at'>): Promise<void> {
  await tx.db.insertInto('sharing_group').values(group).execute()
}

export async function setGroupClosed(tx: Tx, id: GroupId, at: Date): Promise<void> {
  await tx.db.updateTable('sharing_group').set({ closed_at: at }).where('id', '=', id).execute()
}

export async function setGroupText(tx: Tx, id: GroupId, text: { readonly title: string; readonly description: string }): Promise<void> {
  await tx.db.updateTable('sharing_group').set(text).where('id', '=', id).execute()
}

/** Whether another group of the operator's, also a closed one, is called that: people choose a group by its title. */
export async function isTitleTaken(tx: Tx, operator: OperatorId, title: string, own: GroupId): Promise<boolean> {
  await sql`select pg_advisory_xact_lock(hashtextextended('sharing group titles/' || ${operator}::text, 0))`.execute(tx.db)
  const { rows } = await sql`select from sharing_group where operator_id = ${operator} and lower(title) = lower(${title}) and id <> ${own} limit 1`.execute(
    tx.db,
  )
  return rows.length > 0
}

export async function hasMembers(tx: Tx, group: GroupId): Promise<boolean> {
  return (await sql`select from sharing_group_member where group_id = ${group} limit 1`.execute(tx.db)).rows.length > 0
}

export interface GroupMember {
  readonly group_id: GroupId
  readonly organisation_id: OrganisationId
  readonly organisation_name: string
  readonly joined_at: Date
  readonly named: boolean
}

/** Members of these groups, by name: for the operator's people. A contact sees its own organisation's row alone. */
export async function listGroupMembers(tx: Tx, groups: readonly GroupId[]): Promise<GroupMember[]> {
  if (groups.length === 0) return []
  const { rows } = await sql<GroupMember>`select m.group_id, m.organisation_id, o.name as organisation_name, m.joined_at, m.named
    from sharing_group_member m join organisation o on o.id = m.organisation_id where m.group_id = any(${groups}::uuid[])
    order by o.name, m.organisation_id`.execute(tx.db)
  return rows
}

/** Members of these groups that agreed to be named to the others: the caller has to belong to the groups. */
export async function listNamedMembers(tx: Tx, groups: readonly GroupId[]): Promise<GroupMember[]> {
  if (groups.length === 0) return []
  return tx.asSystem(async (db) => {
    const { rows } = await sql<GroupMember>`select m.group_id, m.organisation_id, o.name as organisation_name, m.joined_at, m.named
      from sharing_group_member m join organisation o on o.id = m.organisation_id where m.group_id = any(${groups}::uuid[]) and m.named
      order by o.name, m.organisation_id`.execute(db)
    return rows
  })
}

export async function isGroupMember(tx: Tx, id: GroupId, organisation: OrganisationId): Promise<boolean> {
  const row = await tx.db
    .selectFrom('sharing_group_member')
    .select('group_id')
    .where('group_id', '=', id)
    .where('organisation_id', '=', organisation)
    .executeTakeFirst()
  return row !== undefined
}

export async function insertGroupMember(
  tx: Tx,
  member: { readonly group: GroupId; readonly organisation: OrganisationId; readonly operator: OperatorId; readonly at: Date; readonly position: number },
): Promise<void> {
  await tx.db
    .insertInto('sharing_group_member')
    .values({
      group_id: member.group,
      organisation_id: member.organisation,
      operator_id: member.operator,
      joined_at: member.at,
      joined_position: member.position,
    })
    .execute()
}

export async function deleteGroupMember(tx: Tx, id: GroupId, organisation: OrganisationId): Promise<void> {
  await tx.db.deleteFrom('sharing_group_member').where('group_id', '=', id).where('organisation_id', '=', organisation).execute()
}

export async function setNamed(tx: Tx, id: GroupId, organisation: OrganisationId, named: boolean): Promise<void> {
  await tx.asSystem((db) =>
    db.updateTable('sharing_group_member').set({ named }).where('group_id', '=', id).where('organisation_id', '=', organisation).execute(),
  )
}
