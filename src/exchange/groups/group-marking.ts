import type { GroupId } from '#exchange/groups/store.ts'

/** Id of the marking definition of a sharing group: an object that names it is shared with the group's members alone. */
export function markingOfGroup(group: GroupId): string {
  return `marking-definition--${group}`
}
