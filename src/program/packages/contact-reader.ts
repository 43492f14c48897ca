import type { ContactActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import { ceilingOf } from '#program/embargo/jurisdictions.ts'
import { heldVersion, type ContactReader } from '#program/embargo/may-read.ts'
import { EVERY_PRODUCT, findEntitlement, type Entitlement } from '#program/membership/entitlement-store.ts'
import { firstReceipts, type StoredVersion } from '#program/packages/store.ts'

/** A contact before a package: the facts that the predicate asks for, and what the organisation received of it. */
export interface ContactFacts {
  readonly entitlement: Entitlement
  /** First receipt by anybody of the organisation, by version. */
  readonly received: ReadonlyMap<number, Date>
  /** The reader of the predicate. `covers` says whether one of these product names is among the version's. */
  readerOf(version: StoredVersion, covers: (products: readonly string[]) => boolean): ContactReader
}

/** Reads the facts in this transaction; undefined without a membership and a clearance with the package's operator. */
export async function findContactFacts(tx: Tx, actor: ContactActor, version: StoredVersion): Promise<ContactFacts | undefined> {
  const operator = version.operator_id
  const entitlement = await findEntitlement(tx, actor, operator)
  if (!entitlement) return undefined
  const received = await firstReceipts(tx, actor.organisation, version.package_id)
  const { products, tier, state, since, until } = entitlement
  return {
    entitlement,
    received,
    readerOf: ({ package_id: id }, covers) => ({
      kind: 'contact',
      contact: {
        organisation: actor.organisation,
        active: entitlement.personActive,
        needToKnow: new Set(products.includes(EVERY_PRODUCT) || covers(products) ? [id] : []),
        proofOfConcept: entitlement.proofOfConcept,
        holds: new Set([...received.keys()].map((held) => heldVersion(id, held))),
      },
      membership: { organisation: actor.organisation, operator, tier, state, since, until },
      agreement: { accepted: entitlement.acceptedAgreement ?? undefined, current: entitlement.currentAgreement ?? undefined },
      jurisdiction: { entity: ceilingOf(entitlement.entityJurisdiction), contact: ceilingOf(entitlement.contactJurisdiction) },
    }),
  }
}
