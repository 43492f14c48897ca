import type { App } from '#platform/app.ts'
import type { ContactActor } from '#platform/auth/actor.ts'
import type { Tx } from '#platform/db/database.ts'
import type { OperatorId } from '#platform/ids.ts'
import type { EmbargoEnd } from '#program/embargo/ended-at.ts'
import { heldVersion, mayRead, type ContactReader, type ReadableVersion } from '#program/embargo/may-read.ts'
import type { Tier } from '#program/membership/contract.ts'
import { EVERY_PRODUCT, listAllEntitlements, listEntitlements, type EntitledContact, type Entitlement } from '#program/membership/entitlement-store.ts'
import { loadCeilings, type Ceilings } from '#program/membership/standing/jurisdiction-store.ts'
import { fixHistory, stepsOf } from '#program/membership/standing/standing.ts'
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
export async function findStandings(app: Pick<App, 'keys'>, tx: Tx, actor: Contact, now: Date, past = false): Promise<Standing[]> {
  const ceilings = await loadCeilings(tx, now)
  const entitlements = await listEntitlements(tx, actor, now, past)
  return standings(
    app,
    entitlements.map((entitlement) => ({ ...entitlement, ...actor })),
    ceilings,
    now,
  )
}

/** The same for every contact who has a clearance with one operator, with whose it is; the facts are read once for all of them. */
export async function findAllStandings(app: Pick<App, 'keys'>, tx: Tx, operator: OperatorId, now: Date): Promise<(Standing & Contact)[]> {
  return standings(app, await listAllEntitlements(tx, operator, now), await loadCeilings(tx, now), now)
}

function standings(app: Pick<App, 'keys'>, entitlements: readonly EntitledContact[], ceilings: Ceilings, now: Date): (Standing & Contact)[] {
  const tagOf = productTagger(app)
  return entitlements.flatMap((entitlement): (Standing & Contact)[] => {
    const { operator, products, tier, ends, person, organisation } = entitlement
    const actor = { person, organisation }
    const facts = factsUnder(actor, entitlement, ceilings)
    const readerOf = (version: VersionFacts) => readerUnder(facts, version)
    const reader = readerOf({ package: ANY, version: 1, covered: true, held: true })
    if (!mayRead(reader, openSince(operator, now), 'existence', now).read) return []
    const { entity, contact } = reader.jurisdiction
    const notBeforeRelease = entity?.notBefore !== 'window' || contact?.notBefore !== 'window'
    const tags = products.includes(EVERY_PRODUCT) ? undefined : products.map(tagOf)
    return [{ ...actor, operator, tier: tier as WindowTier, notBeforeRelease, steps: stepsOf(reader.history, now.getTime()), tags, ends, products, readerOf }]
  })
}

/** A contact of a member of one operator with everything that entitles, whatever is open to it. */
export interface MemberReader extends Contact {
  readonly tier: Tier
  /** Keyed digests of the products that the contact is cleared for; undefined for all of them. */
  readonly tags: readonly Buffer[] | undefined
  readonly ends: readonly EmbargoEnd[]
  readerOf(version: VersionFacts): ContactReader
}

/** Every contact of an operator's members, or one, as a reader of its packages: at `now`, or with `past` at an instant that is over. */
export async function findReaders(
  app: Pick<App, 'keys'>,
  tx: Tx,
  operator: OperatorId,
  { now, past = false, only }: { now: Date; past?: boolean; only?: Contact },
): Promise<MemberReader[]> {
  const tagOf = productTagger(app)
  const ceilings = await loadCeilings(tx, now)
  const entitlements = only
    ? (await listEntitlements(tx, only, now, past)).filter((one) => one.operator === operator).map((one) => ({ ...one, ...only }))
    : await listAllEntitlements(tx, operator, now, past)
  return entitlements.map((entitlement) => {
    const { person, organisation, products, tier, ends } = entitlement
    const facts = factsUnder({ person, organisation }, entitlement, ceilings)
    const tags = products.includes(EVERY_PRODUCT) ? undefined : products.map(tagOf)
    return { person, organisation, tier, tags, ends, readerOf: (version) => readerUnder(facts, version) }
  })
}

type Contact = Pick<ContactActor, 'person' | 'organisation'>

/** Everything of a reader but what depends on the version. */
function factsUnder(actor: Contact, entitlement: Entitlement, ceilings: Ceilings): ContactReader {
  const { operator, tier, state, since, until, reachable, agreement } = entitlement
  const ceilingOf = (policy: string | null) => ceilings.of(operator, policy)
  return {
    kind: 'contact',
    contact: {
      organisation: actor.organisation,
      active: entitlement.personActive,
      needToKnow: new Set(),
      proofOfConcept: entitlement.proofOfConcept,
      holds: new Set(),
      keyUntil: entitlement.keyUntil ?? undefined,
    },
    membership: { organisation: actor.organisation, operator, tier, state, since, until, reachable },
    agreement,
    jurisdiction: { entity: ceilingOf(entitlement.entityJurisdiction), contact: ceilingOf(entitlement.contactJurisdiction) },
    history: fixHistory({
      member: entitlement.standings.map(({ jurisdiction, ...standing }) => ({ ...standing, ceiling: ceilingOf(jurisdiction) })),
      place: entitlement.places.map(({ jurisdiction, since: from }) => ({ since: from, ceiling: ceilingOf(jurisdiction) })),
    }),
  }
}

function readerUnder(facts: ContactReader, { package: id, version, covered, held }: VersionFacts): ContactReader {
  const contact = { ...facts.contact, needToKnow: new Set(covered ? [id] : []), holds: new Set(held ? [heldVersion(id, version)] : []) }
  return { ...facts, contact }
}

const ANY = 'any' as PackageId

/** A version that every window opens at this instant, so that no standing before it counts. */
function openSince(operator: OperatorId, now: Date): ReadableVersion {
  const release = { instant: now, windows: { validate: now, advance: now, entry: now }, rule: '', calendar: null }
  return {
    package: ANY,
    version: 1,
    operator,
    state: 'scheduled',
    contentHash: 'any',
    approvedHash: 'any',
    release,
    scheduledAt: now,
    endedAt: undefined,
    validateParts: [],
  }
}
