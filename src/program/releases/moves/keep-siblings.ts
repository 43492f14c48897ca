import type { OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { requireMovedSiblingsAssessed } from '#program/embargo/relate-packages.ts'
import type { MovePlan } from '#program/releases/moves/plan-move.ts'

/** Throws PRECONDITION_FAILED for a plan by which a part would be released before what it was split off from, unless that was assessed (E23 b). */
export function keepSiblings(tx: Tx, actor: OperatorActor, { versions }: MovePlan): Promise<void> {
  const moved = versions.filter(({ row }) => row.state === 'scheduled').map(({ row, to }) => [row.package_id, to.instant] as const)
  return requireMovedSiblingsAssessed(tx, actor, new Map(moved))
}
