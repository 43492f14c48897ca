import type { App } from '#platform/app.ts'
import type { ContactActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId } from '#platform/ids.ts'
import { ceilingOf } from '#program/embargo/jurisdictions.ts'
import { heldVersion, mayRead, type ContactReader, type ReadableVersion } from '#program/embargo/may-read.ts'
import { EVERY_PRODUCT, listEntitlements, type Entitlement } from '#program/membership/entitlement-store.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import { productTagger } from '#program/packages/product-tag.ts'
import type { Narrowing } from '#program/packages/store.ts'
import type { WindowTier } from '#program/releases/programme.ts'

/** Of one version: whether the contact's products are among its products, and whether the organisation received it before. */
interface VersionFacts {
  readonly package: PackageId
  readonly version: number
  readonly covered: boolean
  readonly held: boolean
}

/** What a contact is entitled to with one operator, read once for a request whatever packages there are. */
export interface Standing extends Narrowing {
  /** Names as in a content's products, or `*`. */
  readonly products: readonly string[]
  /** The reader of the predicate. */
  readerOf(version: VersionFacts): ContactReader
}

/**
 * The contact's standing with each operator, without those under which nothing can be open: what closes every package costs
 * nothing for any of them. The predicate says so itself, about a version that nothing but the contact's own facts closes.
 */
export async function findStandings(app: Pick<App, 'keys'>, tx: Tx, actor: ContactActor, now: Date): Promise<Standing[]> {
  const tagOf = productTagger(app)
  return (await listEntitlements(tx, actor)).flatMap((entitlement): Standing[] => {
    const { operator, products, tier } = entitlement
    const readerOf = (version: VersionFacts) => readerUnder(actor, entitlement, version)
    const reader = readerOf({ package: ANY, version: 1, covered: true, held: true })
    if (!mayRead(reader, openLongSince(operator), 'existence', now).read) return []
    const { entity, contact } = reader.jurisdiction
    const notBeforeRelease = entity?.notBefore !== 'window' || contact?.notBefore !== 'window'
    const tags = products.includes(EVERY_PRODUCT) ? undefined : products.map(tagOf)
    return [{ operator, tier: tier as WindowTier, notBeforeRelease, tags, products, readerOf }]
  })
}

function readerUnder(actor: ContactActor, entitlement: Entitlement, { package: id, version, covered, held }: VersionFacts): ContactReader {
  const { operator, tier, state, since, until, currentAgreement, acceptedAgreement } = entitlement
  return {
    kind: 'contact',
    contact: {
      organisation: actor.organisation,
      active: entitlement.personActive,
      needToKnow: new Set(covered ? [id] : []),
      proofOfConcept: entitlement.proofOfConcept,
      holds: new Set(held ? [heldVersion(id, version)] : []),
    },
    membership: { organisation: actor.organisation, operator, tier, state, since, until },
    agreement: { accepted: acceptedAgreement ?? undefined, current: currentAgreement ?? undefined },
    jurisdiction: { entity: ceilingOf(entitlement.entityJurisdiction), contact: ceilingOf(entitlement.contactJurisdiction) },
  }
}

const ANY = 'any' as PackageId
const LONG_SINCE = new Date(0)

/** A version that every window opened long ago. */
function openLongSince(operator: OperatorId): ReadableVersion {
  const windows = { validate: LONG_SINCE, advance: LONG_SINCE, entry: LONG_SINCE }
  const release = { instant: LONG_SINCE, windows, rule: '', calendar: null }
  return {
    package: ANY,
    version: 1,
    operator,
    state: 'scheduled',
    contentHash: 'any',
    approvedHash: 'any',
    release,
    scheduledAt: LONG_SINCE,
    validateParts: [],
  }
}
