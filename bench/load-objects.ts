import type { App } from '#platform/app.ts'
import { system } from '#platform/auth/actor.ts'
import type { OperatorId, OrganisationId } from '#platform/ids.ts'
import type { CollectionId } from '#exchange/collections/store.ts'
import { storeObjects } from '#exchange/objects/store-objects.ts'
import type { StixObject } from '#exchange/stix/check.ts'
import { indicatorText } from './stix-objects.ts'

const AT_ONCE = 1000

export interface LoadInto {
  readonly collection: CollectionId
  readonly operator: OperatorId
  readonly contributor: OrganisationId | null
}

/** Stores the generated indicators from `from` up to `to` the way everything is stored, but for the request. */
export async function loadObjects(app: App, into: LoadInto, from: number, to: number): Promise<void> {
  for (let first = from; first < to; first += AT_ONCE) {
    const texts = Array.from({ length: Math.min(AT_ONCE, to - first) }, (_, n) => indicatorText(first + n))
    const incoming = texts.map((text) => ({ object: JSON.parse(text) as StixObject, bytes: Buffer.from(text) }))
    await app.db.transaction(system('bench'), (tx) => storeObjects(app, tx, { ...into, by: undefined }, incoming))
  }
}
