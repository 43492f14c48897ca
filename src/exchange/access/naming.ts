import type { App } from '#platform/app.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { OperatorId } from '#platform/ids.ts'
import type { NamingWish } from '#exchange/access/change-store.ts'
import { aliasRow, collectionRow, findAliasOwner, giveAlias, isAliasTaken, lockCollection } from '#exchange/collections/store.ts'
import { groupRow, hasMembers, isTitleTaken, lockGroup, setGroupText } from '#exchange/groups/store.ts'

/**
 * Whether a name that led somewhere would lead elsewhere: an alias to another collection than the one it was given to, or members who know a sharing
 * group by its title and text to one of another purpose. Locks what it is about. Throws NOT_FOUND, CONFLICT and VALIDATION_FAILED where it does not fit what is.
 */
export async function leadsElsewhere(tx: Tx, operator: OperatorId, wish: NamingWish): Promise<boolean> {
  if ('alias' in wish) {
    const { collection, alias } = wish
    if (!(await lockCollection(tx, operator, collection))) throw new Problem('NOT_FOUND')
    if (await isAliasTaken(tx, operator, alias, collection)) throw new Problem('CONFLICT', 'Another collection has this alias; take it off there first.')
    const owner = await findAliasOwner(tx, operator, alias)
    return owner !== undefined && owner !== collection
  }
  const group = await lockGroup(tx, operator, wish.group)
  if (!group) throw new Problem('NOT_FOUND')
  if (group.closed_at) throw new Problem('CONFLICT', 'This group is closed.')
  if (await isTitleTaken(tx, operator, wish.title, wish.group))
    throw new Problem('VALIDATION_FAILED', undefined, { fields: [{ field: '/body/title', message: 'a title that no other group of yours has or had' }] })
  return hasMembers(tx, wish.group)
}

/** Gives the name; gives the rows that hold it. */
export async function carryOutNaming(app: App, tx: Tx, operator: OperatorId, wish: NamingWish) {
  if ('alias' in wish) {
    const { collection, alias } = wish
    await giveAlias(tx, { operator, collection, alias, at: app.clock.now() })
    return [collectionRow({ id: collection }), aliasRow({ operator_id: operator, alias })]
  }
  await setGroupText(tx, wish.group, { title: wish.title, description: wish.description })
  return [groupRow({ id: wish.group })]
}
