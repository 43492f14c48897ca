import type { OperatorId, OrganisationId } from '#platform/ids.ts'
import { COMMUNITY } from '#exchange/stix/contract.ts'
import type { TlpLabel } from '#program/packages/contract.ts'
import type { YaraSetId } from '#scanner/yara-sets/yara-set.ts'

/** A set as it stands when a submission is scanned. */
export interface StandingSet {
  readonly id: YaraSetId
  readonly operator: OperatorId
  /** Null: the operator's own. */
  readonly owner: OrganisationId | null
  /** Whether the owner is the operator, or a member whose membership is in force. */
  readonly ownerActive: boolean
  readonly enabled: boolean
  readonly tlp: TlpLabel
  readonly version: number
  readonly sha256: string
}

/** What decides which sets meet a submission. */
export interface Subject {
  readonly operator: OperatorId
  /** Null: the operator's own people handed it in. */
  readonly organisation: OrganisationId | null
  readonly tlp: TlpLabel
}

/**
 * The sets that are matched against a submission, in an order that depends on nothing else: enabled ones of its operator and of that
 * operator's members in force. A RED submission meets the operator's and its own organisation's only: RED names those who may handle
 * it, and a third member's material is none of them. A submission that is not shared meets all: no match goes to whoever wrote the
 * rule, so matching shares nothing. Pure.
 */
export function rulesFor(submission: Subject, sets: readonly StandingSet[]): StandingSet[] {
  return sets
    .filter(({ operator, enabled, ownerActive }) => operator === submission.operator && enabled && ownerActive)
    .filter(({ owner }) => submission.tlp !== 'RED' || owner === null || owner === submission.organisation)
    .toSorted((a, b) => order(a.owner ?? '', b.owner ?? '') || order(a.id, b.id))
}

/**
 * Sets that one process may hold together: those that are marked for members, and apart from these those of each owner and marking. A
 * file that takes the process over can then put nothing of a rule into the match of another that other people see. RED ones come
 * last: what they cost takes nothing from the others, so that nobody else can tell that they are there. Pure.
 */
export function groupsOf(sets: readonly StandingSet[]): { readonly open: readonly StandingSet[]; readonly closed: readonly (readonly StandingSet[])[] } {
  const isOpen = ({ tlp }: StandingSet) => COMMUNITY.includes(tlp)
  const closed = sets.filter((set) => !isOpen(set))
  const isRed = ({ tlp }: StandingSet) => tlp === 'RED'
  return { open: sets.filter(isOpen), closed: [...byOwner(closed.filter((set) => !isRed(set))), ...byOwner(closed.filter(isRed))] }
}

/** The same by owner: rules that break a process, or match without end, cost none but their owner's. Pure. */
export function byOwner(sets: readonly StandingSet[]): (readonly StandingSet[])[] {
  return [...Map.groupBy(sets, ({ owner }) => owner).values()]
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
