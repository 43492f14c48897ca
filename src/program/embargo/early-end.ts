import type { PackageState } from '#program/packages/contract.ts'

/** What decides whether a version may be published. */
export interface PublishableFacts {
  readonly state: PackageState
  readonly release: Pick<{ readonly instant: Date }, 'instant'> | undefined
  /** As in `endedAtOf`. */
  readonly endedAt: Date | undefined
}

/**
 * From when a version may be published: its release instant, or the end of its embargoes when that is earlier (program.md, section
 * 10, I10); undefined for never. It is a right and no duty, and it rests on instants alone: that a publication failed, that nobody
 * marked it released, or that a job did not run neither gives nor takes it (E41).
 */
export function publishableSince({ state, release, endedAt }: PublishableFacts): Date | undefined {
  if (state === 'draft' || state === 'in-review' || state === 'approved' || state === 'pulled') return undefined
  // Taken out of its cycle, it has no release any more; that it is public already is another matter.
  const instant = state === 'deferred' ? undefined : release?.instant
  if (!instant || !endedAt) return instant ?? endedAt
  return endedAt < instant ? endedAt : instant
}

export function isPublishable(facts: PublishableFacts, now: Date): boolean {
  const since = publishableSince(facts)
  return since !== undefined && since <= now
}

/** The instant of a case that was merged of several: the earliest of theirs (E23 a); undefined when none of them has one. */
export function mergedInstant(instants: readonly (Date | undefined)[]): Date | undefined {
  const known = instants.filter((instant) => instant !== undefined)
  return known.length === 0 ? undefined : new Date(Math.min(...known.map((instant) => instant.getTime())))
}

/** Whether a part that was split off may be released at an instant: not before a sibling unless what that means for it was assessed (E23 b). */
export function splitMayRelease(instant: Date, siblings: readonly (Date | undefined)[], assessed: boolean): boolean {
  return assessed || siblings.every((sibling) => sibling !== undefined && instant >= sibling)
}
