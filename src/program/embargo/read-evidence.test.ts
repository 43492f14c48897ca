import { fc, test } from '@fast-check/vitest'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { canonicalJson } from '#platform/audit/canonical-json.ts'
import type { Id, OperatorId, OrganisationId, PersonId } from '#platform/ids.ts'
import { DUTY_TO_REPORT, heldVersion, mayRead, NO_CEILING, type ContactReader, type Reader } from '#program/embargo/may-read.ts'
import { readableVersion } from '#program/embargo/readable-version.ts'
import { readEvidence, replay } from '#program/embargo/read-evidence.ts'
import { TIERS } from '#program/membership/contract.ts'
import { contentHash } from '#program/packages/content-hash.ts'
import { PackageContent, PARTS } from '#program/packages/contract.ts'
import { approve, decide, defer, pull, release, schedule, startPackage, submit, supersede, withdraw, type PackageVersion } from '#program/packages/package.ts'
import { PRESETS } from '#program/releases/programme.ts'
import { releaseIn } from '#program/releases/release.ts'

const [AUTHOR, REVIEWER, PUBLISHER] = ['author', 'reviewer', 'publisher'] as PersonId[] as [PersonId, PersonId, PersonId]
const PACKAGE = 'package-1' as Id<'package'>
const OPERATOR = 'operator-1' as OperatorId
const MEMBER = 'organisation-1' as OrganisationId
const RELEASE = releaseIn({ year: 2026, month: 11 }, PRESETS.federal)!
const AT = new Date('2026-10-01T00:00:00Z')
const SINCE = new Date('2020-01-01T00:00:00Z')
const CANARY = 'canary-of-the-package'

const content = PackageContent.parse({ title: CANARY, vulnerabilities: [{ cve: 'CVE-2026-10001', description: CANARY }], validateParts: ['bulletin'] })
const draft = startPackage({ package: PACKAGE, operator: OPERATOR, content, by: AUTHOR })
const inReview = submit(draft, { by: AUTHOR, at: AT })
const approved = approve(inReview, { by: REVIEWER, at: AT, contentHash: contentHash(inReview) })
const scheduled = schedule(approved, { release: RELEASE, by: PUBLISHER, at: AT })
const released = release(scheduled, RELEASE.instant)
const decision = decide({ proposedBy: AUTHOR, confirmedBy: REVIEWER, reason: 'agreed', at: AT })
const superseded = supersede(scheduled, { ...released, version: 2 })
const versions: PackageVersion[] = [
  draft,
  inReview,
  approved,
  scheduled,
  released,
  superseded,
  defer(scheduled, decision),
  pull(released, decision),
  withdraw(released, decision),
]

const contact: fc.Arbitrary<Reader> = fc
  .record({
    tier: fc.constantFrom(...TIERS),
    know: fc.boolean(),
    held: fc.boolean(),
    ceiling: fc.constantFrom(NO_CEILING, DUTY_TO_REPORT, undefined),
    accepted: fc.constantFrom(SINCE, undefined),
    joined: fc.constantFrom(AT, RELEASE.windows.entry),
    bridges: fc.boolean(),
    member: fc.boolean(),
    until: fc.constantFrom(null, RELEASE.instant),
  })
  .map(({ tier, know, held, ceiling, accepted, member, until, joined, bridges }): ContactReader => ({
    kind: 'contact',
    contact: {
      organisation: MEMBER,
      active: true,
      needToKnow: new Set(know ? [PACKAGE, 'package-2' as Id<'package'>] : []),
      proofOfConcept: false,
      holds: new Set(held ? [heldVersion(PACKAGE, 1)] : []),
      keyUntil: new Date('2030-01-01T00:00:00Z'),
    },
    membership: member ? { organisation: MEMBER, operator: OPERATOR, tier, state: 'active', since: SINCE, until, reachable: true } : undefined,
    agreement: [{ version: 1, sha256: 'text', acceptBy: SINCE, countersignedAt: accepted }],
    jurisdiction: { entity: NO_CEILING, contact: ceiling },
    history: {
      member: [
        { since: SINCE, tier: 'entry', state: 'suspended', until: null, ceiling: NO_CEILING, bridges: false },
        { since: joined, tier, state: 'active', until, ceiling: NO_CEILING, bridges },
      ],
      place: [{ since: SINCE, ceiling }],
    },
  }))
const operator: fc.Arbitrary<Reader> = fc
  .constantFrom('author' as const, 'auditor' as const)
  .map((role) => ({ kind: 'operator', operator: OPERATOR, roles: [role] }))
const instant = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: -20 * 24, max: 2 * 24 }).map((hours) => new Date(RELEASE.instant.getTime() + hours * 3_600_000)) },
  fc.constant(new Date(Number.NaN)),
)

describe('the evidence of a decision', () => {
  test.prop(
    [
      fc.oneof({ weight: 5, arbitrary: contact }, operator),
      fc.constantFrom(...versions),
      fc.constantFrom(...PARTS),
      instant,
      fc.option(instant, { nil: undefined }),
      fc.option(instant, { nil: undefined }),
    ],
    { numRuns: 5000 },
  )('I15: replays to the same decision after it was written and read back', (reader, version, part, now, endedAt, supersededAt) => {
    const facts = readableVersion(version, endedAt, supersededAt)
    const stored = canonicalJson(readEvidence(reader, facts, part, now))
    expect(replay(JSON.parse(stored) as Record<string, string>)).toEqual(mayRead(reader, facts, part, now))
    expect(stored).not.toContain(CANARY)
    expect(stored).not.toContain('package-2')
  })

  it('names the rule, the calendar and the policies it was taken under', () => {
    const [reader] = fc.sample(contact, 1)
    const evidence = readEvidence(reader!, readableVersion(scheduled), 'bulletin', AT)
    expect(evidence).toMatchObject({
      rule: 'may-read@4',
      version: { release: { rule: 'update-tuesday@1', calendar: 'us-federal@1' } },
      reader: { jurisdiction: { entity: { policy: 'unrestricted@1' } } },
    })
  })

  it('of decisions that may-read@2 took, as it took them, replays to the same answers', () => {
    const recorded = readFileSync('test/vectors/may-read-2.ndjson', 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, string>)
    expect(recorded.length).toBeGreaterThan(150)
    expect(new Set(recorded.map(({ rule }) => rule))).toEqual(new Set(['may-read@2']))
    for (const evidence of recorded) expect(replay(evidence)).toEqual({ read: evidence.read, reason: evidence.reason })
    // The control: the answers rest on the facts. With every instant of the release a year later, what was open is not.
    const later = recorded
      .filter(({ reason }) => reason === 'open')
      .map((evidence) =>
        JSON.parse(
          JSON.stringify(evidence)
            .replaceAll('2026-11', '2027-11')
            .replaceAll('2026-10', '2027-10')
            .replace(/"now":"2027/, '"now":"2026'),
        ),
      )
    expect(later.filter((evidence) => replay(evidence)?.reason === 'open')).toEqual([])
  })

  it('is not replayed under a rule that nobody knows', () => {
    const [reader] = fc.sample(contact, 1)
    expect(replay({ ...readEvidence(reader!, readableVersion(scheduled), 'bulletin', AT), rule: 'may-read@1' })).toBeUndefined()
  })
})

describe('what the predicate sees of a version', () => {
  it('is the hash of the content itself, whatever was stored beside it', () => {
    expect(readableVersion(scheduled)).toMatchObject({
      contentHash: contentHash(scheduled),
      approvedHash: contentHash(scheduled),
      release: RELEASE,
      validateParts: ['bulletin'],
    })
    const changed = readableVersion({ ...scheduled, content: { ...content, title: 'Something else' } })
    expect(changed.contentHash).not.toBe(changed.approvedHash)
  })

  it('has no approval and no release before there are some', () => {
    for (const version of [draft, inReview]) expect(readableVersion(version)).toMatchObject({ approvedHash: undefined, release: undefined })
  })
})
