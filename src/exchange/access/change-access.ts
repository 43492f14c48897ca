import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import { requireTwoOfficers } from '#platform/auth/holds-role.ts'
import { membershipOfficers } from '#platform/auth/people-store.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { OrganisationId } from '#platform/ids.ts'
import { notify } from '#platform/notices/notify.ts'
import { accessChangeState, NO_RIGHT, PROPOSAL_DAYS, widensRight } from '#exchange/access/access-change.ts'
import {
  accessChangeRow,
  closeWaitingChanges,
  findSubject,
  insertAccessChange,
  lockAccessChange,
  setAccessChangeClosed,
  setAccessChangeDone,
  type AccessChangeId,
  type AccessWish,
  type NamingWish,
  type StoredAccessChange,
} from '#exchange/access/change-store.ts'
import type { AccessChange } from '#exchange/access/contract.ts'
import { showAccessChange } from '#exchange/access/show-access-change.ts'
import { collectionRightRow, dateRight, findRight, lockCollection, lockWithUnions, setRight } from '#exchange/collections/store.ts'
import { joinGroup, leaveGroup } from '#exchange/groups/join-group.ts'
import { isGroupMember, lockGroup } from '#exchange/groups/store.ts'
import { carryOutNaming, leadsElsewhere } from '#exchange/access/naming.ts'
import { isActiveMember } from '#exchange/access/active-member.ts'

type View = z.input<typeof AccessChange>
const DAY_MS = 86_400_000

/**
 * Changes what an organisation may do in a collection, whether it belongs to a sharing group, or what leads people and programs to one of them. What narrows is done at once; what
 * widens waits for a second membership officer, and nothing changes until then. Whatever else waits about the same is closed. Throws NOT_FOUND for
 * a collection or group that is not the operator's and for who is no member, and CONFLICT for what holds already, a closed group, or a right to write
 * in a collection that nobody writes to.
 */
export async function changeAccess(app: App, actor: OperatorActor, organisation: OrganisationId | null, wish: AccessWish): Promise<View> {
  return app.db.transaction(actor, async (tx) => {
    const at = app.clock.now()
    const needsSecond = await widens(tx, actor, organisation, wish, at)
    const id = app.ids.next<'access-change'>() as AccessChangeId
    const expiresAt = new Date(at.getTime() + PROPOSAL_DAYS * DAY_MS)
    const closed = await closeWaitingChanges(tx, { organisation, wish }, actor.person, at)
    await insertAccessChange(tx, { id, operator: actor.operator, organisation, wish, needsSecond, by: actor.person, at, expiresAt })
    const binds = [...closed, id].map((one) => accessChangeRow({ id: one }))
    const change = (await lockAccessChange(tx, actor.operator, id))!
    if (needsSecond) {
      app.audit.record(tx, { action: 'access.change-proposed', subject: subjectOf(change), binds })
      const others = (await membershipOfficers(tx, actor.operator)).filter((officer) => officer !== actor.person)
      if (organisation === null) await notify(app, tx, others, 'access.name-proposed', { name: change.collection_title ?? change.group_title! })
      else await notify(app, tx, others, 'access.change-proposed', { organisation, name: change.organisation_name! })
    } else {
      const carried = await carryOut(app, tx, change)
      app.audit.record(tx, { action: 'access.changed', subject: subjectOf(change), binds: [...binds, ...carried] })
    }
    return showAccessChange(change, at)
  })
}

/**
 * The second officer agrees: from now on it holds. Throws NOT_FOUND, SECOND_PERSON_NEEDED for who proposed it, FORBIDDEN for who
 * is no officer any more, and CONFLICT when it does not wait any more, fits no longer, or who proposed it is no officer any more.
 */
export async function approveAccess(app: App, actor: OperatorActor, id: AccessChangeId): Promise<View> {
  return app.db.transaction(actor, async (tx) => {
    const subject = await findSubject(tx, actor.operator, id)
    // First what it is about, as changeAccess does, so that the two never wait for each other.
    if (subject?.collection_id) await lockWithUnions(tx, actor.operator, subject.collection_id)
    if (subject?.group_id) await lockGroup(tx, actor.operator, subject.group_id)
    const change = await lockWaiting(app, tx, actor, id)
    const otherwise = 'Who proposed this change is no membership officer any more; propose it anew.'
    await requireTwoOfficers(tx, { proposer: change.proposed_by, approver: actor.person, otherwise })
    const at = app.clock.now()
    await widens(tx, actor, change.organisation_id, wishOf(change), at)
    await setAccessChangeDone(tx, id, actor.person, at)
    const carried = await carryOut(app, tx, change)
    app.audit.record(tx, { action: 'access.changed', subject: subjectOf(change), binds: [accessChangeRow({ id }), ...carried] })
    return showAccessChange((await lockAccessChange(tx, actor.operator, id))!, at)
  })
}

/** Refuses or takes back a change that waits; nothing changed by it. Throws NOT_FOUND, and CONFLICT once it does not wait any more. */
export async function closeAccess(app: App, actor: OperatorActor, id: AccessChangeId): Promise<void> {
  await app.db.transaction(actor, async (tx) => {
    const change = await lockWaiting(app, tx, actor, id)
    await setAccessChangeClosed(tx, id, actor.person, app.clock.now())
    app.audit.record(tx, { action: 'access.change-closed', subject: subjectOf(change), binds: [accessChangeRow({ id })] })
  })
}

/** Whom a change is about; where it is about a name, what has it. */
function subjectOf({ organisation_id: organisation, collection_id: collection, group_id: group }: StoredAccessChange): string {
  return organisation ?? collection ?? group!
}

async function lockWaiting(app: App, tx: Tx, actor: OperatorActor, id: AccessChangeId): Promise<StoredAccessChange> {
  const change = await lockAccessChange(tx, actor.operator, id)
  if (!change) throw new Problem('NOT_FOUND')
  if (accessChangeState(change, app.clock.now()) !== 'waits') throw new Problem('CONFLICT', 'This change does not wait any more.')
  return change
}

/** Whether the change lets the organisation do more than now, or what was shared by a name go elsewhere. Throws where it does not fit what is. */
async function widens(tx: Tx, { operator }: OperatorActor, organisation: OrganisationId | null, wish: AccessWish, now: Date): Promise<boolean> {
  if ('alias' in wish || 'title' in wish || organisation === null) return leadsElsewhere(tx, operator, wish as NamingWish)
  const isWide = 'collection' in wish ? await widensCollection(tx, operator, organisation, wish) : await widensGroup(tx, operator, organisation, wish)
  if (isWide && !(await isActiveMember(tx, operator, organisation, now))) throw new Problem('NOT_FOUND', 'This organisation is no member of yours at present.')
  return isWide
}

async function widensCollection(
  tx: Tx,
  operator: OperatorActor['operator'],
  organisation: OrganisationId,
  wish: Extract<AccessWish, { readonly canRead: boolean }>,
): Promise<boolean> {
  await lockWithUnions(tx, operator, wish.collection)
  const collection = await lockCollection(tx, operator, wish.collection)
  if (!collection) throw new Problem('NOT_FOUND')
  const before = (await findRight(tx, wish.collection, organisation)) ?? NO_RIGHT
  if (before.canRead === wish.canRead && before.canWrite === wish.canWrite) throw new Problem('CONFLICT', 'The organisation holds that already.')
  if (wish.canWrite && (collection.aggregates !== null || collection.purpose !== null))
    throw new Problem('CONFLICT', 'Members write nothing to this collection: the program fills it.')
  return widensRight(before, wish)
}

async function widensGroup(
  tx: Tx,
  operator: OperatorActor['operator'],
  organisation: OrganisationId,
  wish: Extract<AccessWish, { readonly isMember: boolean }>,
): Promise<boolean> {
  const group = await lockGroup(tx, operator, wish.group)
  if (!group) throw new Problem('NOT_FOUND')
  if (group.closed_at) throw new Problem('CONFLICT', 'This group is closed.')
  if ((await isGroupMember(tx, wish.group, organisation)) === wish.isMember)
    throw new Problem('CONFLICT', wish.isMember ? 'The organisation belongs to this group already.' : 'The organisation does not belong to this group.')
  return wish.isMember
}

function wishOf(change: StoredAccessChange): AccessWish {
  if (change.alias !== null) return { collection: change.collection_id!, alias: change.alias }
  if (change.title !== null) return { group: change.group_id!, title: change.title, description: change.description! }
  if (change.collection_id !== null) return { collection: change.collection_id, canRead: change.can_read!, canWrite: change.can_write! }
  return { group: change.group_id!, isMember: change.is_member! }
}

async function carryOut(app: App, tx: Tx, change: StoredAccessChange) {
  const wish = wishOf(change)
  if ('alias' in wish || 'title' in wish) return carryOutNaming(app, tx, change.operator_id, wish)
  const { operator_id: operator } = change
  const organisation = change.organisation_id!
  if ('group' in wish)
    return wish.isMember
      ? joinGroup(app, tx, { operator, group: wish.group, organisation })
      : leaveGroup(app, tx, { operator, group: wish.group, organisation })
  const isNew = wish.canRead && !(await findRight(tx, wish.collection, organisation))?.canRead
  const since = isNew ? await dateRight(tx, operator, wish.collection) : undefined
  await setRight(tx, { collection: wish.collection, operator, organisation, canRead: wish.canRead, canWrite: wish.canWrite, ...(since && { since }) })
  return [collectionRightRow({ collection_id: wish.collection, organisation_id: organisation })]
}
