import type { z } from 'zod'
import type { PersonActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import type { OperatorId } from '#platform/ids.ts'
import type { TlpLabel } from '#program/packages/contract.ts'
import { findCollection } from '#exchange/collections/find-collection.ts'
import { markingOfGroup } from '#exchange/groups/group-marking.ts'
import { listGroups } from '#exchange/groups/store.ts'
import { COMMUNITY, TLP_IDS } from '#exchange/stix/tlp.ts'
import type { Markings } from '#exchange/taxii/contract.ts'

type View = z.input<typeof Markings>

/**
 * Which markings a client is shown objects under in a collection (V12): what others contributed under the labels of the community and
 * of the sharing groups that its organisation belongs to, and what its own organisation contributed under any. Throws NOT_FOUND and FORBIDDEN as reading does.
 */
export async function listMarkings(tx: Tx, reader: PersonActor, root: OperatorId, id: string): Promise<View> {
  const collection = await findCollection(tx, reader, root, id)
  if (!collection.can_read) throw new Problem('FORBIDDEN', 'You may write to this collection, not read it.')
  const groups = (await listGroups(tx)).filter((group) => group.operator_id === root && group.closed_at === null)
  const labels = TLP_IDS.map(({ id: marking, label, words }) => ({
    id: marking,
    name: words,
    of: isShared(reader, label) ? ('all' as const) : ('own' as const),
  }))
  return { markings: [...labels, ...groups.map((group) => ({ id: markingOfGroup(group.id), name: group.title, of: 'all' as const }))] }
}

function isShared(reader: PersonActor, label: TlpLabel): boolean {
  return reader.kind === 'operator' || COMMUNITY.includes(label)
}
