import type { OperatorId } from '#platform/ids.ts'
import { audienceOf, type Contribution, type Draft } from '#exchange/objects/contribution.ts'
import type { FeedRow } from '#exchange/objects/version.ts'

/** A row that is missing in a feed; without a position it gets the next one of the feed. */
export interface MissingRow extends Omit<FeedRow, 'position'> {
  readonly draft: Draft
  readonly position: number | undefined
}

export interface ChangedRow extends FeedRow {
  readonly draft: Draft
}

/** What has to be done to the feeds for one contribution. */
export interface Placement {
  readonly missing: readonly MissingRow[]
  readonly changed: readonly ChangedRow[]
  /** Rows that are taken away, and whether their readers are told. */
  readonly removed: readonly (ChangedRow & { readonly told: boolean })[]
  /** The versions that are outermost for somebody. */
  readonly oldest: ReadonlySet<Draft>
  readonly newest: ReadonlySet<Draft>
}

interface Readers {
  readonly collection: string
  readonly operator: OperatorId
  /** Organisations that have contributed the object themselves. */
  readonly contributors: ReadonlySet<string>
  /** Those that no longer have: they are shown by rows of their own what they were not shown until now. */
  readonly returning?: readonly string[]
}

type Wanted = Omit<FeedRow, 'position' | 'audience'>

/**
 * Which rows the versions of a contribution have in which feeds. Where everybody sees all of it one row each serves all readers. Otherwise
 * the contributor and the operator's people have rows of their own, and those of the others are `late`: not for these two.
 * Pure.
 */
export function placeRows(contribution: Contribution, { collection, operator, contributors, returning = [] }: Readers): Placement {
  const { drafts, organisation, leads } = contribution
  const outward = leads ? audienceOf(contribution, collection) : undefined
  const isOut = (draft: Draft) => outward !== undefined && draft.open
  // Who belongs to a group changes: contributor and operator never depend on it.
  const shared = outward === collection && sharesRows(contribution, collection) && drafts.every(isOut)
  const whole = outermost(drafts)
  const out = outermost(drafts.filter(isOut))
  const known = new Set([collection, contribution.wasFor, outward])
  const missing: MissingRow[] = []
  const changed: ChangedRow[] = []
  const removed: (ChangedRow & { told: boolean })[] = []
  for (const draft of drafts) {
    const own: Wanted = { oldest: draft === whole.oldest, newest: draft === whole.newest, late: false }
    const others: Wanted = { oldest: draft === out.oldest, newest: draft === out.newest, late: !shared }
    const wanted = new Map<string, Wanted>()
    if (isOut(draft)) wanted.set(outward!, others)
    if (!shared && organisation !== null) wanted.set(organisation, own)
    if (!shared && leads) wanted.set(operator, own)
    // Rows by which one organisation has what others have by the common one.
    for (const { audience } of draft.feeds ?? [])
      if (!known.has(audience) && audience !== organisation && audience !== operator && isOut(draft) && !contributors.has(audience))
        wanted.set(audience, { ...others, late: false })
    if (isOut(draft) && (draft.feeds ?? []).some(({ audience }) => audience === outward))
      for (const organisation of returning) wanted.set(organisation, { ...others, late: false })
    const common = (draft.feeds ?? []).find(({ audience, late }) => known.has(audience) && !late)
    for (const [audience, want] of wanted) {
      const row = (draft.feeds ?? []).find((one) => one.audience === audience)
      const isOwn = audience === organisation || audience === operator
      if (!row) missing.push({ ...want, audience, draft, position: isOwn ? common?.position : undefined })
      else if (row.oldest !== want.oldest || row.newest !== want.newest || row.late !== want.late) changed.push({ ...row, ...want, draft })
    }
    for (const row of draft.feeds ?? []) if (!wanted.has(row.audience)) removed.push({ ...row, draft, told: true })
  }
  return { missing, changed, removed, ...outermostOfAll(shared ? [] : [whole], [out]) }
}

/** Whether one row serves all readers of each version; what was once told apart stays so. */
export function sharesRows(contribution: Contribution, collection: string): boolean {
  const audience = audienceOf(contribution, collection)
  return contribution.drafts.every(
    ({ feeds = [], isNew }) => isNew || (feeds.some((row) => row.audience === audience && !row.late) && !feeds.some(({ late }) => late)),
  )
}

interface Outermost {
  readonly oldest: Draft | undefined
  readonly newest: Draft | undefined
}

function outermost(drafts: readonly Draft[]): Outermost {
  let [oldest, newest] = [drafts[0], drafts[0]]
  for (const draft of drafts) {
    if (draft.version.version_at < oldest!.version.version_at) oldest = draft
    if (draft.version.version_at > newest!.version.version_at) newest = draft
  }
  return { oldest, newest }
}

function outermostOfAll(...lists: readonly (readonly Outermost[])[]) {
  const all = lists.flat()
  return { oldest: new Set(all.flatMap(({ oldest }) => oldest ?? [])), newest: new Set(all.flatMap(({ newest }) => newest ?? [])) }
}
