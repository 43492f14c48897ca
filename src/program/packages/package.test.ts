import { fc } from '@fast-check/vitest'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { Problem } from '#platform/errors.ts'
import type { Id, OperatorId, PersonId } from '#platform/ids.ts'
import { contentHash } from '#program/packages/content-hash.ts'
import { PackageContent, type PackageContentInput, type PackageState } from '#program/packages/contract.ts'
import {
  approve,
  decide,
  defer,
  edit,
  pull,
  release,
  reopen,
  reschedule,
  revise,
  schedule,
  scheduleRevision,
  sendBack,
  startPackage,
  submit,
  supersede,
  withdraw,
  type Approved,
  type Draft,
  type InReview,
  type PackageVersion,
  type Pulled,
  type Released,
  type Scheduled,
  type Superseded,
  type Withdrawn,
} from '#program/packages/package.ts'
import { PRESETS } from '#program/releases/programme.ts'
import { outOfBandRelease, releaseIn } from '#program/releases/release.ts'

const AUTHOR = 'person-author' as PersonId
const SECOND_AUTHOR = 'person-second-author' as PersonId
const REVIEWER = 'person-reviewer' as PersonId
const PUBLISHER = 'person-publisher' as PersonId
const OPERATOR = 'operator-1' as OperatorId
const PACKAGE = 'package-1' as Id<'package'>
const AT = new Date('2026-08-01T12:00:00Z')
const SEPTEMBER = releaseIn({ year: 2026, month: 9 }, PRESETS.federal)!
const OCTOBER = releaseIn({ year: 2026, month: 10 }, PRESETS.federal)!
const OPENS = new Date('2026-08-20T18:00:00Z')
const OUT_OF_BAND = outOfBandRelease(new Date('2026-08-20T20:00:00Z'), 'America/Los_Angeles', { validate: OPENS, advance: OPENS, entry: OPENS })

const content = (changes: Partial<PackageContentInput> = {}) =>
  PackageContent.parse({ title: 'Overflow in the font parser', vulnerabilities: [{ cve: 'CVE-2026-10001' }], ...changes })
const two = (at = AT, reason = 'agreed') => decide({ proposedBy: AUTHOR, confirmedBy: REVIEWER, reason, at })

const draft = (): Draft => startPackage({ package: PACKAGE, operator: OPERATOR, content: content(), by: AUTHOR })
const inReview = (): InReview => submit(draft(), { by: AUTHOR, at: AT })
const approved = (): Approved => approve(inReview(), { by: REVIEWER, at: AT, contentHash: contentHash(inReview()) })
const scheduled = (): Scheduled => schedule(approved(), { release: SEPTEMBER, by: PUBLISHER, at: AT })
const released = (): Released => release(scheduled(), SEPTEMBER.instant)
const codeOf = (work: () => unknown) => {
  try {
    work()
  } catch (error) {
    return error instanceof Problem ? error.code : error
  }
  return 'done'
}

describe('a package version', () => {
  it('goes from draft to released', () => {
    expect([draft(), inReview(), approved(), scheduled(), released()].map(({ state }) => state)).toEqual([
      'draft',
      'in-review',
      'approved',
      'scheduled',
      'released',
    ])
    expect(released()).toMatchObject({ version: 1, contributors: [AUTHOR], approval: { by: REVIEWER }, release: SEPTEMBER, releasedAt: SEPTEMBER.instant })
  })

  it('has the states of the contract', () => {
    expectTypeOf<PackageVersion['state']>().toEqualTypeOf<PackageState>()
  })

  it('has steps that do not compile from other states', () => {
    const pulled = null as unknown as Pulled
    const withdrawn = null as unknown as Withdrawn
    const superseded = null as unknown as Superseded
    // Each of these lines is an error to tsc, or tsc fails on the line above it; none is run.
    const impossible = () => {
      // @ts-expect-error a draft was not submitted
      approve(draft(), { by: REVIEWER, at: AT, contentHash: '' })
      // @ts-expect-error nobody approved it
      schedule(draft(), { release: SEPTEMBER, by: PUBLISHER, at: AT })
      // @ts-expect-error nobody approved it
      schedule(inReview(), { release: SEPTEMBER, by: PUBLISHER, at: AT })
      // @ts-expect-error it has no release
      release(approved(), AT)
      // @ts-expect-error what is in review is not edited
      edit(inReview(), content(), AUTHOR)
      // @ts-expect-error approved content is reopened before it is edited
      edit(approved(), content(), AUTHOR)
      // @ts-expect-error what is public is not deferred
      defer(released(), two())
      // @ts-expect-error what is public does not move
      reschedule(released(), OCTOBER, two())
      // @ts-expect-error what was never public is pulled, not withdrawn
      withdraw(scheduled(), two())
      // @ts-expect-error nothing leads back from pulled
      schedule(pulled, { release: SEPTEMBER, by: PUBLISHER, at: AT })
      // @ts-expect-error nothing leads back from pulled
      reopen(pulled)
      // @ts-expect-error a draft takes nothing's place
      supersede(released(), draft())
      // @ts-expect-error what was pulled is not revised: a new package begins
      revise(pulled, content(), AUTHOR)
      // @ts-expect-error what was withdrawn is not revised
      revise(withdrawn, content(), AUTHOR)
      // @ts-expect-error a draft is edited, not revised
      revise(draft(), content(), AUTHOR)
      // @ts-expect-error what was superseded is not revised again
      revise(superseded, content(), AUTHOR)
      // @ts-expect-error a revision needs its own approval
      scheduleRevision(draft(), scheduled(), { by: PUBLISHER, at: AT })
      // @ts-expect-error a deferred version has no release any more that its revision could go on
      scheduleRevision(approved(), defer(scheduled(), two()), { by: PUBLISHER, at: AT })
      // @ts-expect-error nothing takes the place of what was pulled
      supersede(pulled, scheduled())
      // @ts-expect-error nothing takes the place of what was withdrawn
      supersede(withdrawn, scheduled())
      // @ts-expect-error it was pulled already
      pull(pulled, two())
      // @ts-expect-error what nobody could read is not pulled
      pull(approved(), two())
      // @ts-expect-error what was withdrawn stays readable
      pull(withdrawn, two())
      // @ts-expect-error it left its cycle already
      defer(defer(scheduled(), two()), two())
      // @ts-expect-error nothing leads back from superseded
      schedule(superseded, { release: SEPTEMBER, by: PUBLISHER, at: AT })
      // @ts-expect-error nothing leads back from superseded
      defer(superseded, two())
      // @ts-expect-error a superseded version is not withdrawn: the one in its place is
      withdraw(superseded, two())
      // @ts-expect-error what left its cycle does not move
      reschedule(defer(scheduled(), two()), OCTOBER, two())
      // @ts-expect-error one person is no decision
      pull(scheduled(), { proposedBy: AUTHOR, confirmedBy: AUTHOR, reason: '', at: AT })
    }
    expect(impossible).toBeTypeOf('function')
  })
})

describe('approval', () => {
  it('is refused to everyone who wrote or submitted the content', () => {
    const twoAuthors = submit(edit(draft(), content({ title: 'Better words' }), SECOND_AUTHOR), { by: PUBLISHER, at: AT })
    for (const by of [AUTHOR, SECOND_AUTHOR, PUBLISHER]) {
      expect(codeOf(() => approve(twoAuthors, { by, at: AT, contentHash: contentHash(twoAuthors) }))).toBe('SECOND_PERSON_NEEDED')
    }
    expect(codeOf(() => approve(twoAuthors, { by: REVIEWER, at: AT, contentHash: contentHash(twoAuthors) }))).toBe('done')
  })

  it('is refused for any content but the one in review', () => {
    const other = submit(edit(draft(), content({ title: 'Overflow in the font parser.' }), AUTHOR), { by: AUTHOR, at: AT })
    expect(codeOf(() => approve(inReview(), { by: REVIEWER, at: AT, contentHash: contentHash(other) }))).toBe('PRECONDITION_FAILED')
    expect(codeOf(() => approve(inReview(), { by: REVIEWER, at: AT, contentHash: '' }))).toBe('PRECONDITION_FAILED')
  })

  it('of another version or package with the same words does not fit', () => {
    const hash = contentHash(inReview())
    expect(contentHash({ ...inReview(), version: 2 })).not.toBe(hash)
    expect(contentHash({ ...inReview(), package: 'package-2' as Id<'package'> })).not.toBe(hash)
    expect(codeOf(() => approve({ ...inReview(), version: 2 }, { by: REVIEWER, at: AT, contentHash: hash }))).toBe('PRECONDITION_FAILED')
  })

  it('ends when the content is opened for changes, even if nothing changes', () => {
    expect(reopen(approved())).toEqual(draft())
    expect(reopen(defer(scheduled(), two()))).toEqual(draft())
    expect('approval' in reopen(approved())).toBe(false)
    expect(sendBack(inReview())).toEqual(draft())
  })

  it('is worth nothing for content that changed behind its back', () => {
    const tampered = content({ title: 'Something else' })
    expect(codeOf(() => schedule({ ...approved(), content: tampered }, { release: SEPTEMBER, by: PUBLISHER, at: AT }))).toBe('PRECONDITION_FAILED')
    expect(codeOf(() => reschedule({ ...scheduled(), content: tampered }, OCTOBER, two()))).toBe('PRECONDITION_FAILED')
    expect(codeOf(() => release({ ...scheduled(), content: tampered }, SEPTEMBER.instant))).toBe('PRECONDITION_FAILED')
  })

  it('needs something to approve', () => {
    const empty = startPackage({ package: PACKAGE, operator: OPERATOR, content: content({ vulnerabilities: [] }), by: AUTHOR })
    expect(codeOf(() => submit(empty, { by: AUTHOR, at: AT }))).toBe('VALIDATION_FAILED')
  })
})

describe('scheduling', () => {
  it('is refused to the person who approved the content', () => {
    expect(codeOf(() => schedule(approved(), { release: SEPTEMBER, by: REVIEWER, at: AT }))).toBe('SECOND_PERSON_NEEDED')
    expect(codeOf(() => schedule(approved(), { release: SEPTEMBER, by: AUTHOR, at: AT }))).toBe('done')
  })

  it('of an out-of-band release needs a decision of two people', () => {
    expect(codeOf(() => schedule(approved(), { release: OUT_OF_BAND, by: PUBLISHER, at: AT }))).toBe('SECOND_PERSON_NEEDED')
    expect(schedule(approved(), { release: OUT_OF_BAND, decision: two(), at: AT })).toMatchObject({ state: 'scheduled', release: OUT_OF_BAND })
  })

  it('is refused for a release that has passed, and allowed for one that is now', () => {
    expect(codeOf(() => schedule(approved(), { release: SEPTEMBER, by: PUBLISHER, at: new Date(SEPTEMBER.instant.getTime() + 1) }))).toBe('CONFLICT')
    expect(codeOf(() => schedule(approved(), { release: SEPTEMBER, by: PUBLISHER, at: SEPTEMBER.instant }))).toBe('done')
  })
})

describe('what two people decide', () => {
  it('is refused when they are one', () => {
    expect(codeOf(() => decide({ proposedBy: AUTHOR, confirmedBy: AUTHOR, reason: 'alone', at: AT }))).toBe('SECOND_PERSON_NEEDED')
  })

  it('moves a release, and keeps open what is open', () => {
    const opened = SEPTEMBER.windows.advance
    const moved = reschedule(scheduled(), OCTOBER, two(opened))
    expect(moved.release).toMatchObject({ instant: OCTOBER.instant, windows: { advance: opened, entry: OCTOBER.windows.entry } })
    expect(codeOf(() => reschedule(scheduled(), OCTOBER, two(SEPTEMBER.instant)))).toBe('CONFLICT')
    // When it was scheduled stays: else what was open since then would have opened only now.
    expect([moved.scheduledAt, moved.scheduledBy]).toEqual([scheduled().scheduledAt, scheduled().scheduledBy])
  })

  it('defers before the release, and the approval stays for a later one', () => {
    const deferred = defer(scheduled(), two())
    expect(schedule(deferred, { release: OCTOBER, by: PUBLISHER, at: AT })).toMatchObject({
      state: 'scheduled',
      release: OCTOBER,
      approval: approved().approval,
    })
    expect('decision' in schedule(deferred, { release: OCTOBER, by: PUBLISHER, at: AT })).toBe(false)
    expect(codeOf(() => defer(scheduled(), two(SEPTEMBER.instant)))).toBe('CONFLICT')
  })

  it('pulls and withdraws', () => {
    expect(pull(scheduled(), two())).toMatchObject({ state: 'pulled', was: 'scheduled' })
    expect(pull(released(), two())).toMatchObject({ state: 'pulled', was: 'released' })
    expect(pull(defer(scheduled(), two()), two())).toMatchObject({ state: 'pulled', was: 'deferred' })
    // Whoever kept a superseded version loses it too; whether it had been public stays known.
    const next = { ...scheduled(), version: 2 }
    expect(pull(supersede(scheduled(), next), two())).toMatchObject({ version: 1, was: 'scheduled' })
    expect(pull(supersede(released(), next), two())).toMatchObject({ version: 1, was: 'released' })
    expect(withdraw(released(), two())).toMatchObject({ state: 'withdrawn', releasedAt: SEPTEMBER.instant })
  })
})

describe('release', () => {
  it('is refused a millisecond before its instant', () => {
    expect(codeOf(() => release(scheduled(), new Date(SEPTEMBER.instant.getTime() - 1)))).toBe('CONFLICT')
    expect(release(scheduled(), SEPTEMBER.instant).state).toBe('released')
  })
})

describe('a revision', () => {
  const newer = () => {
    const next = submit(revise(scheduled(), content({ title: 'Second words' }), SECOND_AUTHOR), { by: SECOND_AUTHOR, at: AT })
    return schedule(approve(next, { by: AUTHOR, at: AT, contentHash: contentHash(next) }), { release: SEPTEMBER, by: PUBLISHER, at: AT })
  }

  it('is a draft with the next number that needs its own approval', () => {
    const next = revise(scheduled(), content({ title: 'Second words' }), SECOND_AUTHOR)
    expect(next).toMatchObject({ state: 'draft', package: PACKAGE, version: 2, contributors: [SECOND_AUTHOR] })
    expect('approval' in next).toBe(false)
  })

  it('goes on the release of the version that it revises, and is released at once after it', () => {
    const next = submit(revise(scheduled(), content({ title: 'Second words' }), SECOND_AUTHOR), { by: SECOND_AUTHOR, at: AT })
    const ready = approve(next, { by: AUTHOR, at: AT, contentHash: contentHash(next) })
    expect(scheduleRevision(ready, scheduled(), { by: PUBLISHER, at: AT })).toMatchObject({
      state: 'scheduled',
      version: 2,
      release: SEPTEMBER,
      scheduledAt: AT,
    })
    const after = new Date(SEPTEMBER.instant.getTime() + 1)
    expect(scheduleRevision(ready, released(), { by: PUBLISHER, at: after })).toMatchObject({ state: 'released', releasedAt: after, release: SEPTEMBER })
    // Whether anybody wrote down that the instant was reached says nothing.
    expect(scheduleRevision(ready, scheduled(), { by: PUBLISHER, at: SEPTEMBER.instant }).state).toBe('released')
    expect(codeOf(() => scheduleRevision(ready, scheduled(), { by: AUTHOR, at: AT }))).toBe('SECOND_PERSON_NEEDED')
    const tampered = { ...ready, content: content({ title: 'Something else' }) }
    expect(codeOf(() => scheduleRevision(tampered, scheduled(), { by: PUBLISHER, at: AT }))).toBe('PRECONDITION_FAILED')
  })

  it('takes the place of an older version of the same package only', () => {
    expect(supersede(scheduled(), newer())).toMatchObject({ state: 'superseded', was: 'scheduled', version: 1 })
    expect(supersede(released(), newer())).toMatchObject({ was: 'released' })
    expect(supersede(defer(scheduled(), two()), newer())).toMatchObject({ was: 'deferred' })
    expect(codeOf(() => supersede(scheduled(), scheduled()))).toBe('CONFLICT')
    expect(codeOf(() => supersede(newer(), scheduled()))).toBe('CONFLICT')
    expect(codeOf(() => supersede(scheduled(), { ...newer(), package: 'package-2' as Id<'package'> }))).toBe('CONFLICT')
    expect(codeOf(() => supersede(scheduled(), { ...newer(), operator: 'operator-2' as OperatorId }))).toBe('CONFLICT')
  })
})

describe('any sequence of steps', () => {
  const people = [AUTHOR, SECOND_AUTHOR, REVIEWER, PUBLISHER]
  const steps = ['edit', 'submit', 'sendBack', 'approve', 'reopen', 'schedule', 'defer', 'release', 'pull'] as const
  interface Step {
    readonly step: (typeof steps)[number]
    readonly by: PersonId
    readonly with: PersonId
    readonly stale: boolean
  }
  const step: fc.Arbitrary<Step> = fc.record({
    step: fc.constantFrom(...steps),
    by: fc.constantFrom(...people),
    with: fc.constantFrom(...people),
    stale: fc.boolean(),
  })

  it('makes nothing readable with fewer than two people, nor with other content than was approved', () => {
    let reached = 0
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 40 }), (walk) => {
        const version = walk.reduce<PackageVersion>(attempt, draft())
        if (version.state !== 'scheduled' && version.state !== 'released') return
        reached++
        expect(version.contributors).not.toContain(version.approval.by)
        expect(version.scheduledBy).not.toBe(version.approval.by)
        expect(version.approval.contentHash).toBe(contentHash(version))
      }),
      { numRuns: 3000 },
    )
    expect(reached).toBeGreaterThan(100)
  })

  function attempt(version: PackageVersion, step: Step): PackageVersion {
    try {
      return take(version, step)
    } catch (error) {
      if (error instanceof Problem) return version
      throw error
    }
  }

  function take(version: PackageVersion, { step, by, with: other, stale }: Step): PackageVersion {
    const decision = () => decide({ proposedBy: by, confirmedBy: other, reason: 'agreed', at: AT })
    if (version.state === 'draft' && step === 'edit') return edit(version, content({ title: `Words of ${by}` }), by)
    if (version.state === 'draft' && step === 'submit') return submit(version, { by, at: AT })
    if (version.state === 'in-review' && step === 'sendBack') return sendBack(version)
    if (version.state === 'in-review' && step === 'approve')
      return approve(version, { by, at: AT, contentHash: stale ? contentHash(draft()) : contentHash(version) })
    if ((version.state === 'approved' || version.state === 'deferred') && step === 'reopen') return reopen(version)
    if ((version.state === 'approved' || version.state === 'deferred') && step === 'schedule') return schedule(version, { release: SEPTEMBER, by, at: AT })
    if (version.state === 'scheduled' && step === 'defer') return defer(version, decision())
    if (version.state === 'scheduled' && step === 'release') return release(version, SEPTEMBER.instant)
    if (version.state === 'scheduled' && step === 'pull') return pull(version, decision())
    return version
  }
})
