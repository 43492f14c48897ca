import type { z } from 'zod'
import type { App } from '#platform/app.ts'
import type { OperatorActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { Problem } from '#platform/errors.ts'
import { wishOf } from '#program/releases/moves/confirm-move.ts'
import type { MovePreview, MoveView } from '#program/releases/moves/contract.ts'
import { planMove } from '#program/releases/moves/plan-move.ts'
import { showMoves, showPreview } from '#program/releases/moves/show-move.ts'
import { findMove, listMoves as listStoredMoves, type MoveId, type StoredMove } from '#program/releases/moves/store.ts'

type View = z.input<typeof MoveView>

/** Moves of the operator's releases that were not withdrawn, the newest first, without their consequences. */
export function listMoves(app: App, actor: OperatorActor): Promise<View[]> {
  return app.db.read(actor, async (tx) => showMoves(app, tx, actor, await listStoredMoves(tx, actor.operator)))
}

/** One move; while it waits, with its consequences as things are now. Throws NOT_FOUND. */
export function showMove(app: App, actor: OperatorActor, id: MoveId): Promise<View> {
  return app.db.read(actor, async (tx) => {
    const move = await findMove(tx, actor.operator, id)
    if (!move || move.withdrawn_at) throw new Problem('NOT_FOUND')
    return (await showMoves(app, tx, actor, [move], await previewOf(app, tx, actor, move)))[0]!
  })
}

/** Null for one that is confirmed, or that cannot be any more. */
async function previewOf(app: App, tx: Tx, actor: OperatorActor, move: StoredMove): Promise<z.input<typeof MovePreview> | null> {
  if (move.confirmed_at) return null
  const now = app.clock.now()
  try {
    return await showPreview(tx, actor, await planMove(app, tx, actor.operator, await wishOf(tx, move, { hold: false }), now), now)
  } catch (error) {
    if (error instanceof Problem && (error.code === 'CONFLICT' || error.code === 'VALIDATION_FAILED')) return null
    throw error
  }
}
