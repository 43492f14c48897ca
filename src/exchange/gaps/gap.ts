/** Figures about members come in groups of this size (promise 21): nobody is told of fewer, and no two differ by fewer. */
const GROUP = 5

/** How many others may be shown for `others` organisations: rounded down to the group; 0 means that nothing may be shown. */
export function shownOrganisations(others: number): number {
  return Number.isSafeInteger(others) && others >= GROUP ? Math.floor(others / GROUP) * GROUP : 0
}

export interface Coverage {
  readonly kind: 'vendor' | 'responder'
  /** Other organisations that sighted the indicator. */
  readonly others: number
  /** Whether the reader's organisation sighted it. */
  readonly sighted: boolean
  /** Whether the reader's organisation shipped a protection for the indicator or for one of its vulnerabilities. */
  readonly shipped: boolean
}

export type GapFound = { readonly organisations: number; readonly missing: 'protection' | 'sighting' }

/** What the reader's organisation lacks: a vendor a protection, a responder a sighting. Undefined when nothing, or when too few others saw it. */
export function gapOf({ kind, others, sighted, shipped }: Coverage): GapFound | undefined {
  const organisations = shownOrganisations(others)
  if (organisations === 0) return undefined
  if (kind === 'vendor') return shipped ? undefined : { organisations, missing: 'protection' }
  return sighted ? undefined : { organisations, missing: 'sighting' }
}
