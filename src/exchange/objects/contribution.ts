import type { OrganisationId } from '#platform/ids.ts'
import { COMMUNITY } from '#exchange/stix/tlp.ts'
import type { FeedRow, Version } from '#exchange/objects/version.ts'

/** A version while it is decided on: what is stored of it, and what shall be. */
export interface Draft {
  readonly version: Version
  readonly isNew: boolean
  /** Of a new one: how many came before it. */
  readonly turn: number
  /** Its rows as they are stored. */
  feeds: readonly FeedRow[] | undefined
  open: boolean
}

/** What stands of one contributor's versions of one object while it is decided on. */
export interface Contribution {
  readonly id: string
  readonly object: string
  readonly organisation: OrganisationId | null
  /** What its contributor says of an observable later does not take back what it said before. */
  readonly isObservable: boolean
  /** All versions that there are. */
  count: number
  /** Those that were loaded: all of them, or no fewer than the outermost. */
  drafts: Draft[]
  whole: boolean
  /** As it was stored; a new one was neither. */
  readonly wasOpen: boolean
  readonly wasLeading: boolean
  /** Its audience beyond contributor and operator, as it was stored. */
  readonly wasFor: string | undefined
  open: boolean
  leads: boolean
  contributedAt: number | undefined
  shownSince: number | null
}

/** Contributions as their stored versions say. */
export function asContributions(versions: readonly Version[], whole: boolean): Contribution[] {
  return [...Map.groupBy(versions, ({ contribution_id: id }) => id).values()].map((of) => {
    const [one] = of as [Version]
    const contribution: Contribution = {
      id: one.contribution_id,
      object: one.object_id,
      organisation: one.organisation_id,
      isObservable: !one.versioned,
      count: of.length,
      drafts: of.map((version) => ({ version, isNew: false, turn: 0, feeds: undefined, open: version.open })),
      whole,
      wasOpen: of.some(({ open }) => open),
      wasLeading: one.leads,
      wasFor: of.find(({ open }) => open)?.audience,
      open: of.some(({ open }) => open),
      leads: one.leads,
      contributedAt: one.contributed_at,
      shownSince: one.shown_since,
    }
    return contribution
  })
}

/** Whether all of its versions were deleted. */
export function isGone({ drafts }: Contribution): boolean {
  return drafts.length === 0
}

export function newestOf({ drafts }: Contribution): Version {
  return drafts.map(({ version }) => version).reduce((one, other) => (other.version_at > one.version_at ? other : one))
}

/**
 * For whom a contribution is beyond its contributor and the operator: the newest version decides for all of it; of an observable
 * the widest does. Undefined: for nobody.
 */
export function audienceOf(contribution: Contribution, collection: string): string | undefined {
  if (isGone(contribution)) return undefined
  const outward = ({ tlp, audience }: Version) => (COMMUNITY.includes(tlp) ? audience : undefined)
  const newest = outward(newestOf(contribution))
  if (!contribution.isObservable || newest === collection) return newest
  const inOrder = contribution.drafts.map(({ version }) => version).sort((a, b) => (a.version_at < b.version_at ? -1 : 1))
  const all = inOrder.flatMap((version) => outward(version) ?? [])
  return all.includes(collection) ? collection : all.at(-1)
}

/** What others need to see in order to be shown the contribution. */
export function refsOf(contribution: Contribution): readonly string[] {
  return contribution.isObservable || isGone(contribution) ? [] : newestOf(contribution).shown_with
}
