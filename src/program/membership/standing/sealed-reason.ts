import { sealText, unsealText } from '#platform/crypto/seal-text.ts'
import type { App } from '#platform/app.ts'
import type { ChangeId } from '#program/membership/standing/change-store.ts'

type Column = 'reason' | 'evidence'
const placeOf = (id: ChangeId, column: Column) => ({ purpose: `membership change ${column}`, context: [id] })

/** Why a standing is changed, and on what evidence: it may name people and what they did. */
export function sealReason(app: Pick<App, 'keys'>, id: ChangeId, column: Column, text: string): Buffer {
  return sealText(app.keys, placeOf(id, column), text)
}

export function openReason(app: Pick<App, 'keys'>, id: ChangeId, column: Column, sealed: Buffer): string {
  return unsealText(app.keys, placeOf(id, column), sealed)
}
