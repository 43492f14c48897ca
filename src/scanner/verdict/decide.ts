import type { NotChecked, Seen, Verdict } from './contract.ts'
import type { ExploitFinding, Finding, OtherFinding } from './finding.ts'

/** The reason where nothing was found. */
export const NOTHING_FOUND = 'Nothing was found in what was examined.'

type Placed<F extends Finding = Finding> = F & { readonly places: readonly number[] }

/**
 * The answer for one document (scanner.md, section 2). Static findings alone reach `attempted` at most: `confirmed` needs an
 * environment that showed the effect. What was not examined is said beside it and is never a negative. Pure.
 */
export function decide(found: readonly Finding[], notChecked: readonly NotChecked[]): Verdict {
  const seen: Seen[] = []
  const placed = found.map((finding): Placed => ({ ...finding, places: placeProofs(seen, finding) }))
  const exploits = placed.filter((one): one is Placed<ExploitFinding> => one.kind === 'exploit')
  const others = placed.filter((one): one is Placed<OtherFinding> => one.kind !== 'exploit')
  const techniques = others.filter(({ kind }) => kind === 'technique')
  const named = new Set(exploits.map(({ cve }) => cve))
  const exploit = exploits.length > 0 ? 'attempted' : techniques.length > 0 ? 'technique-only' : 'none-seen'
  const reasons = [...new Set([...exploits, ...techniques].map(({ summary }) => summary))].slice(0, 50)
  return {
    exploit,
    reasons: [...(reasons.length > 0 ? reasons : [NOTHING_FOUND]), ...coverage(notChecked)],
    cve: byId(exploits, ({ cve }) => cve).map(([id, of]) => ({
      id,
      basis: 'structure' as const,
      confidence: Math.max(...of.map(({ confidence }) => confidence)),
      findings: placesOf(of),
    })),
    candidates: byId(others, ({ candidate }) => candidate?.id)
      .filter(([id]) => !named.has(id))
      .map(([id, of]) => ({ id, why: of[0]!.candidate!.why, findings: placesOf(of) })),
    techniques: techniques.map(shown),
    notes: others.filter(({ kind }) => kind === 'note').map(shown),
    seen,
    not_checked: [...notChecked],
  }
}

function placeProofs(seen: Seen[], { proof, summary }: Finding): number[] {
  return proof.map((one) => seen.push({ ...one, why: summary }) - 1)
}

function shown({ id, attack, severity, summary: why, places, tlp }: Placed<OtherFinding>): Verdict['techniques'][number] {
  return { id, attack: [...attack], severity, why, findings: [...places], ...(tlp && { tlp }) }
}

function placesOf(of: readonly Placed[]): number[] {
  return of.flatMap(({ places }) => places)
}

function byId<F extends Placed>(findings: readonly F[], idOf: (finding: F) => string | undefined): [string, F[]][] {
  const groups = Map.groupBy(findings, idOf)
  return [...groups].flatMap(([id, of]): [string, F[]][] => (id === undefined ? [] : [[id, of]])).sort(([a], [b]) => (a < b ? -1 : 1))
}

const SENTENCES: Record<NotChecked['reason'], string> = {
  limit: 'A limit was reached: the rest was not examined.',
  encrypted: 'A part is encrypted and was not examined.',
  damaged: 'A part is damaged and was examined only as far as it could be read.',
  unsupported: 'A part has a format that is not opened.',
  crash: 'The file was not examined: its reader ended.',
  unreadable: 'The file was not examined: it could not be read.',
  'not-run': 'It was not opened in every environment that it should have been.',
}

/** The sentences on what was not examined. */
export const COVERAGE: ReadonlySet<string> = new Set(Object.values(SENTENCES))

function coverage(notChecked: readonly NotChecked[]): string[] {
  const reasons = new Set(notChecked.map(({ reason }) => reason))
  return (Object.keys(SENTENCES) as NotChecked['reason'][]).filter((reason) => reasons.has(reason)).map((reason) => SENTENCES[reason])
}
