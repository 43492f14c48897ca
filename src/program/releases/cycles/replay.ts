import { canonicalJson } from '#platform/audit/canonical-json.ts'
import type { PlainValue } from '#platform/audit/audit.ts'
import { mayRead, opensAt, type ContactReader, type ReadableVersion, type ReadAnswer } from '#program/embargo/may-read.ts'
import { replay } from '#program/embargo/read-evidence.ts'
import type { Part } from '#program/packages/contract.ts'

export type Plain = Readonly<Record<string, PlainValue>>
export type DifferenceKind = 'decision' | 'unknown-rule' | 'history' | 'facts' | 'not-open' | 'no-leaf' | 'no-receipt'
export interface Disagreement {
  readonly kind: DifferenceKind
  readonly recorded: string
  readonly found: string
}

/** One delivery as it is on record, and what the stored history says of that moment. */
export interface RecordedDelivery {
  readonly at: Date
  /** What the receipt covers. */
  readonly parts: readonly Part[]
  /** Of the leaf; undefined where there is none. */
  readonly evidence: Plain | undefined
  /** As the history has both at that moment; undefined where it has none. */
  readonly reader: ContactReader | undefined
  readonly version: ReadableVersion | undefined
}

/**
 * Decides a delivery again, twice: from the evidence that its leaf keeps, under the rule of its time, and from the stored history,
 * which knows nothing of the leaf. Returns what does not agree; nothing does not where all is as it was.
 */
export function disagreements(delivery: RecordedDelivery): Disagreement[] {
  const { evidence } = delivery
  const found = fromHistory(delivery)
  return evidence
    ? [...fromEvidence(evidence), ...fromFacts(evidence, delivery), ...found]
    : [{ kind: 'no-leaf', recorded: 'a receipt', found: 'no leaf' }, ...found]
}

function fromEvidence(evidence: Plain): Disagreement[] {
  const again = replay(evidence)
  if (!again) return [{ kind: 'unknown-rule', recorded: ruleOf(evidence), found: 'no such rule' }]
  const recorded = { read: evidence['read'], reason: evidence['reason'] } as ReadAnswer
  return again.read === recorded.read && again.reason === recorded.reason ? [] : [{ kind: 'decision', recorded: textOf(recorded), found: textOf(again) }]
}

/** Name and version of the rule that took a recorded decision. */
export function ruleOf({ rule }: Plain): string {
  return typeof rule === 'string' ? rule : 'none'
}

/** Whether the decision rested on what the history says of the version. */
function fromFacts(evidence: Plain, { version }: RecordedDelivery): Disagreement[] {
  if (!version) return []
  const [recorded, found] = [evidence['version'], JSON.parse(JSON.stringify(version)) as PlainValue].map(decisive)
  return recorded === found ? [] : [{ kind: 'facts', recorded: recorded!, found: found! }]
}

/** What of a version decides when it opens, as one text. */
function decisive(version: PlainValue | undefined): string {
  const { state, contentHash, approvedHash, scheduledAt, release } = (version ?? {}) as Plain
  const { instant, windows } = (release ?? {}) as Plain
  return canonicalJson({ state, contentHash, approvedHash, scheduledAt, instant, windows } as PlainValue)
}

function fromHistory({ at, parts, evidence, reader, version }: RecordedDelivery): Disagreement[] {
  if (!reader || !version) return [{ kind: 'history', recorded: 'given', found: reader ? 'no version' : 'no entitlement' }]
  const asked = (evidence?.['part'] as Part | undefined) ?? parts[0]!
  const again = mayRead(reader, version, asked, at)
  const differs = evidence && again.read !== evidence['read'] ? [difference('history', evidence['read'] === true ? 'given' : 'denied', again)] : []
  const closed = parts.filter((part) => !mayRead(reader, version, part, at).read)
  const early = closed.map((part): Disagreement => {
    const opens = opensAt(reader, version, part, at)
    return { kind: 'not-open', recorded: `${part} given`, found: opens === undefined ? 'never opens' : `opens ${new Date(opens).toISOString()}` }
  })
  return [...differs, ...early]
}

function difference(kind: DifferenceKind, recorded: string, answer: ReadAnswer): Disagreement {
  return { kind, recorded, found: textOf(answer) }
}

function textOf({ read, reason }: ReadAnswer): string {
  return `${read ? 'given' : 'denied'}: ${reason}`
}
