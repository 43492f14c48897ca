import type { PersonActor } from '#platform/auth/actor.ts'
import type { OperatorId, OrganisationId } from '#platform/ids.ts'
import { seesVersion } from '#exchange/stix/contract.ts'
import type { TlpLabel } from '#program/packages/contract.ts'

/** Whose a set is, and how it is marked. */
export interface MarkedSet {
  readonly operator: OperatorId
  /** The member whose it is; null: the operator's own. */
  readonly owner: OrganisationId | null
  readonly tlp: TlpLabel
}

/** Somebody who reads, and the operators in whose exchange the reader's organisation may read now. */
export interface Reader {
  readonly actor: PersonActor
  readonly readsWith: ReadonlySet<OperatorId>
}

/** Whether the reader may know the set itself: as an object of the exchange with the same marking, contributor and operator. Pure. */
export function knowsSet({ actor, readsWith }: Reader, { operator, owner, tlp }: MarkedSet): boolean {
  const own = actor.kind === 'contact' && owner === actor.organisation
  return seesVersion(actor, { operator, contributor: owner, tlp, open: true }, own || readsWith.has(operator))
}

/**
 * What of a match somebody learns who may see the submission. `rule`: all of it. `result`: that a rule that is not shown matches, and
 * nothing else: not which, how many, whose or where. `nothing`: of a RED rule not even that, because whoever hands in file after file
 * could otherwise find out byte by byte what the rule looks for. Pure and fail-closed.
 */
export type Telling = 'rule' | 'result' | 'nothing'

export function tellingOf(reader: Reader, set: MarkedSet): Telling {
  if (knowsSet(reader, set)) return 'rule'
  return LET_RESULTS_OUT.has(set.tlp) ? 'result' : 'nothing'
}

/** What is marked for members is told to a reader who is none at present as AMBER+STRICT is. */
const LET_RESULTS_OUT: ReadonlySet<TlpLabel> = new Set(['CLEAR', 'GREEN', 'AMBER', 'AMBER+STRICT'])
