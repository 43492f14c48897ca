import type { App } from '#platform/app.ts'
import { sealText, unsealText } from '#platform/crypto/seal-text.ts'
import type { ReleaseId } from '#program/releases/store.ts'

const placeOf = (id: ReleaseId) => ({ purpose: 'release reason', context: [id] })

/** Why a release lies outside the rule: it may name what is still under embargo. */
export function sealReason(app: Pick<App, 'keys'>, id: ReleaseId, reason: string): Buffer {
  return sealText(app.keys, placeOf(id), reason)
}

export function openReason(app: Pick<App, 'keys'>, id: ReleaseId, sealed: Buffer): string {
  return unsealText(app.keys, placeOf(id), sealed)
}
