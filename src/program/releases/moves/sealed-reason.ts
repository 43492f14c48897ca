import type { App } from '#platform/app.ts'
import { sealText, unsealText } from '#platform/crypto/seal-text.ts'
import type { MoveId } from '#program/releases/moves/store.ts'

const placeOf = (id: MoveId) => ({ purpose: 'release move reason', context: [id] })

/** Why a release moves: it may name what is still under embargo. */
export function sealMoveReason(app: Pick<App, 'keys'>, id: MoveId, reason: string): Buffer {
  return sealText(app.keys, placeOf(id), reason)
}

export function openMoveReason(app: Pick<App, 'keys'>, id: MoveId, sealed: Buffer): string {
  return unsealText(app.keys, placeOf(id), sealed)
}
