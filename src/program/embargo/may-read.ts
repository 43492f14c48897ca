import type { OperatorRole } from '#platform/auth/actor.ts'
import type { OperatorId, OrganisationId } from '#platform/ids.ts'
import type { MEMBERSHIP_STATES, Tier } from '#program/membership/contract.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import { PARTS, type PackageState, type Part } from '#program/packages/contract.ts'
import { opensUnder, stepsOf, type StandingHistory, type Step } from '#program/membership/standing/standing.ts'
import type { Release } from '#program/releases/release.ts'

/** Name and version of the predicate: a decision is replayed under the one that made it. */
export const EMBARGO_RULE = 'may-read@4'

/** What a jurisdiction's policy leaves of a package, and from when (program.md, section 11). */
export interface JurisdictionCeiling {
  /** `duty-to-report@1`: name and version. */
  readonly policy: string
  readonly parts: readonly Part[]
  readonly notBefore: 'window' | 'release'
}
export const NO_CEILING: JurisdictionCeiling = { policy: 'unrestricted@1', parts: PARTS, notBefore: 'window' }
/** Where the law makes members report vulnerabilities to a government: the generic text, with the release. */
export const DUTY_TO_REPORT: JurisdictionCeiling = { policy: 'duty-to-report@1', parts: ['existence', 'description'], notBefore: 'release' }

/** A person of the operator's side. */
export interface OperatorReader {
  readonly kind: 'operator'
  readonly operator: OperatorId
  readonly roles: readonly OperatorRole[]
}

/**
 * A contact of a member, with every fact that entitles: what is missing or unknown is undefined, and denies.
 * The facts are those of this contact and of the one membership with the package's operator.
 */
export interface ContactReader {
  readonly kind: 'contact'
  readonly contact: {
    readonly organisation: OrganisationId
    readonly active: boolean
    /** Packages that this person needs to know; nothing by default (program.md, 2.3). */
    readonly needToKnow: ReadonlySet<PackageId>
    /** The separate right to proofs of concept (I13). */
    readonly proofOfConcept: boolean
    /** Versions that the person's organisation received before, as `heldVersion` names them. */
    readonly holds: ReadonlySet<string>
    /** When the last of the person's keys that were not revoked expires. */
    readonly keyUntil: Date | undefined
  }
  readonly membership:
    | {
        readonly organisation: OrganisationId
        readonly operator: OperatorId
        readonly tier: Tier
        readonly state: (typeof MEMBERSHIP_STATES)[number]
        readonly since: Date
        /** End of the membership, not included; null while none is set. */
        readonly until: Date | null
        /** Whether somebody of the member is there whose address takes mail (E31). */
        readonly reachable: boolean
      }
    | undefined
  /** The operator's texts, and when each was accepted and countersigned. */
  readonly agreement: readonly AgreementText[]
  /** Of the legal entity, and of the contact's place of work: the stricter applies. */
  readonly jurisdiction: { readonly entity: JurisdictionCeiling | undefined; readonly contact: JurisdictionCeiling | undefined }
  /** Every standing up to the present one: what opened before it asks for what was held then. */
  readonly history: StandingHistory
}

/** A text of the operator's agreement. From `acceptBy` on no earlier text entitles. */
export interface AgreementText {
  readonly version: number
  /** Hex. */
  readonly sha256: string
  readonly acceptBy: Date
  /** When the member's acceptance was countersigned; undefined while it was not. */
  readonly countersignedAt: Date | undefined
}

export type Reader = OperatorReader | ContactReader

/** What the predicate needs of a package version. */
export interface ReadableVersion {
  readonly package: PackageId
  readonly version: number
  readonly operator: OperatorId
  readonly state: PackageState
  /** Of the content that is stored, and of the content that was approved. */
  readonly contentHash: string
  readonly approvedHash: string | undefined
  readonly release: Pick<Release, 'instant' | 'windows' | 'rule' | 'calendar'> | undefined
  /** When it was put on the release: a window that lies before it opened nothing until then. */
  readonly scheduledAt: Date | undefined
  /** Since when a newer version is in its place: what was closed then stays so. One of which it is not known opens nothing. */
  readonly supersededAt?: Date | undefined
  /**
   * When the embargo of the last of its vulnerabilities ended before the release (embargo/ended-at.ts); undefined while one of them is
   * still under embargo, has no CVE id, or its end was taken back as a false alarm.
   */
  readonly endedAt: Date | undefined
  /** What tier validate gets before the release besides the guidance. */
  readonly validateParts: readonly Part[]
  /** Whether the finders agree to be named to members before the release; anything but true is no. */
  readonly finderAgrees?: boolean | undefined
}

/** Why a part may or may not be read; the first line of the predicate that decides. */
export type ReadReason =
  | 'operator'
  | 'open'
  | 'no-clock'
  | 'no-part'
  | 'no-reader'
  | 'role'
  | 'state'
  | 'not-held'
  | 'superseded'
  | 'approval'
  | 'release'
  | 'membership'
  | 'unreachable'
  | 'contact'
  | 'key'
  | 'need-to-know'
  | 'agreement'
  | 'jurisdiction'
  | 'content-right'
  | 'tier'
  | 'standing'
  | 'not-open'
  | 'failed'

export interface ReadAnswer {
  readonly read: boolean
  readonly reason: ReadReason
}

/**
 * Whether a reader may read a part of a package version at the trusted instant `now`: the one predicate of the
 * embargo (program.md, section 5). Pure and total; whatever is missing, malformed or unknown is a denial. It
 * consults no stored flag: `released` as a state opens nothing before the instants do.
 */
export function mayRead(reader: Reader, version: ReadableVersion, part: Part, now: Date): ReadAnswer {
  try {
    const at = now instanceof Date ? now.getTime() : Number.NaN
    if (!Number.isFinite(at)) return NO_CLOCK
    if (!PARTS.includes(part)) return NO_PART
    if (reader.kind === 'operator') return operatorMayRead(reader, version, part)
    if (reader.kind === 'contact') return contactMayRead(reader, version, part, at)
    return NO_READER
  } catch {
    return FAILED
  }
}

/** How `ContactReader.holds` names a version. */
export function heldVersion(id: PackageId, version: number): string {
  return `${id}/${version}`
}

/**
 * The opening instant of a part for a reader as things are at `now`, in milliseconds: the latest of what tier, jurisdiction and part
 * ask for, of when the version was scheduled, and of what was held since the window opened (membership/standing/standing.ts);
 * undefined when some part of it is unknown or never opens. It entitles nobody: `mayRead` does.
 */
export function opensAt(reader: ContactReader, version: ReadableVersion, part: Part, now: Date): number | undefined {
  const present = presentOpensAt(reader, version, part)
  const held = present === undefined ? undefined : heldSince(stepsOf(reader.history, now.getTime()), version, part)
  if (present === undefined || held === undefined) return undefined
  const opens = Math.max(present, held)
  return staysClosed(version, opens, now.getTime()) ? undefined : opens
}

/**
 * Whether what opens then never does, because a newer version took the place of this one before: whoever holds it keeps what was open,
 * and its old release opens nothing, for what the newer one left out of it may still be under embargo (E18). Only when the embargo of
 * everything that it names is over may the rest follow.
 */
function staysClosed({ state, supersededAt, endedAt }: ReadableVersion, opens: number, now: number): boolean {
  if (state !== 'superseded') return false
  if (endedAt !== undefined && instantOf(endedAt) <= now) return false
  return supersededAt === undefined || !(opens <= instantOf(supersededAt))
}

/** The same by the present standing alone: nothing opens before. */
function presentOpensAt(reader: ContactReader, version: ReadableVersion, part: Part): number | undefined {
  const { membership, jurisdiction } = reader
  const { scheduledAt } = version
  const release = effectiveRelease(version)
  if (!membership || !release || !scheduledAt || !jurisdiction.entity || !jurisdiction.contact) return undefined
  const published = release.instant.getTime()
  const window = tierOpensAt(membership.tier, release, opensLike(part, version), version.validateParts)
  const scheduled = scheduledAt.getTime()
  if (window === undefined || ![published, window, scheduled].every(Number.isFinite)) return undefined
  const waits = jurisdiction.entity.notBefore !== 'window' || jurisdiction.contact.notBefore !== 'window'
  return Math.max(scheduled, window, waits ? published : window)
}

/**
 * From when what the member held entitles to the part. An early end entitles besides the release and takes nothing from it: what would
 * have opened with its windows still does, and who held something at the end reads as if that were the release.
 */
function heldSince(steps: readonly Step[], version: ReadableVersion, part: Part): number | undefined {
  const { release, endedAt } = version
  if (!release) return undefined
  const ordinary = heldUntil(steps, release, version, part)
  if (endedAt === undefined) return ordinary
  const ended = effectiveRelease(version)
  const early = ended && heldUntil(steps, ended, version, part)
  return early === undefined || ordinary === undefined ? (early ?? ordinary) : Math.min(ordinary, early)
}

type Windows = NonNullable<ReadableVersion['release']>

/** From when what was held until a release entitles to the part: no part without the existence of the version. */
function heldUntil(steps: readonly Step[], release: Pick<Windows, 'instant' | 'windows'>, version: ReadableVersion, part: Part): number | undefined {
  const opens = (one: Part) =>
    opensUnder(steps, release.instant.getTime(), one, (tier) => tierOpensAt(tier, release, opensLike(one, version), version.validateParts))
  const existence = opens('existence')
  const itself = part === 'existence' ? existence : opens(part)
  return existence === undefined || itself === undefined ? undefined : Math.max(existence, itself)
}

/** The release as an early end has it: the end is its instant, and every window that lies after it opens then. Undefined for an end that is no instant. */
function effectiveRelease({ release, endedAt }: ReadableVersion): Pick<Windows, 'instant' | 'windows'> | undefined {
  if (!release || endedAt === undefined) return release
  const ended = endedAt instanceof Date ? endedAt.getTime() : Number.NaN
  if (!Number.isFinite(ended)) return undefined
  if (ended >= release.instant.getTime()) return release
  const { validate, advance, entry } = release.windows
  const earlier = (window: Date) => (window.getTime() > ended ? endedAt : window)
  return { instant: earlier(release.instant), windows: { validate: earlier(validate), advance: earlier(advance), entry: earlier(entry) } }
}

function contactMayRead(reader: ContactReader, version: ReadableVersion, part: Part, now: number): ReadAnswer {
  return (
    versionDenies(reader, version) ??
    memberDenies(reader, version, now) ??
    jurisdictionDenies(reader, part) ??
    (part === 'proof-of-concept' && !isTrue(reader.contact.proofOfConcept) ? CONTENT_RIGHT : undefined) ??
    instantDecides(reader, version, part, now)
  )
}

function versionDenies(
  { contact }: ContactReader,
  { state, package: id, version, contentHash, approvedHash, release }: ReadableVersion,
): ReadAnswer | undefined {
  if (state === 'superseded') {
    if (!contact.holds.has(heldVersion(id, version))) return NOT_HELD
  } else if (state !== 'scheduled' && state !== 'released' && state !== 'withdrawn') return STATE
  if (!contentHash || contentHash !== approvedHash) return APPROVAL
  return release ? undefined : RELEASE
}

function memberDenies({ contact, membership, agreement }: ContactReader, version: ReadableVersion, now: number): ReadAnswer | undefined {
  if (!membership || !isMember(membership, contact, version, now)) return MEMBERSHIP
  if (!isTrue(membership.reachable)) return UNREACHABLE
  if (!isTrue(contact.active)) return CONTACT
  if (!contact.keyUntil || !(now < instantOf(contact.keyUntil))) return KEY
  if (!contact.needToKnow.has(version.package)) return NEED_TO_KNOW
  return isAgreed(agreement, now) ? undefined : AGREEMENT
}

/** A countersigned acceptance of the newest text that had to be accepted by now, or of a newer one. */
function isAgreed(texts: readonly AgreementText[], now: number): boolean {
  const due = texts.filter(({ acceptBy }) => instantOf(acceptBy) <= now).map(({ version }) => version)
  return texts.some(
    ({ version, sha256, countersignedAt }) =>
      typeof sha256 === 'string' &&
      sha256 !== '' &&
      countersignedAt !== undefined &&
      instantOf(countersignedAt) <= now &&
      Number.isSafeInteger(version) &&
      due.every((one) => one <= version),
  )
}

/** Membership is held per pair of member and operator: another operator's opens nothing (E34). */
function isMember(membership: NonNullable<ContactReader['membership']>, contact: ContactReader['contact'], version: ReadableVersion, now: number): boolean {
  const { organisation, operator, state, since, until } = membership
  const pair = Boolean(organisation) && organisation === contact.organisation && Boolean(operator) && operator === version.operator
  return pair && state === 'active' && now >= since.getTime() && (until === null || now < until.getTime())
}

function jurisdictionDenies({ jurisdiction: { entity, contact } }: ContactReader, part: Part): ReadAnswer | undefined {
  if (!entity || !contact || !entity.parts.includes(part) || !contact.parts.includes(part)) return JURISDICTION
  // I12 holds even under a policy that forgets to say so.
  const restricted = entity.notBefore !== 'window' || contact.notBefore !== 'window'
  return restricted && part === 'proof-of-concept' ? JURISDICTION : undefined
}

function instantDecides(reader: ContactReader, version: ReadableVersion, part: Part, now: number): ReadAnswer {
  const present = presentOpensAt(reader, version, part)
  if (present === undefined) return TIER
  if (!(now >= present)) return NOT_OPEN
  const held = heldSince(stepsOf(reader.history, now), version, part)
  if (held === undefined) return STANDING
  if (!(now >= held)) return NOT_OPEN
  return staysClosed(version, Math.max(present, held), now) ? SUPERSEDED : OPEN
}

/** Finders who agree are named with the bulletin, others with the release: `credit` itself opens with nothing earlier. */
function opensLike(part: Part, { finderAgrees }: ReadableVersion): Part {
  return part === 'credit' && isTrue(finderAgrees) ? 'bulletin' : part
}

/**
 * Advance and entry get all parts but the credit when their window opens. Validate gets the guidance, what the operator marked
 * for it, and the rest with the release. A responder's tier gives nothing of a package.
 */
function tierOpensAt(tier: Tier, release: Pick<Windows, 'instant' | 'windows'>, part: Part, validateParts: readonly Part[]): number | undefined {
  if (part === 'credit') return Object.hasOwn(release.windows, tier) ? release.instant.getTime() : undefined
  if (tier === 'advance') return release.windows.advance.getTime()
  if (tier === 'entry') return release.windows.entry.getTime()
  if (tier !== 'validate') return undefined
  const early = part === 'existence' || part === 'guidance' || validateParts.includes(part)
  return early ? release.windows.validate.getTime() : release.instant.getTime()
}

/** What a role of the operator reads of its own operator's packages, in every state; what no role names is denied. */
const OPERATOR_PARTS: Readonly<Record<OperatorRole, readonly Part[]>> = {
  author: PARTS,
  reviewer: PARTS,
  publisher: PARTS.filter((part) => part !== 'proof-of-concept'),
  tracer: PARTS,
  auditor: ['existence'],
  analyst: [],
  'membership-officer': [],
}

function operatorMayRead({ operator, roles }: OperatorReader, version: ReadableVersion, part: Part): ReadAnswer {
  if (!operator || operator !== version.operator) return ROLE
  return staffMayRead(roles, part) ? OPERATOR : ROLE
}

/** Whether roles of an operator read a part of that operator's own packages: the state of a package says nothing in it. */
export function staffMayRead(roles: readonly OperatorRole[], part: Part): boolean {
  return roles.some((role) => Object.hasOwn(OPERATOR_PARTS, role) && OPERATOR_PARTS[role].includes(part))
}

/** Throws for what is no instant: a fact that is not known denies. */
function instantOf(value: Date): number {
  const instant = value instanceof Date ? value.getTime() : Number.NaN
  if (!Number.isFinite(instant)) throw new TypeError('no instant')
  return instant
}

/** Not merely truthy: a fact of another type is an unknown fact. */
function isTrue(fact: unknown): boolean {
  return fact === true
}

const granted = (reason: ReadReason): ReadAnswer => Object.freeze({ read: true, reason })
const denied = (reason: ReadReason): ReadAnswer => Object.freeze({ read: false, reason })

const OPERATOR = granted('operator')
const OPEN = granted('open')
const NO_CLOCK = denied('no-clock')
const NO_PART = denied('no-part')
const NO_READER = denied('no-reader')
const ROLE = denied('role')
const STATE = denied('state')
const NOT_HELD = denied('not-held')
const SUPERSEDED = denied('superseded')
const APPROVAL = denied('approval')
const RELEASE = denied('release')
const MEMBERSHIP = denied('membership')
const UNREACHABLE = denied('unreachable')
const CONTACT = denied('contact')
const KEY = denied('key')
const NEED_TO_KNOW = denied('need-to-know')
const AGREEMENT = denied('agreement')
const JURISDICTION = denied('jurisdiction')
const CONTENT_RIGHT = denied('content-right')
const TIER = denied('tier')
const STANDING = denied('standing')
const NOT_OPEN = denied('not-open')
const FAILED = denied('failed')
