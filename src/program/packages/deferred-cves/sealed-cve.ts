import type { App } from '#platform/app.ts'
import { sealText, unsealText } from '#platform/crypto/seal-text.ts'
import type { DeferredCveId } from '#program/packages/deferred-cves/store.ts'

const placeOf = (id: DeferredCveId) => ({ purpose: 'deferred cve', context: [id] })

/** That a vulnerability exists is under embargo while it is. */
export const sealCve = (app: Pick<App, 'keys'>, id: DeferredCveId, cve: string): Buffer => sealText(app.keys, placeOf(id), cve)
export const openCve = (app: Pick<App, 'keys'>, id: DeferredCveId, sealed: Buffer): string => unsealText(app.keys, placeOf(id), sealed)
