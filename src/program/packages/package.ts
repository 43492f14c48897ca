import { Problem } from '#platform/errors.ts'
import type { OperatorId, PersonId } from '#platform/ids.ts'
import { contentHash, type PackageId, type Versioned } from '#program/packages/content-hash.ts'
import type { PackageContent } from '#program/packages/contract.ts'
import { movedRelease, type Release } from '#program/releases/release.ts'

/**
 * One version of a package in each of its states (program.md, 6.2). A function below takes exactly the states
 * from which its step exists, so that an impossible one does not compile. *Open* is no state: mayRead computes it.
 */
interface Version extends Versioned {
  readonly operator: OperatorId
  /** Everyone whose words or decision to submit the content is. None of them may approve it. */
  readonly contributors: readonly PersonId[]
}

/** One person's consent to exactly the content that has this hash. */
export interface Approval {
  readonly contentHash: string
  readonly by: PersonId
  readonly at: Date
}

declare const decided: unique symbol
/** What two different people want, and why; only `decide` makes one. */
export interface Decision {
  readonly [decided]: true
  readonly proposedBy: PersonId
  readonly confirmedBy: PersonId
  readonly reason: string
  readonly at: Date
}

interface ApprovedContent extends Version {
  readonly approval: Approval
}
interface WithRelease extends ApprovedContent {
  readonly release: Release
  readonly scheduledBy: PersonId
  readonly scheduledAt: Date
}

export interface Draft extends Version {
  readonly state: 'draft'
}
export interface InReview extends Version {
  readonly state: 'in-review'
  readonly submittedBy: PersonId
  readonly submittedAt: Date
}
export interface Approved extends ApprovedContent {
  readonly state: 'approved'
}
export interface Scheduled extends WithRelease {
  readonly state: 'scheduled'
}
export interface Released extends WithRelease {
  readonly state: 'released'
  readonly releasedAt: Date
}
/** Which state a version left for one from which nothing leads back: only what was `released` had been public. */
export type Left = 'scheduled' | 'released' | 'deferred'
/** A newer version took its place; whoever held it keeps it. */
export interface Superseded extends WithRelease {
  readonly state: 'superseded'
  readonly was: Left
}
/** Taken out of its cycle; still approved. */
export interface Deferred extends WithRelease {
  readonly state: 'deferred'
  readonly decision: Decision
}
/** Nobody reads it any more, and holders are asked to destroy it. */
export interface Pulled extends WithRelease {
  readonly state: 'pulled'
  readonly was: Left
  readonly decision: Decision
}
/** Taken back after it was public; it stays readable, marked so. */
export interface Withdrawn extends WithRelease {
  readonly state: 'withdrawn'
  readonly releasedAt: Date
  readonly decision: Decision
}

export type PackageVersion = Draft | InReview | Approved | Scheduled | Released | Superseded | Deferred | Pulled | Withdrawn
/** A decision of two people. Throws SECOND_PERSON_NEEDED when they are one. */
export function decide(wish: { proposedBy: PersonId; confirmedBy: PersonId; reason: string; at: Date }): Decision {
  if (wish.proposedBy === wish.confirmedBy) throw new Problem('SECOND_PERSON_NEEDED', 'Another person than the one who proposed this has to confirm it.')
  return { ...wish } as Decision
}

/** The first version of a package. */
export function startPackage(start: { package: PackageId; operator: OperatorId; content: PackageContent; by: PersonId }): Draft {
  const { package: id, operator, content, by } = start
  return { state: 'draft', package: id, operator, version: 1, content, contributors: [by] }
}

/** New words in a draft; whoever wrote them may no longer approve it. */
export function edit(draft: Draft, content: PackageContent, by: PersonId): Draft {
  return { ...draft, content, contributors: withPerson(draft.contributors, by) }
}

/** Sends a draft to review. Throws VALIDATION_FAILED for one that names no vulnerability, and for one that may be told beyond its receivers. */
export function submit(draft: Draft, { by, at }: { by: PersonId; at: Date }): InReview {
  const { vulnerabilities, tlp } = draft.content
  if (vulnerabilities.length === 0) {
    throw new Problem('VALIDATION_FAILED', 'A package names at least one vulnerability before it goes to review.', {
      fields: [{ field: '/content/vulnerabilities', message: 'at least one' }],
    })
  }
  if (tlp === 'CLEAR' || tlp === 'GREEN') {
    throw new Problem('VALIDATION_FAILED', `What is under embargo cannot be marked TLP:${tlp}: whoever receives it could pass it on.`, {
      fields: [{ field: '/content/tlp', message: 'AMBER, AMBER+STRICT or RED' }],
    })
  }
  return { ...bare(draft), state: 'in-review', contributors: withPerson(draft.contributors, by), submittedBy: by, submittedAt: at }
}

/** Gives what is in review back to its authors. */
export function sendBack(version: InReview): Draft {
  return { ...bare(version), state: 'draft' }
}

/**
 * Approves the content that has this hash. Throws SECOND_PERSON_NEEDED for anyone who wrote or submitted it
 * (program.md, section 7) and PRECONDITION_FAILED when the content in review is another one.
 */
export function approve(version: InReview, approval: Approval): Approved {
  if (version.contributors.includes(approval.by) || version.submittedBy === approval.by) {
    throw new Problem('SECOND_PERSON_NEEDED', 'Nobody approves what they wrote or submitted.')
  }
  if (approval.contentHash !== contentHash(version)) {
    throw new Problem('PRECONDITION_FAILED', 'The content changed since it was read: read it again, then approve that.')
  }
  return { ...bare(version), state: 'approved', approval }
}

/** Opens approved or deferred content for changes; its approval ends, even if nothing is changed afterwards. */
export function reopen(version: Approved | Deferred): Draft {
  return { ...bare(version), state: 'draft' }
}

/** How a release instant was chosen: by the programme's rule, or by two people for an out-of-band release. */
export type Schedule = { readonly release: Release; readonly at: Date } & ({ readonly by: PersonId } | { readonly decision: Decision })

/**
 * Puts approved content on a release. Throws PRECONDITION_FAILED when the content is not the approved one,
 * SECOND_PERSON_NEEDED for its approver alone and for an out-of-band release that two people did not decide,
 * CONFLICT when the release has passed.
 */
export function schedule(version: Approved | Deferred, plan: Schedule): Scheduled {
  requireApproved(version)
  const by = 'decision' in plan ? plan.decision.confirmedBy : plan.by
  // Approving widens nothing and scheduling does: the two steps together need two people whoever wrote the text.
  if (!('decision' in plan) && by === version.approval.by)
    throw new Problem('SECOND_PERSON_NEEDED', 'Another person than the one who approved it has to schedule it.')
  if (!('decision' in plan) && plan.release.rule === 'out-of-band')
    throw new Problem('SECOND_PERSON_NEEDED', 'Two people decide the instants of an out-of-band release.')
  if (plan.release.instant < plan.at) throw new Problem('CONFLICT', 'This release has passed.')
  return { ...bare(version), state: 'scheduled', approval: version.approval, release: plan.release, scheduledBy: by, scheduledAt: plan.at }
}

/**
 * Moves a scheduled version to another release; what is open stays open (E14 to E16). When and by whom it was scheduled stays as it
 * was: nothing that was open since then closes. Throws CONFLICT when either has passed.
 */
export function reschedule(version: Scheduled, to: Release, { at }: Decision): Scheduled {
  requireApproved(version)
  return { ...version, release: movedRelease(version.release, to, at) }
}

/** Takes a version out of its cycle; the embargo stays. Throws CONFLICT once the release has passed. */
export function defer(version: Scheduled, decision: Decision): Deferred {
  if (version.release.instant <= decision.at) throw new Problem('CONFLICT', 'This release has passed.')
  return { ...version, state: 'deferred', decision }
}

/** Records that the release instant was reached. Throws CONFLICT a millisecond before it. */
export function release(version: Scheduled, now: Date): Released {
  requireApproved(version)
  if (now < version.release.instant) throw new Problem('CONFLICT', 'The release instant is not reached.')
  return { ...version, state: 'released', releasedAt: now }
}

/** Begins the next version of a package: a new draft that needs its own approval. The present version stays as it is. */
export function revise(version: Scheduled | Released | Deferred, content: PackageContent, by: PersonId): Draft {
  return { state: 'draft', package: version.package, operator: version.operator, version: version.version + 1, content, contributors: [by] }
}

/**
 * Puts an approved revision on the release of the version that it revises; once that has happened it is released at once. Throws
 * PRECONDITION_FAILED when the content is not the approved one, SECOND_PERSON_NEEDED for its approver.
 */
export function scheduleRevision(revision: Approved, { release }: Scheduled | Released, { by, at }: { by: PersonId; at: Date }): Scheduled | Released {
  requireApproved(revision)
  if (by === revision.approval.by) throw new Problem('SECOND_PERSON_NEEDED', 'Another person than the one who approved it has to schedule it.')
  const common = { ...bare(revision), approval: revision.approval, release, scheduledBy: by, scheduledAt: at }
  return release.instant > at ? { ...common, state: 'scheduled' } : { ...common, state: 'released', releasedAt: at }
}

/** Puts a newer version of the same package in the place of this one. Throws CONFLICT for another package or an older version. */
export function supersede(version: Scheduled | Released | Deferred, newer: Scheduled | Released): Superseded {
  const follows = newer.package === version.package && newer.operator === version.operator && newer.version > version.version
  if (!follows) throw new Problem('CONFLICT', 'Only a newer version of the same package takes its place.')
  return { ...withRelease(version), state: 'superseded', was: version.state }
}

/** Ends all access (E20), also of those who kept a superseded version. */
export function pull(version: Scheduled | Released | Deferred | Superseded, decision: Decision): Pulled {
  return { ...withRelease(version), state: 'pulled', was: version.state === 'superseded' ? version.was : version.state, decision }
}

/** Takes a public version back; the ended embargo is not revived (E21). */
export function withdraw(version: Released, decision: Decision): Withdrawn {
  return { ...withRelease(version), state: 'withdrawn', releasedAt: version.releasedAt, decision }
}

/** Throws PRECONDITION_FAILED unless the content is exactly what its approval names. */
function requireApproved(version: ApprovedContent): void {
  if (version.approval.contentHash !== contentHash(version)) {
    throw new Problem('PRECONDITION_FAILED', 'The content is not the one that was approved.')
  }
}

function bare({ package: id, operator, version, content, contributors }: Version): Version {
  return { package: id, operator, version, content, contributors }
}

function withRelease(version: WithRelease): WithRelease {
  const { approval, release, scheduledBy, scheduledAt } = version
  return { ...bare(version), approval, release, scheduledBy, scheduledAt }
}

function withPerson(people: readonly PersonId[], person: PersonId): readonly PersonId[] {
  return people.includes(person) ? people : [...people, person]
}
