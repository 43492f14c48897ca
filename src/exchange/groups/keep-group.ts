import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { ContactActor, OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { GroupText, SharingGroup } from '#exchange/groups/contract.ts'
import { leaveGroup } from '#exchange/groups/join-group.ts'
import { showGroups } from '#exchange/groups/list-groups.ts'
import {
  findGroup,
  groupMemberRow,
  groupRow,
  insertGroup,
  isGroupMember,
  isTitleTaken,
  listGroupMembers,
  lockGroup,
  setGroupClosed,
  setNamed,
  type GroupId,
  type StoredGroup,
} from '#exchange/groups/store.ts'

type View = z.input<typeof SharingGroup>
type Text = z.output<typeof GroupText>

/** Makes a sharing group that nobody belongs to yet: what is shared with it is seen by its author alone. Throws VALIDATION_FAILED for the title of another. */
export async function createGroup(app: App, actor: OperatorActor, text: Text): Promise<View> {
  return app.db.transaction(actor, async (tx) => {
    const id = app.ids.next<'sharing-group'>() as GroupId
    if (await isTitleTaken(tx, actor.operator, text.title, id))
      throw new Problem('VALIDATION_FAILED', undefined, { fields: [{ field: '/body/title', message: 'a title that no other group of yours has or had' }] })
    await insertGroup(tx, { id, operator_id: actor.operator, ...text, created_at: app.clock.now() })
    app.audit.record(tx, { action: 'sharing-group.created', subject: id, binds: [groupRow({ id })] })
    return show(tx, actor, id)
  })
}

/** Ends a group: from now on what was shared with it is seen by its author alone. Throws NOT_FOUND, and CONFLICT for a closed one. */
export async function closeGroup(app: App, actor: OperatorActor, id: GroupId): Promise<View> {
  return app.db.transaction(actor, async (tx) => {
    await lockOpen(tx, actor, id)
    const members = await listGroupMembers(tx, [id])
    const binds = []
    for (const { organisation_id: organisation } of members) binds.push(...(await leaveGroup(app, tx, { operator: actor.operator, group: id, organisation })))
    await setGroupClosed(tx, id, app.clock.now())
    app.audit.record(tx, { action: 'sharing-group.closed', subject: id, binds: [groupRow({ id }), ...binds] })
    return show(tx, actor, id)
  })
}

/** Lets the other members of a group read the organisation's name, or no longer. Throws NOT_FOUND for a group that it does not belong to. */
export async function chooseNamed(app: App, actor: ContactActor, id: GroupId, named: boolean): Promise<View> {
  return app.db.transaction(actor, async (tx) => {
    const group = await findGroup(tx, id)
    if (!group || !(await isGroupMember(tx, id, actor.organisation))) throw new Problem('NOT_FOUND')
    await setNamed(tx, id, actor.organisation, named)
    const binds = [groupMemberRow({ group_id: id, organisation_id: actor.organisation })]
    app.audit.record(tx, { action: 'sharing-group.naming-chosen', subject: id, operator: group.operator_id, details: { named }, binds })
    return show(tx, actor, id)
  })
}

async function lockOpen(tx: Tx, { operator }: OperatorActor, id: GroupId): Promise<StoredGroup> {
  const group = await lockGroup(tx, operator, id)
  if (!group) throw new Problem('NOT_FOUND')
  if (group.closed_at) throw new Problem('CONFLICT', 'This group is closed.')
  return group
}

async function show(tx: Tx, reader: OperatorActor | ContactActor, id: GroupId): Promise<View> {
  return (await showGroups(tx, reader, [(await findGroup(tx, id))!]))[0]!
}
