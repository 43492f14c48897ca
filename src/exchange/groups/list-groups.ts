import type { z } from 'zod'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { SharingGroup } from '#exchange/groups/contract.ts'
import { markingOfGroup } from '#exchange/groups/group-marking.ts'
import { listGroupMembers, listNamedMembers, type GroupMember, type StoredGroup } from '#exchange/groups/store.ts'

type View = z.input<typeof SharingGroup>

/** Groups as the caller may see them. Members stay unknown to one another unless they agreed (promise 21): a contact reads no dates of others and no count. */
export async function showGroups(tx: Tx, reader: PersonActor, groups: readonly StoredGroup[]): Promise<View[]> {
  const ids = groups.map(({ id }) => id)
  const own = await listGroupMembers(tx, ids)
  const members =
    reader.kind === 'operator' ? own : [...own, ...(await listNamedMembers(tx, ids)).filter(({ organisation_id: id }) => id !== reader.organisation)]
  const of = Map.groupBy(members, ({ group_id: id }) => id)
  return groups.map((group) => ({
    id: group.id,
    title: group.title,
    description: group.description,
    marking: markingOfGroup(group.id),
    createdAt: group.created_at,
    closedAt: group.closed_at,
    members: (of.get(group.id) ?? []).map((member) => showMember(member, reader)).sort((a, b) => (a.name < b.name ? -1 : 1)),
  }))
}

function showMember({ organisation_id: id, organisation_name: name, joined_at: at, named }: GroupMember, reader: PersonActor): View['members'][number] {
  const isKnown = reader.kind === 'operator' || reader.organisation === id
  return { id, name, joinedAt: isKnown ? at : null, named }
}
