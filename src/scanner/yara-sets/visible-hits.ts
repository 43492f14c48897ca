import type { OperatorId, OrganisationId } from '#platform/ids.ts'
import { strictest } from '#exchange/stix/contract.ts'
import type { TlpLabel } from '#program/packages/contract.ts'
import { findingsOf, findsTechnique } from '#scanner/rules/findings.ts'
import { notMatched, tooMany } from '#scanner/rules/not-matched.ts'
import type { NotChecked } from '#scanner/verdict/contract.ts'
import type { OtherFinding } from '#scanner/verdict/finding.ts'
import type { MatchedSet } from '#scanner/yara-sets/contract.ts'
import { tellingOf, type Reader, type Telling } from '#scanner/yara-sets/entitled.ts'
import type { SetResult, SetResults } from '#scanner/yara-sets/results.ts'
import type { YaraSetId } from '#scanner/yara-sets/yara-set.ts'

/** A set that a submission was matched against, as the database shows it to the reader. */
export interface TellableSet {
  readonly set: YaraSetId
  readonly operator: OperatorId
  readonly owner: OrganisationId | null
  /** The strictest marking that it had at the match or since. */
  readonly tlp: TlpLabel
  /** What it is called; null for one that was deleted, undefined where the database does not show the set itself to the reader. */
  readonly name: string | null | undefined
}

/** What one reader is told of what rules said. */
export interface VisibleHits {
  readonly rules: readonly MatchedSet[]
  readonly findings: readonly OtherFinding[]
  readonly notChecked: readonly NotChecked[]
}

export const RESTRICTED = 'A YARA rule that is not shared with you matches.'
const DELETED = 'a set that was deleted'

/**
 * What the reader of a submission is told of its matches: of a set that the reader may know everything, of others at most, once for
 * all of them, that one matches. Results that the database shows no set for are left out. Pure.
 */
export function visibleHits(results: SetResults, sets: readonly TellableSet[], reader: Reader): VisibleHits {
  const rules: MatchedSet[] = [ownSet(results)]
  const findings: OtherFinding[] = []
  const notChecked: NotChecked[] = []
  const hidden: SetResult[] = []
  for (const result of results.sets) {
    const set = sets.find((one) => one.set === result.set)
    if (!set) continue
    const telling = tellingFor(reader, set)
    if (telling === 'result') hidden.push(result)
    if (telling !== 'rule') continue
    const name = set.name ?? DELETED
    rules.push(shownSet(result, set, name, reader))
    findings.push(...findingsOf(result.matches.map((match) => ({ ...match, set: name }))).map((one) => ({ ...one, tlp: strictest(set.tlp, one.tlp) })))
    if (result.ended) notChecked.push(notMatched(result.ended, `YARA set ${name}`))
    if (result.more) notChecked.push(tooMany(`YARA set ${name}`))
  }
  const restricted = restrictedFinding(hidden.flatMap(({ matches }) => matches))
  return { rules, findings: [...findings, ...restricted], notChecked }
}

/** As `tellingOf` says, but never more than the database shows. */
function tellingFor(reader: Reader, set: TellableSet): Telling {
  const telling = tellingOf(reader, set)
  return telling === 'rule' && set.name === undefined ? 'result' : telling
}

function restrictedFinding(matches: SetResult['matches']): OtherFinding[] {
  if (matches.length === 0) return []
  const technique = findsTechnique(matches)
  const proof = [{ path: '/', field: 'YARA rule', value: 'not shown' }]
  return [{ kind: technique ? 'technique' : 'note', id: 'yara-restricted', severity: technique ? 'medium' : 'info', summary: RESTRICTED, attack: [], proof }]
}

function ownSet({ own: { sha256, matched, ended } }: SetResults): MatchedSet {
  return { name: 'vedette', owner: 'vedette', version: null, sha256, tlp: 'CLEAR', outcome: outcomeOf(matched, ended) }
}

function shownSet({ version, sha256, matches, ended }: SetResult, { owner, tlp }: TellableSet, name: string, { actor }: Reader): MatchedSet {
  const whose = owner === null ? 'operator' : actor.kind === 'contact' && owner === actor.organisation ? 'own' : 'member'
  return { name, owner: whose, version, sha256, tlp, outcome: outcomeOf(matches.length > 0, ended) }
}

function outcomeOf(matched: boolean, ended: object | null): MatchedSet['outcome'] {
  return ended ? 'not-matched' : matched ? 'matched' : 'none'
}
