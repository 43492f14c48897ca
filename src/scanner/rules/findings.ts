import { printable } from '#scanner/formats/bytes.ts'
import type { Severity, Technique } from '#scanner/verdict/contract.ts'
import type { OtherFinding, Proof } from '#scanner/verdict/finding.ts'
import type { RuleMatch } from './matches.ts'

const SEVERITIES: readonly Severity[] = ['high', 'medium', 'low', 'info']
const MARKINGS: readonly NonNullable<Technique['tlp']>[] = ['CLEAR', 'GREEN', 'AMBER', 'AMBER+STRICT', 'RED']
const ATTACK_KEYS = ['attack', 'mitre_attack', 'mitre_att', 'attack_id']
const MOST_ATTACK = 10

const MOST_OBJECTS = 10

/** One finding for each rule, with the places in every object where it matches. Pure. */
export function findingsOf(matches: readonly RuleMatch[]): OtherFinding[] {
  return [...Map.groupBy(matches, ({ set, rule }) => JSON.stringify([set, rule])).values()].map(([first, ...others]) => ({
    ...findingOf(first!),
    proof: [first!, ...others.slice(0, MOST_OBJECTS - 1)].flatMap(proofOf),
  }))
}

/** Whether a rule among the matches says that what it finds is a technique. */
export function findsTechnique(matches: readonly RuleMatch[]): boolean {
  return findingsOf(matches).some(({ kind }) => kind === 'technique')
}

/**
 * A rule's match as a finding: a technique where the rule says `kind = "technique"`, otherwise a note. A rule is no structural proof:
 * a CVE that it names is a candidate. The rule's marking (`tlp`) goes with the finding; one that cannot be read counts as RED.
 */
function findingOf({ set, rule, meta }: RuleMatch): Omit<OtherFinding, 'proof'> {
  const kind = meta['kind'] === 'technique' ? 'technique' : 'note'
  const tlp = markingOf(meta['tlp'])
  const cve = /CVE-\d{4}-\d{4,8}/.exec(meta['cve'] ?? '')?.[0]
  const described = printable(meta['description'] ?? '', 300).replace(/\.$/, '')
  const name = printable(rule, 100)
  return {
    kind,
    id: 'yara',
    severity: SEVERITIES.find((one) => one === meta['severity']?.toLowerCase()) ?? (kind === 'technique' ? 'medium' : 'info'),
    attack: attackOf(meta),
    summary: `Rule ${name} of ${printable(set, 100)} matches${described && `: ${described}`}.`,
    ...(cve && { candidate: { id: cve, why: `the YARA rule ${name} says so, and its structure was not found` } }),
    ...(tlp && { tlp }),
  }
}

function proofOf({ rule, path, places }: RuleMatch): Proof[] {
  const field = `YARA rule ${printable(rule, 100)}`
  if (places.length === 0) return [{ path, field, value: 'the condition holds' }]
  return places.map(({ pattern, offset, length }) => ({ path, offset, length, field, value: printable(pattern, 100) }))
}

/** The label that a rule names as its marking; one that cannot be read counts as RED. */
export function markingOf(text: string | undefined): Technique['tlp'] {
  if (text === undefined) return undefined
  const word = text
    .toUpperCase()
    .replace(/^TLP[:_ -]?/, '')
    .replace(/^WHITE$/, 'CLEAR')
  return MARKINGS.find((one) => one === word) ?? 'RED'
}

function attackOf(meta: RuleMatch['meta']): string[] {
  const said = ATTACK_KEYS.map((key) => meta[key] ?? '').join(' ')
  return [...new Set([...said.matchAll(/\bT\d{4}(?:\.\d{3})?\b/g)].map(([id]) => id))].slice(0, MOST_ATTACK)
}
