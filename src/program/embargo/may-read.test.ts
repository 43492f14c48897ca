import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { OPERATOR_ROLES, type OperatorRole } from '#platform/auth/actor.ts'
import type { Id, OperatorId, OrganisationId } from '#platform/ids.ts'
import {
  DUTY_TO_REPORT,
  heldVersion,
  mayRead,
  NO_CEILING,
  opensAt as opensAtInstant,
  type AgreementText,
  type ContactReader,
  type ReadableVersion,
  type Reader,
} from '#program/embargo/may-read.ts'
import { TIERS, type Tier } from '#program/membership/contract.ts'
import { PACKAGE_STATES, PARTS, type PackageState, type Part } from '#program/packages/contract.ts'
import { PRESETS } from '#program/releases/programme.ts'
import { outOfBandRelease, releasesBetween } from '#program/releases/release.ts'

const OPERATOR = 'operator-1' as OperatorId
const OTHER = 'operator-2' as OperatorId
const MEMBER = 'organisation-1' as OrganisationId
const PACKAGE = 'package-1' as Id<'package'>
const RELEASE = releasesBetween({ year: 2026, month: 9 }, { year: 2026, month: 9 }, PRESETS.federal)[0]!
/** Since when everybody here is a member, before every window of the releases; and when their keys expire. */
const SINCE = new Date('2023-11-01T00:00:00Z')
const EXPIRES = new Date('2040-01-01T00:00:00Z')
/** Long before every window of the releases here. */
const SCHEDULED = new Date('2023-12-01T00:00:00Z')
const HASH = 'a'.repeat(64)
const AGREEMENT = 'b'.repeat(64)
const PARTS_BUT_POC = PARTS.filter((part) => part !== 'proof-of-concept')

type Membership = NonNullable<ContactReader['membership']>
interface Changes {
  readonly contact?: Partial<ContactReader['contact']>
  readonly membership?: Partial<Membership>
  readonly agreement?: ContactReader['agreement']
  readonly jurisdiction?: Partial<ContactReader['jurisdiction']>
  readonly history?: Partial<ContactReader['history']>
}

/** The operator's text of this version, due since its instant, countersigned at once unless said. */
function agreementText(version: number, acceptBy = SINCE, countersignedAt: Date | undefined = acceptBy): AgreementText {
  return { version, sha256: AGREEMENT, acceptBy, countersignedAt }
}
const unsigned = (version: number, acceptBy = SINCE): AgreementText => ({ ...agreementText(version, acceptBy), countersignedAt: undefined })

/** A contact whom nothing denies anything: each test takes one thing away. */
function entitled(tier: Tier, { contact, membership, agreement = [agreementText(1)], jurisdiction, history }: Changes = {}): ContactReader {
  const present = { organisation: MEMBER, operator: OPERATOR, tier, state: 'active' as const, since: SINCE, until: null, reachable: true, ...membership }
  const where = { entity: NO_CEILING, contact: NO_CEILING, ...jurisdiction }
  const { state, until } = present
  return {
    kind: 'contact',
    contact: { organisation: MEMBER, active: true, needToKnow: new Set([PACKAGE]), proofOfConcept: true, holds: new Set(), keyUntil: EXPIRES, ...contact },
    membership: present,
    agreement,
    jurisdiction: where,
    history: {
      member: [{ since: SINCE, tier: present.tier, state, until, ceiling: where.entity, bridges: false }],
      place: [{ since: SINCE, ceiling: where.contact }],
      ...history,
    },
  }
}

function packageVersion(changes: Partial<ReadableVersion> = {}): ReadableVersion {
  return {
    package: PACKAGE,
    version: 1,
    operator: OPERATOR,
    state: 'scheduled',
    contentHash: HASH,
    approvedHash: HASH,
    release: RELEASE,
    scheduledAt: SCHEDULED,
    endedAt: undefined,
    validateParts: [],
    ...changes,
  }
}

const after = (instant: Date, ms: number) => new Date(instant.getTime() + ms)
const OPEN = after(RELEASE.instant, 365 * 86_400_000)
const read = (reader: Reader, version = packageVersion(), part: Part = 'bulletin', now = OPEN) => mayRead(reader, version, part, now)
const opensAt = (reader: ContactReader, version: ReadableVersion, part: Part, now = OPEN) => opensAtInstant(reader, version, part, now)
const loosely = (reader: unknown, version: unknown = packageVersion(), part: unknown = 'bulletin', now: unknown = OPEN) =>
  mayRead(reader as Reader, version as ReadableVersion, part as Part, now as Date)

describe('the window of a tier', () => {
  it.each([
    ['validate', 'guidance', RELEASE.windows.validate],
    ['advance', 'bulletin', RELEASE.windows.advance],
    ['entry', 'bulletin', RELEASE.windows.entry],
  ] as const)('of %s opens the %s at its instant and not a millisecond before', (tier, part, opening) => {
    expect(read(entitled(tier), packageVersion(), part, after(opening, -1))).toEqual({ read: false, reason: 'not-open' })
    expect(read(entitled(tier), packageVersion(), part, opening)).toEqual({ read: true, reason: 'open' })
    expect(read(entitled(tier), packageVersion(), part, after(opening, 1))).toEqual({ read: true, reason: 'open' })
  })

  it('is what the reference has for September 2026', () => {
    expect(opensAt(entitled('validate'), packageVersion(), 'guidance')).toBe(Date.parse('2026-08-25T17:00:00Z'))
    expect(opensAt(entitled('advance'), packageVersion(), 'bulletin')).toBe(Date.parse('2026-09-02T17:00:00Z'))
    expect(opensAt(entitled('entry'), packageVersion(), 'bulletin')).toBe(Date.parse('2026-09-04T17:00:00Z'))
  })

  it('is at no instant while something that fixes it is unknown', () => {
    const known = entitled('advance')
    const unknown: [ContactReader, ReadableVersion][] = [
      [{ ...known, membership: undefined }, packageVersion()],
      [known, packageVersion({ release: undefined })],
      [known, packageVersion({ scheduledAt: undefined })],
      [known, packageVersion({ scheduledAt: new Date(Number.NaN) })],
      [known, packageVersion({ endedAt: new Date(Number.NaN) })],
      [entitled('advance', { jurisdiction: { entity: undefined } }), packageVersion()],
      [entitled('advance', { jurisdiction: { contact: undefined } }), packageVersion()],
      [entitled('responder'), packageVersion()],
      [known, packageVersion({ release: { ...RELEASE, instant: new Date(Number.NaN) } })],
      [known, packageVersion({ release: { ...RELEASE, windows: { ...RELEASE.windows, advance: new Date(Number.NaN) } } })],
    ]
    for (const [reader, version] of unknown) expect(opensAt(reader, version, 'bulletin')).toBeUndefined()
    expect(opensAt(known, packageVersion(), 'bulletin')).toBe(RELEASE.windows.advance.getTime())
  })

  it('opens nothing before the version was scheduled, however early it lies', () => {
    const scheduledAt = after(RELEASE.windows.entry, 60_000)
    for (const tier of ['validate', 'advance', 'entry'] as const) {
      const answer = (now: Date) => read(entitled(tier), packageVersion({ scheduledAt }), 'guidance', now).reason
      expect([answer(after(scheduledAt, -1)), answer(scheduledAt)], tier).toEqual(['not-open', 'open'])
      expect(opensAt(entitled(tier), packageVersion({ scheduledAt }), 'guidance'), tier).toBe(scheduledAt.getTime())
    }
  })

  it('gives advance and entry every part at once, but not who found it', () => {
    for (const tier of ['advance', 'entry'] as const) {
      for (const part of PARTS.filter((one) => one !== 'credit')) {
        expect(read(entitled(tier), packageVersion(), part, RELEASE.windows[tier]).read, `${tier} ${part}`).toBe(true)
        expect(read(entitled(tier), packageVersion(), part, after(RELEASE.windows[tier], -1)).read, `${tier} ${part}`).toBe(false)
      }
    }
  })

  it('names the finders with the release, and with the bulletin if they agree', () => {
    const opens = (tier: (typeof TIERS)[number], version: Partial<ReadableVersion>) => opensAt(entitled(tier), packageVersion(version), 'credit')
    for (const tier of ['validate', 'advance', 'entry'] as const) {
      for (const finderAgrees of [false, undefined, 'yes' as never]) expect(opens(tier, { finderAgrees }), tier).toBe(RELEASE.instant.getTime())
      expect(opens(tier, { finderAgrees: true, validateParts: ['bulletin'] }), tier).toBe(RELEASE.windows[tier].getTime())
      expect(read(entitled(tier), packageVersion(), 'credit', after(RELEASE.instant, -1)).reason).toBe('not-open')
      expect(read(entitled(tier), packageVersion(), 'credit', RELEASE.instant).reason).toBe('open')
    }
    expect(opens('validate', { finderAgrees: true })).toBe(RELEASE.instant.getTime())
    expect(opens('responder', { finderAgrees: true })).toBeUndefined()
    // A policy that says nothing of the finders leaves them out.
    const ceiling = { ...NO_CEILING, parts: PARTS.filter((part) => part !== 'credit') }
    const limited = entitled('advance', { jurisdiction: { entity: ceiling } })
    expect(read(limited, packageVersion({ finderAgrees: true }), 'credit', after(RELEASE.instant, 1)).reason).toBe('jurisdiction')
  })

  it('gives validate the guidance, and before the release nothing else that is not marked', () => {
    const readable = (version: ReadableVersion, now: Date) => PARTS.filter((part) => read(entitled('validate'), version, part, now).read)
    expect(readable(packageVersion(), RELEASE.windows.validate)).toEqual(['existence', 'guidance'])
    expect(readable(packageVersion(), after(RELEASE.instant, -1))).toEqual(['existence', 'guidance'])
    expect(readable(packageVersion({ validateParts: ['attachments'] }), RELEASE.windows.validate)).toEqual(['existence', 'guidance', 'attachments'])
    expect(readable(packageVersion(), RELEASE.instant)).toEqual([...PARTS])
  })

  it('never opens for a responder, nor for a tier that nobody knows', () => {
    for (const part of PARTS) expect(read(entitled('responder'), packageVersion({ state: 'released' }), part)).toEqual({ read: false, reason: 'tier' })
    expect(loosely(entitled('gold' as Tier)).reason).toBe('tier')
  })

  it('may have no length', () => {
    const { instant } = RELEASE
    const release = outOfBandRelease(instant, RELEASE.zone, { validate: instant, advance: instant, entry: instant })
    for (const tier of ['advance', 'entry'] as const) {
      expect(read(entitled(tier), packageVersion({ release }), 'bulletin', after(instant, -1)).reason).toBe('not-open')
      expect(read(entitled(tier), packageVersion({ release }), 'bulletin', instant).reason).toBe('open')
    }
  })
})

describe('an early end', () => {
  const endedAt = after(RELEASE.windows.entry, -3_600_000)
  const ended = (changes: Partial<ReadableVersion> = {}) => packageVersion({ endedAt, ...changes })
  const TIERS_OF_PACKAGES = ['validate', 'advance', 'entry'] as const

  it('E35: opens every part to every tier at its instant and not a millisecond before, and closes nothing that was open', () => {
    for (const tier of ['validate', 'entry'] as const) {
      expect(read(entitled(tier), ended(), 'bulletin', after(endedAt, -1)).reason, tier).toBe('not-open')
      for (const part of PARTS) expect(read(entitled(tier), ended(), part, endedAt).reason, `${tier} ${part}`).toBe('open')
      // The control: without the end it is closed then.
      expect(read(entitled(tier), packageVersion(), 'bulletin', endedAt).reason, tier).toBe('not-open')
    }
    expect(read(entitled('advance'), ended(), 'bulletin', RELEASE.windows.advance).reason).toBe('open')
    expect(opensAt(entitled('advance'), ended(), 'bulletin')).toBe(RELEASE.windows.advance.getTime())
    expect(opensAt(entitled('entry'), ended(), 'bulletin')).toBe(endedAt.getTime())
  })

  it('opens what a restricted jurisdiction leaves, and never a proof of concept', () => {
    const restricted = entitled('advance', { jurisdiction: { entity: DUTY_TO_REPORT } })
    expect(read(restricted, ended(), 'description', after(endedAt, -1)).reason).toBe('not-open')
    expect(PARTS.filter((part) => read(restricted, ended(), part, endedAt).read)).toEqual(['existence', 'description'])
    const waits = { policy: 'waits@1', parts: PARTS, notBefore: 'release' as const }
    const forgetful = entitled('advance', { jurisdiction: { entity: waits, contact: waits } })
    expect(PARTS.filter((part) => read(forgetful, ended(), part, endedAt).read)).toEqual(PARTS_BUT_POC)
    expect(read(forgetful, packageVersion(), 'bulletin', endedAt).read).toBe(false)
  })

  it('opens nothing before the version was scheduled, and nothing that its state, its approval or the reader closes', () => {
    const scheduledAt = after(endedAt, 60_000)
    expect(opensAt(entitled('entry'), ended({ scheduledAt }), 'bulletin')).toBe(scheduledAt.getTime())
    expect(read(entitled('entry'), ended({ scheduledAt }), 'bulletin', after(scheduledAt, -1)).reason).toBe('not-open')
    for (const state of ['draft', 'in-review', 'approved', 'deferred', 'pulled'] as const) expect(read(entitled('advance'), ended({ state })).read).toBe(false)
    expect(read(entitled('advance'), ended({ approvedHash: undefined })).reason).toBe('approval')
    expect(read(entitled('responder'), ended()).reason).toBe('tier')
    expect(read(entitled('advance', { contact: { needToKnow: new Set() } }), ended()).reason).toBe('need-to-know')
  })

  it('changes nothing once the release has passed, and is at no instant when it is none', () => {
    const late = ended({ endedAt: after(RELEASE.instant, 1) })
    for (const tier of TIERS_OF_PACKAGES) expect(opensAt(entitled(tier), late, 'bulletin')).toBe(opensAt(entitled(tier), packageVersion(), 'bulletin'))
    for (const none of [new Date(Number.NaN), '2026-09-07', 0]) expect(loosely(entitled('advance'), { ...packageVersion(), endedAt: none }).read).toBe(false)
  })
})

describe('each line of the predicate denies on its own', () => {
  const held = (changes: Partial<ContactReader['history']['member'][number]>) => ({ ...entitled('advance').history.member[0]!, ...changes })
  const lines: [string, Reader, Partial<ReadableVersion>, Part, string][] = [
    ['a suspended member', entitled('advance', { membership: { state: 'suspended' } }), {}, 'bulletin', 'membership'],
    ['a terminated member', entitled('advance', { membership: { state: 'terminated' } }), {}, 'bulletin', 'membership'],
    ['a membership not yet begun', entitled('advance', { membership: { since: after(OPEN, 1) } }), {}, 'bulletin', 'membership'],
    ['a membership that ends now', entitled('advance', { membership: { until: OPEN } }), {}, 'bulletin', 'membership'],
    ['the member of another operator', entitled('advance', { membership: { operator: OTHER } }), {}, 'bulletin', 'membership'],
    ['the package of another operator', entitled('advance'), { operator: OTHER }, 'bulletin', 'membership'],
    ['a contact of another organisation', entitled('advance', { contact: { organisation: 'organisation-2' as OrganisationId } }), {}, 'bulletin', 'membership'],
    ['no membership', { ...entitled('advance'), membership: undefined }, {}, 'bulletin', 'membership'],
    ['an inactive contact', entitled('advance', { contact: { active: false } }), {}, 'bulletin', 'contact'],
    ['a contact without need to know', entitled('advance', { contact: { needToKnow: new Set() } }), {}, 'bulletin', 'need-to-know'],
    [
      'need to know of another package',
      entitled('advance', { contact: { needToKnow: new Set(['package-2' as Id<'package'>]) } }),
      {},
      'bulletin',
      'need-to-know',
    ],
    ['an agreement never accepted', entitled('advance', { agreement: [unsigned(1)] }), {}, 'bulletin', 'agreement'],
    ['an older agreement', entitled('advance', { agreement: [agreementText(1), unsigned(2)] }), {}, 'bulletin', 'agreement'],
    ['no agreement at all', entitled('advance', { agreement: [] }), {}, 'bulletin', 'agreement'],
    ['an agreement countersigned later', entitled('advance', { agreement: [agreementText(1, SINCE, after(OPEN, 1))] }), {}, 'bulletin', 'agreement'],
    ['an agreement without a hash', entitled('advance', { agreement: [{ ...agreementText(1), sha256: '' }] }), {}, 'bulletin', 'agreement'],
    ['no key', entitled('advance', { contact: { keyUntil: undefined } }), {}, 'bulletin', 'key'],
    ['a key that expires now', entitled('advance', { contact: { keyUntil: OPEN } }), {}, 'bulletin', 'key'],
    ['a member that nobody can reach', entitled('advance', { membership: { reachable: false } }), {}, 'bulletin', 'unreachable'],
    ['a paused member', entitled('advance', { membership: { state: 'paused' } }), {}, 'bulletin', 'membership'],
    ['no history', entitled('advance', { history: { member: [] } }), {}, 'bulletin', 'standing'],
    ['a history that begins after the release', entitled('advance', { history: { member: [held({ since: after(OPEN, -1) })] } }), {}, 'bulletin', 'standing'],
    ['an unknown jurisdiction of the entity', entitled('advance', { jurisdiction: { entity: undefined } }), {}, 'bulletin', 'jurisdiction'],
    ['an unknown jurisdiction of the contact', entitled('advance', { jurisdiction: { contact: undefined } }), {}, 'bulletin', 'jurisdiction'],
    ['a restricted entity', entitled('advance', { jurisdiction: { entity: DUTY_TO_REPORT } }), {}, 'bulletin', 'jurisdiction'],
    ['a restricted place of work', entitled('advance', { jurisdiction: { contact: DUTY_TO_REPORT } }), {}, 'bulletin', 'jurisdiction'],
    ['no right to proofs of concept', entitled('advance', { contact: { proofOfConcept: false } }), {}, 'proof-of-concept', 'content-right'],
    ['content that nobody approved', entitled('advance'), { approvedHash: undefined }, 'bulletin', 'approval'],
    ['content that changed since', entitled('advance'), { contentHash: 'd'.repeat(64) }, 'bulletin', 'approval'],
    ['content without a hash', entitled('advance'), { contentHash: '', approvedHash: '' }, 'bulletin', 'approval'],
    ['a version without a release', entitled('advance'), { release: undefined }, 'bulletin', 'release'],
  ]

  it.each(lines)('%s', (_, reader, changes, part, reason) => {
    // The control: the same without this one thing is read.
    expect(read(entitled('advance'), packageVersion(), part)).toEqual({ read: true, reason: 'open' })
    for (const state of ['scheduled', 'released', 'withdrawn'] as const) {
      expect(read(reader, packageVersion({ ...changes, state }), part)).toEqual({ read: false, reason })
    }
  })

  it('asks for the newest agreement that is due, and takes a newer one', () => {
    const agreed = (...agreement: AgreementText[]) => read(entitled('advance', { agreement })).reason
    expect(agreed(agreementText(1), unsigned(2, after(OPEN, 1)))).toBe('open')
    expect(agreed(agreementText(1), unsigned(2, OPEN))).toBe('agreement')
    expect(agreed(unsigned(1), agreementText(2, after(OPEN, 1), SINCE))).toBe('open')
    expect(agreed(agreementText(1), agreementText(2, OPEN))).toBe('open')
  })

  it('counts a membership from its first instant to just before its last', () => {
    const reader = (since: Date, until: Date) => entitled('advance', { membership: { since, until } })
    expect(read(reader(OPEN, after(OPEN, 1))).reason).toBe('open')
    expect(read(reader(after(OPEN, 1), after(OPEN, 2))).reason).toBe('membership')
    expect(read(reader(after(OPEN, -1), OPEN)).reason).toBe('membership')
  })

  it.each(PACKAGE_STATES)('the state %s', (state) => {
    const expected: Record<PackageState, string> = {
      draft: 'state',
      'in-review': 'state',
      approved: 'state',
      scheduled: 'open',
      released: 'open',
      superseded: 'not-held',
      deferred: 'state',
      pulled: 'state',
      withdrawn: 'open',
    }
    for (const part of PARTS) expect(read(entitled('advance'), packageVersion({ state }), part).reason).toBe(expected[state])
  })

  it('keeps a superseded version for its holders only, and for them only while all else holds', () => {
    const holds = new Set([heldVersion(PACKAGE, 1)])
    const superseded = packageVersion({ state: 'superseded', supersededAt: RELEASE.instant })
    expect(read(entitled('advance', { contact: { holds } }), superseded).reason).toBe('open')
    expect(read(entitled('advance', { contact: { holds: new Set([heldVersion(PACKAGE, 2)]) } }), superseded).reason).toBe('not-held')
    expect(read(entitled('advance', { contact: { holds }, membership: { state: 'suspended' } }), superseded).reason).toBe('membership')
    expect(read(entitled('advance', { contact: { holds } }), packageVersion({ state: 'pulled' })).reason).toBe('state')
  })

  describe('that a newer one took the place of', () => {
    const holds = new Set([heldVersion(PACKAGE, 1)])
    const at = after(RELEASE.windows.advance, 1)
    const superseded = packageVersion({ state: 'superseded', supersededAt: at })
    const duty = entitled('advance', { contact: { holds }, jurisdiction: { contact: DUTY_TO_REPORT } })
    const readable = (reader: Reader, version: ReadableVersion, now = OPEN) => PARTS.filter((part) => read(reader, version, part, now).read)

    it('E18: opens nothing more at its old instants: neither to a restricted jurisdiction, nor to a tier that waited', () => {
      // The control: had it stayed, it would open to all of them.
      expect(readable(duty, packageVersion())).toEqual(['existence', 'description'])
      expect(readable(entitled('validate'), packageVersion())).toContain('bulletin')
      expect(readable(duty, superseded)).toEqual([])
      expect(read(duty, superseded, 'description').reason).toBe('superseded')
      expect(readable(entitled('entry', { contact: { holds } }), superseded)).toEqual([])
      expect(readable(entitled('validate', { contact: { holds } }), superseded)).toEqual(['existence', 'guidance'])
      expect(opensAt(duty, superseded, 'description')).toBeUndefined()
    })

    it('stays as it was to whoever it was open to, and opens the rest when the embargo of all that it names is over', () => {
      expect(readable(entitled('advance', { contact: { holds } }), superseded, at)).toContain('bulletin')
      expect(read(entitled('advance', { contact: { holds } }), superseded).reason).toBe('open')
      expect(readable(duty, { ...superseded, endedAt: after(RELEASE.instant, 1) })).toEqual(['existence', 'description'])
      expect(readable(duty, { ...superseded, endedAt: after(OPEN, 1) })).toEqual([])
    })

    it('opens nothing when it is not known since when', () => {
      for (const supersededAt of [undefined, new Date(Number.NaN), 'always' as unknown as Date])
        expect(readable(entitled('advance', { contact: { holds } }), { ...superseded, supersededAt })).toEqual([])
    })
  })

  it('opens nothing because a state says released: the instants decide', () => {
    expect(read(entitled('advance'), packageVersion({ state: 'released' }), 'bulletin', after(RELEASE.windows.advance, -1)).reason).toBe('not-open')
  })
})

describe('a jurisdiction with a duty to report', () => {
  it('leaves the generic description, at the release instant and not before, whichever side it concerns', () => {
    for (const jurisdiction of [{ entity: DUTY_TO_REPORT }, { contact: DUTY_TO_REPORT }, { entity: DUTY_TO_REPORT, contact: DUTY_TO_REPORT }]) {
      for (const tier of ['validate', 'advance', 'entry'] as const) {
        const reader = entitled(tier, { jurisdiction })
        const readable = (now: Date) => PARTS.filter((part) => read(reader, packageVersion({ validateParts: ['description', 'bulletin'] }), part, now).read)
        expect(readable(after(RELEASE.instant, -1))).toEqual([])
        expect(readable(RELEASE.instant)).toEqual(['existence', 'description'])
        expect(readable(OPEN)).toEqual(['existence', 'description'])
      }
    }
  })

  it('never gives a proof of concept, even under a policy that forgets to exclude it', () => {
    const careless = { policy: 'careless@1', parts: PARTS, notBefore: 'release' as const }
    expect(read(entitled('advance', { jurisdiction: { entity: careless } }), packageVersion(), 'proof-of-concept').reason).toBe('jurisdiction')
    expect(read(entitled('advance', { jurisdiction: { contact: careless } }), packageVersion(), 'proof-of-concept').reason).toBe('jurisdiction')
    expect(read(entitled('advance', { jurisdiction: { entity: careless } }), packageVersion(), 'bulletin').reason).toBe('open')
  })
})

describe('the operator itself', () => {
  const readable = (roles: readonly OperatorRole[], operator = OPERATOR) =>
    PARTS.filter((part) => read({ kind: 'operator', operator, roles }, packageVersion({ state: 'draft', release: undefined }), part).read)

  it('reads its own packages by role, in every state', () => {
    const table: Record<OperatorRole, readonly Part[]> = {
      author: PARTS,
      reviewer: PARTS,
      publisher: PARTS_BUT_POC,
      tracer: PARTS,
      auditor: ['existence'],
      analyst: [],
      'membership-officer': [],
    }
    for (const role of OPERATOR_ROLES) expect(readable([role]), role).toEqual(table[role])
    expect(readable(['auditor', 'publisher'])).toEqual(PARTS_BUT_POC)
    expect(readable([])).toEqual([])
    expect(readable(['toString' as OperatorRole])).toEqual([])
    expect(read({ kind: 'operator', operator: OPERATOR, roles: ['author'] })).toEqual({ read: true, reason: 'operator' })
    expect(read({ kind: 'operator', operator: OPERATOR, roles: ['analyst'] })).toEqual({ read: false, reason: 'role' })
  })

  it("reads nothing of another operator's", () => {
    expect(readable(OPERATOR_ROLES, OTHER)).toEqual([])
    expect(loosely({ kind: 'operator', operator: undefined, roles: ['author'] }, { ...packageVersion(), operator: undefined }).read).toBe(false)
  })
})

describe('whatever is missing or malformed', () => {
  const complete = { reader: entitled('advance'), version: packageVersion(), part: 'proof-of-concept', now: OPEN }
  type World = typeof complete
  // Not `loosely`: a default would stand in for what is missing.
  const decide = ({ reader, version, part, now }: Record<keyof World, unknown>) =>
    mayRead(reader as Reader, version as ReadableVersion, part as Part, now as Date)

  /** Every path to a leaf or branch of the world. */
  function paths(value: unknown, path: readonly string[] = []): string[][] {
    if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Set) return []
    return Object.keys(value).flatMap((key) => [[...path, key], ...paths((value as Record<string, unknown>)[key], [...path, key])])
  }

  function withValue(value: unknown, [key, ...rest]: readonly string[], replacement: { value: unknown } | undefined): unknown {
    const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>
    if (rest.length > 0) copy[key!] = withValue(copy[key!], rest, replacement)
    else if (replacement) copy[key!] = replacement.value
    else delete copy[key!]
    return copy
  }

  /** Facts that this decision does not rest on: other tiers, marks for validate, replay data, an end that is not set, what was held. */
  const unused =
    /^(reader\.contact\.holds|(reader\.jurisdiction\.\w+|reader\.history\.\w+\.0\.ceiling)\.(policy|parts\.\d)|reader\.history\.member\.0\.bridges|version\.(version|validateParts|endedAt)|version\.release\.(windows\.(validate|entry)|rule|calendar|zone))$/
  const needed = paths(complete).filter((path) => !unused.test(path.join('.')))

  it('is checked for every fact that the decision rests on', () => {
    expect(decide(complete)).toEqual({ read: true, reason: 'open' })
    expect(needed.length).toBeGreaterThan(25)
  })

  it.each(needed.map((path) => [path.join('.'), path] as const))('denies without %s', (_, path) => {
    for (const replacement of [undefined, { value: undefined }, { value: Number.NaN }, { value: {} }, { value: '' }, { value: new Date(Number.NaN) }]) {
      expect(decide(withValue(complete, path, replacement) as World).read).toBe(false)
    }
    // Null is the one way to say that a membership has no end.
    if (path.at(-1) !== 'until') expect(decide(withValue(complete, path, { value: null }) as World).read).toBe(false)
  })

  test.prop([fc.anything(), fc.anything(), fc.anything(), fc.anything()], { numRuns: 2000 })('is denied without an exception', (reader, version, part, now) => {
    expect(decide({ reader, version, part, now }).read).toBe(false)
    expect(decide({ ...complete, reader }).read).toBe(false)
    expect(decide({ ...complete, version }).read).toBe(false)
    expect(decide({ ...complete, now }).read).toBe(false)
  })

  it('includes readers that throw when they are looked at', () => {
    const hostile = new Proxy({}, { get: () => { throw new Error('no') } }) // prettier-ignore
    expect(loosely(hostile)).toEqual({ read: false, reason: 'failed' })
  })
})

describe('in all worlds', () => {
  const releases = releasesBetween({ year: 2024, month: 2 }, { year: 2032, month: 12 }, PRESETS.federal)
  const mostly = <T>(usual: T, ...others: T[]) => fc.oneof({ weight: 6, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) })
  const world = fc.record({
    tier: fc.constantFrom(...TIERS),
    part: fc.constantFrom(...PARTS),
    release: fc.constantFrom(...releases),
    state: mostly<PackageState>('scheduled', ...PACKAGE_STATES),
    membership: mostly<Membership['state']>('active', 'suspended', 'terminated'),
    active: mostly(true, false),
    needToKnow: mostly([PACKAGE], []),
    proofOfConcept: fc.boolean(),
    held: fc.boolean(),
    accepted: mostly(true, false),
    entity: mostly(NO_CEILING, DUTY_TO_REPORT),
    contact: mostly(NO_CEILING, DUTY_TO_REPORT),
    validateParts: fc.subarray(['description', 'bulletin', 'attachments', 'proof-of-concept'] as Part[]),
    finderAgrees: fc.boolean(),
    scheduled: fc.integer({ min: -60 * 1440, max: 2 * 1440 }),
    minutes: fc.integer({ min: -30 * 1440, max: 5 * 1440 }),
    ended: fc.option(fc.integer({ min: -25 * 1440, max: 1440 }), { nil: undefined }),
    superseded: fc.integer({ min: -25 * 1440, max: 3 * 1440 }),
  })
  type World = typeof world extends fc.Arbitrary<infer T> ? T : never
  const endOf = ({ ended, release }: World) => (ended === undefined ? undefined : after(release.instant, ended * 60_000))
  const asked = (w: World): [Reader, ReadableVersion, Part, Date] => [
    entitled(w.tier, {
      contact: {
        active: w.active,
        needToKnow: new Set(w.needToKnow),
        proofOfConcept: w.proofOfConcept,
        holds: new Set(w.held ? [heldVersion(PACKAGE, 1)] : []),
      },
      membership: { state: w.membership },
      agreement: [w.accepted ? agreementText(1) : unsigned(1)],
      jurisdiction: { entity: w.entity, contact: w.contact },
    }),
    packageVersion({
      state: w.state,
      release: w.release,
      scheduledAt: after(w.release.instant, w.scheduled * 60_000),
      supersededAt: after(w.release.instant, w.superseded * 60_000),
      endedAt: endOf(w),
      validateParts: w.validateParts,
      finderAgrees: w.finderAgrees,
    }),
    w.part,
    after(w.release.instant, w.minutes * 60_000),
  ]

  /** The same rule said the other way round, as one sum of what must hold. */
  function expected(w: World): boolean {
    const now = w.release.instant.getTime() + w.minutes * 60_000
    const restricted = w.entity !== NO_CEILING || w.contact !== NO_CEILING
    const withheld = w.part === 'credit' && !w.finderAgrees
    const early = w.part === 'existence' || w.part === 'guidance' || w.validateParts.includes(w.part === 'credit' ? 'bulletin' : w.part)
    const waits = restricted || withheld || (w.tier === 'validate' && !early)
    const ordinary = w.tier === 'responder' ? undefined : waits ? w.release.instant : w.release.windows[w.tier]
    const endedAt = endOf(w)
    const opening = ordinary && endedAt && endedAt < ordinary ? endedAt : ordinary
    const opens = Math.max(opening?.getTime() ?? 0, w.release.instant.getTime() + w.scheduled * 60_000)
    const over = endedAt !== undefined && endedAt.getTime() <= now
    const facts = [
      w.tier !== 'responder',
      ['scheduled', 'released', 'withdrawn', ...(w.held ? ['superseded'] : [])].includes(w.state),
      w.membership === 'active',
      w.active,
      w.needToKnow.length === 1,
      w.accepted,
      !restricted || w.part === 'existence' || w.part === 'description',
      w.part !== 'proof-of-concept' || w.proofOfConcept,
      opening !== undefined && now >= opening.getTime(),
      w.minutes >= w.scheduled,
      w.state !== 'superseded' || over || opens <= w.release.instant.getTime() + w.superseded * 60_000,
    ]
    return facts.every(Boolean)
  }

  test.prop([world], { numRuns: 20_000 })('reads exactly where every condition holds', (w) => {
    expect(mayRead(...asked(w)).read).toBe(expected(w))
  })

  test.prop([world], { numRuns: 10_000 })('reads nothing before it was scheduled', (w) => {
    const [reader, version, part] = asked(w)
    const scheduledAt = version.scheduledAt!
    expect(mayRead(reader, version, part, after(scheduledAt, -1)).read).toBe(false)
    expect(opensAt(reader as ContactReader, version, part) ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(scheduledAt.getTime())
  })

  test.prop([world, fc.integer({ min: 0, max: 3 * 365 * 1440 })], { numRuns: 5000 })('never closes while nothing but time changes', (w, minutes) => {
    const [reader, version, part, now] = asked(w)
    fc.pre(mayRead(reader, version, part, now).read)
    expect(mayRead(reader, version, part, after(now, minutes * 60_000)).read).toBe(true)
  })

  test.prop([world], { numRuns: 5000 })('opens to advance before entry, and to entry before the release', (w) => {
    const openings = (['advance', 'entry'] as const).map((tier) => opensAt(entitled(tier), packageVersion({ release: w.release }), w.part)!)
    const released = w.release.instant.getTime()
    if (w.part === 'credit') expect(openings).toEqual([released, released])
    else {
      expect(openings[0]).toBeLessThan(openings[1]!)
      expect(openings[1]).toBeLessThan(released)
    }
  })

  test.prop([world], { numRuns: 5000 })('reads nothing before the tier opens, and opens exactly when it says', (w) => {
    const [reader, version, part] = asked({ ...w, state: 'scheduled' })
    const opens = opensAt(reader as ContactReader, version, part)
    if (opens === undefined) expect(mayRead(reader, version, part, OPEN).read).toBe(false)
    else {
      expect(mayRead(reader, version, part, new Date(opens - 1)).read).toBe(false)
      expect(mayRead(reader, version, part, new Date(opens)).reason).not.toBe('not-open')
    }
  })
})
