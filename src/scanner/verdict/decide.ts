import type { Finding, Verdict } from './contract.ts'

type NotChecked = Verdict['not_checked'][number]

/**
 * The answer for one document (scanner.md, section 2). Static findings alone reach `attempted` at most: `confirmed` needs an
 * environment that showed the effect. What was not examined is said beside it and is never a negative.
 */
export function decide(seen: readonly Finding[], notChecked: readonly NotChecked[]): Verdict {
  const exploits = seen.filter(({ kind }) => kind === 'exploit')
  const techniques = seen.filter(({ kind }) => kind === 'technique')
  const exploit = exploits.length > 0 ? 'attempted' : techniques.length > 0 ? 'technique-only' : 'none-seen'
  const named = group(seen, ({ cve }) => cve)
  const candidates = group(seen, ({ candidate }) => candidate?.id)
  const reasons = [...new Set((exploits.length > 0 ? [...exploits, ...techniques] : techniques).map(({ summary }) => summary))].slice(0, 50)
  return {
    exploit,
    reasons: [...(reasons.length > 0 ? reasons : ['Nothing was found in what was examined.']), ...coverage(notChecked)],
    cve: [...named].map(([id, findings]) => ({ id, basis: 'structure' as const, confidence: 'high' as const, findings })),
    candidates: [...candidates].filter(([id]) => !named.has(id)).map(([id, findings]) => ({ id, why: seen[findings[0]!]!.candidate!.why, findings })),
    seen: [...seen],
    not_checked: [...notChecked],
  }
}

function group(seen: readonly Finding[], key: (finding: Finding) => string | undefined): Map<string, number[]> {
  const groups = new Map<string, number[]>()
  for (const [index, finding] of seen.entries()) {
    const id = key(finding)
    if (id !== undefined) groups.set(id, [...(groups.get(id) ?? []), index])
  }
  return new Map([...groups].sort(([a], [b]) => (a < b ? -1 : 1)))
}

const SENTENCES: Record<NotChecked['reason'], string> = {
  limit: 'A limit was reached: the rest was not examined.',
  encrypted: 'A part is encrypted and was not examined.',
  damaged: 'A part is damaged and was examined only as far as it could be read.',
  unsupported: 'A part has a format that is not opened.',
}

function coverage(notChecked: readonly NotChecked[]): string[] {
  const reasons = new Set(notChecked.map(({ reason }) => reason))
  return (['limit', 'encrypted', 'damaged', 'unsupported'] as const).filter((reason) => reasons.has(reason)).map((reason) => SENTENCES[reason])
}
