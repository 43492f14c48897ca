/** What an organisation holds in a collection. */
export interface HeldRight {
  readonly canRead: boolean
  readonly canWrite: boolean
}

export const NO_RIGHT: HeldRight = { canRead: false, canWrite: false }

/** Days in which a change that waits for its second person can be approved. */
export const PROPOSAL_DAYS = 14

/** Whether a change lets somebody do what it could not do before: then it takes two people. Pure. */
export function widensRight(before: HeldRight, after: HeldRight): boolean {
  return (after.canRead && !before.canRead) || (after.canWrite && !before.canWrite)
}

export type AccessChangeState = 'waits' | 'done' | 'expired' | 'closed'

/** What has become of a change at an instant. */
export function accessChangeState(
  change: { readonly done_at: Date | null; readonly closed_at: Date | null; readonly expires_at: Date },
  now: Date,
): AccessChangeState {
  if (change.done_at) return 'done'
  if (change.closed_at) return 'closed'
  return change.expires_at <= now ? 'expired' : 'waits'
}
