import type { Transaction } from 'kysely'
import type { DB } from '#platform/db/types.ts'
import { openOnes } from '#exchange/stix/open.ts'
import {
  chooseLeading,
  keepOpen,
  keepStanding,
  listContributions,
  listOpen,
  listReaching,
  listToMove,
  openVersions,
  type StoredContribution,
} from '#exchange/objects/contribution-store.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { moveTo } from '#exchange/objects/version-store.ts'

/** What has just been stored. */
export interface Written {
  readonly collection: CollectionId
  readonly objects: readonly string[]
  readonly contributions: readonly string[]
  readonly versions: readonly string[]
}

/**
 * Decides anew what members see after versions were stored: the newest version of a contribution decides for all of it, so a
 * marking that is raised withdraws; what points at something that they do not see is not shown either, and what thereby
 * appears gets a new position, so that no poller has passed it (C7). Nothing moves for what members do not see. As the program itself, under the collection's lock.
 */
export async function settle(db: Transaction<DB>, written: Written, position: () => string): Promise<void> {
  const { collection } = written
  const before = await affected(db, collection, written.objects)
  const open = openOnes(before.map(standingOf), await listOpen(db, collection, outsideOf(before)))
  const [opened, closed] = [before.filter((one) => open.has(one.id) && !one.open), before.filter((one) => !open.has(one.id) && one.open)]
  const changed = [...opened, ...closed]
  if (changed.length > 0) await keepOpen(db, opened.map(idOf), closed.map(idOf), position())
  const objects = [...new Set([...written.objects, ...changed.map(({ object_id: id }) => id)])]
  const leading = await chooseLeading(db, collection, objects)
  const shown = await openVersions(db, collection, {
    contributions: changed.map(idOf),
    versions: written.versions,
    pointingAt: changed.map(({ object_id: id }) => id),
  })
  await keepStanding(db, [...new Set([...written.contributions, ...changed.map(idOf), ...shown.map(({ contribution_id: id }) => id)])])
  const took = await openOf(db, collection, objects, leading)
  const isNew = new Set(written.versions)
  const moved = (await listToMove(db, took, shown.map(idOf))).filter((id) => !isNew.has(id))
  if (moved.length > 0)
    await moveTo(
      db,
      moved.map((id) => ({ id, position: position() })),
    )
}

/** The contributions of the objects, and of what points at them where members might begin or cease to see it. */
async function affected(db: Transaction<DB>, collection: CollectionId, objects: readonly string[]): Promise<StoredContribution[]> {
  const own = await listContributions(db, collection, objects)
  const stays = (of: readonly StoredContribution[]) =>
    of.some(({ open }) => open) ? of.some(({ community, shown_with: refs }) => community && refs.length === 0) : !of.some(({ community }) => community)
  const unsure = [...Map.groupBy(own, ({ object_id: id }) => id)].flatMap(([id, of]) => (stays(of) ? [] : [id]))
  if (unsure.length === 0) return own
  const reaching = await listReaching(db, collection, unsure)
  return [...new Map([...own, ...reaching].map((one) => [one.id, one])).values()]
}

/** Contributions that have begun to lead where members see them: they are shown in another's place. */
async function openOf(db: Transaction<DB>, collection: CollectionId, objects: readonly string[], leading: ReadonlySet<string>): Promise<string[]> {
  if (leading.size === 0) return []
  return (await listContributions(db, collection, objects)).filter(({ id, open }) => open && leading.has(id)).map(idOf)
}

function standingOf({ id, object_id: object, community, shown_with: refs }: StoredContribution) {
  return { id, object, community, refs }
}

function outsideOf(contributions: readonly StoredContribution[]): string[] {
  const within = new Set(contributions.map(({ object_id: id }) => id))
  return [...new Set(contributions.flatMap(({ shown_with: refs }) => refs))].filter((ref) => !within.has(ref))
}

function idOf({ id }: { readonly id: string }): string {
  return id
}
