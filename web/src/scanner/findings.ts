import type { VerdictView } from './submissions.ts'

type SeenView = VerdictView['seen'][number]

/** One thing that was found, with the places where a reader can check it by hand. */
export interface FindingView {
  readonly kind: 'exploit' | 'technique' | 'note'
  readonly why: string
  /** What the finding is tagged with, in order. */
  readonly tags: readonly string[]
  readonly cve: string | undefined
  readonly proof: readonly SeenView[]
}

/** What a verdict found: exploits, techniques, notes. A CVE that is shown in several ways is several findings. */
export function findingsOf({ cve, techniques, notes, candidates, seen }: VerdictView): FindingView[] {
  const possibly = (places: readonly number[]) => candidates.filter(({ findings }) => findings.some((place) => places.includes(place)))
  const other = (kind: 'technique' | 'note', { id, attack, severity, why, findings, tlp }: VerdictView['techniques'][number]): FindingView => ({
    kind,
    why,
    cve: undefined,
    tags: [
      ...(severity === 'info' ? [] : [`${severity} severity`]),
      ...possibly(findings).map((candidate) => `possibly ${candidate.id}`),
      ...attack.map((technique) => `ATT&CK ${technique}`),
      id === 'yara' ? 'found by a YARA rule' : `found by ${id}`,
      ...(tlp === undefined ? [] : [`the rule is TLP:${tlp}`]),
    ],
    proof: findings.map((place) => seen[place]!),
  })
  return [
    ...cve.flatMap(({ id, confidence, findings }) =>
      [...Map.groupBy(findings, (place) => seen[place]!.why)].map(([why, places]): FindingView => ({
        kind: 'exploit',
        why,
        cve: id,
        tags: [`${confidence} of 100 sure`],
        proof: places.map((place) => seen[place]!),
      })),
    ),
    ...techniques.map((one) => other('technique', one)),
    ...notes.map((one) => other('note', one)),
  ]
}
