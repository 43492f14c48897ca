import type { PlainValue } from '#platform/audit/audit.ts'
import { EMBARGO_RULE, heldVersion, mayRead, type ContactReader, type ReadableVersion, type ReadAnswer, type Reader } from '#program/embargo/may-read.ts'
import type { Part } from '#program/packages/contract.ts'

type Plain = Readonly<Record<string, PlainValue>>

/**
 * A decision with every input that it rested on, as plain JSON for the audit log: ids, hashes, instants and the
 * versions of rule, calendar and policies, no text of the package. Of the sets it keeps what concerns this
 * version. `replay` decides again from it (program.md, section 5, I15).
 */
export function readEvidence(reader: Reader, version: ReadableVersion, part: Part, now: Date): Plain {
  return { rule: EMBARGO_RULE, ...mayRead(reader, version, part, now), part, now: plain(now), reader: readerFacts(reader, version), version: plain(version) }
}

/**
 * Every version of the predicate under which decisions are on record, with the code that decides as it did. One that the present code
 * serves needs recorded evidence of its own that it decides alike (test/vectors, read-evidence.test.ts).
 */
const RULES: Readonly<Record<string, typeof mayRead>> = { 'may-read@2': untilSuperseded, 'may-read@3': untilSuperseded, [EMBARGO_RULE]: mayRead }

/** Up to may-read@3 a version in whose place another was went on opening to its holders at its old instants. */
function untilSuperseded(...[reader, version, part, now]: Parameters<typeof mayRead>): ReadAnswer {
  return mayRead(reader, { ...version, supersededAt: now }, part, now)
}

/** The decision that the predicate of its time gives on recorded evidence; undefined for a version of the rule that is not known. */
export function replay(evidence: Plain): ReadAnswer | undefined {
  const decide = typeof evidence.rule === 'string' && Object.hasOwn(RULES, evidence.rule) ? RULES[evidence.rule] : undefined
  if (!decide) return undefined
  const { reader, version, part, now } = revive(evidence) as { reader: Reader; version: ReadableVersion; part: Part; now: Date }
  return decide(reader.kind === 'contact' ? withSets(reader) : reader, version, part, now)
}

function readerFacts(reader: Reader, { package: id, version }: ReadableVersion): PlainValue {
  if (reader.kind === 'operator') return plain(reader)
  const { contact } = reader
  const held = heldVersion(id, version)
  return plain({ ...reader, contact: { ...contact, needToKnow: contact.needToKnow.has(id) ? [id] : [], holds: contact.holds.has(held) ? [held] : [] } })
}

/** JSON has no sets and no undefined: the lists become sets again, and what is missing stays missing. */
function withSets(reader: ContactReader): ContactReader {
  const { contact } = reader
  return { ...reader, contact: { ...contact, needToKnow: new Set(contact.needToKnow), holds: new Set(contact.holds) } }
}

function plain(value: unknown): PlainValue {
  return JSON.parse(JSON.stringify(value ?? null)) as PlainValue
}

/** Names whose values are instants. */
const INSTANTS: ReadonlySet<string> = new Set([
  'now',
  'since',
  'until',
  'instant',
  'validate',
  'advance',
  'entry',
  'scheduledAt',
  'supersededAt',
  'endedAt',
  'keyUntil',
  'acceptBy',
  'countersignedAt',
])

function revive(evidence: Plain): unknown {
  return JSON.parse(JSON.stringify(evidence), (name, value: unknown) => (INSTANTS.has(name) && typeof value === 'string' ? new Date(value) : value))
}
