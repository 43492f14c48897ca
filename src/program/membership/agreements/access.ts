/** A text of the operator, and from which instant on no earlier one entitles. */
export interface IssuedText {
  readonly version: number
  readonly acceptBy: Date
}

export interface Access {
  readonly entitled: boolean
  /** When it ends unless a newer text is accepted; null while it does not, and when it is not there. */
  readonly until: Date | null
}

/**
 * Whether the agreement lets an organisation go on that has accepted these versions, countersigned. It has to have accepted the newest
 * text whose date has passed, or any newer one; with no text accepted, or none issued, it may not.
 */
export function accessOf(texts: readonly IssuedText[], accepted: readonly number[], now: Date): Access {
  const newest = Math.max(0, ...accepted.filter((version) => texts.some((text) => text.version === version)))
  const required = Math.max(1, ...texts.filter(({ acceptBy }) => acceptBy <= now).map(({ version }) => version))
  if (newest < required) return { entitled: false, until: null }
  const ends = texts.filter(({ version, acceptBy }) => version > newest && acceptBy > now).map(({ acceptBy }) => acceptBy.getTime())
  return { entitled: true, until: ends.length > 0 ? new Date(Math.min(...ends)) : null }
}
