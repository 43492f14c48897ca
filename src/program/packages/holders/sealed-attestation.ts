import type { App } from '#platform/app.ts'
import { sealText, unsealText } from '#platform/crypto/seal-text.ts'
import type { AttestationId } from '#program/packages/holders/store.ts'

const placeOf = (id: AttestationId) => ({ purpose: 'destruction attestation', context: [id] })

/** What a holder says to have destroyed may tell what it was. */
export const sealAttestation = (app: Pick<App, 'keys'>, id: AttestationId, text: string): Buffer => sealText(app.keys, placeOf(id), text)
export const openAttestation = (app: Pick<App, 'keys'>, id: AttestationId, sealed: Buffer): string => unsealText(app.keys, placeOf(id), sealed)
