import { sql } from 'kysely'
import type { App } from '#platform/app.ts'
import type { Binding } from '#platform/audit/audit.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId, OrganisationId } from '#platform/ids.ts'
import { gainGroup, loseGroup } from '#exchange/objects/gain-group.ts'
import { deleteGroupMember, groupMemberRow, insertGroupMember, type GroupId } from '#exchange/groups/store.ts'

export interface Membership {
  readonly operator: OperatorId
  readonly group: GroupId
  readonly organisation: OrganisationId
}

/** Makes an organisation belong to a group; what was shared with the group before comes to it at new positions (exchange design, 4.2). Gives what a leaf binds. */
export async function joinGroup(app: App, tx: Tx, { operator, group, organisation }: Membership): Promise<Binding[]> {
  const at = app.clock.now()
  const position = await lockFeeds(tx, operator)
  await insertGroupMember(tx, { group, organisation, operator, at, position })
  await gainGroup(app, tx, { operator, group, organisation })
  return [groupMemberRow({ group_id: group, organisation_id: organisation })]
}

/** Ends it: no answer from now on holds what was shared with the group. Gives what a leaf binds. */
export async function leaveGroup(app: App, tx: Tx, { operator, group, organisation }: Membership): Promise<Binding[]> {
  await lockFeeds(tx, operator)
  await loseGroup(app, tx, { operator, group, organisation })
  await deleteGroupMember(tx, group, organisation)
  return [groupMemberRow({ group_id: group, organisation_id: organisation })]
}

/**
 * Lets nobody add to any collection of the operator until the transaction ends, and gives the position that all of theirs lie at or before, and
 * none of those to come.
 */
async function lockFeeds(tx: Tx, operator: OperatorId): Promise<number> {
  return tx.asSystem(async (db) => {
    const { rows } = await sql<{ last: number }>`select last_at as last from collection where operator_id = ${operator} order by id for update`.execute(db)
    const last = rows.reduce((most, row) => Math.max(most, row.last), 0)
    await sql`update collection set last_at = ${last} where operator_id = ${operator} and last_at < ${last}`.execute(db)
    return last
  })
}
