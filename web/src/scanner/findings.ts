import type { VerdictView } from './submissions.ts'

type SeenView = VerdictView['seen'][number]

/** One thing that was found, with the places where a reader can check it by hand. */
export interface FindingView {
  readonly kind: 'exploit' | 'technique' | 'note'
  readonly why: string
  /** What the finding is tagged with, in order. */
  readonly tags: readonly string[]
  /** ATT&CK technique ids. */
  readonly attack: readonly string[]
  readonly cve: string | undefined
  readonly proof: readonly SeenView[]
}

const BASES: Readonly<Record<VerdictView['cve'][number]['basis'], string>> = {
  structure: 'by its structure',
  behaviour: 'by its behaviour',
  both: 'by structure and behaviour',
}

/** One place of a proof, with what it belongs to. */
export interface PlaceView extends SeenView {
  readonly place: number
  /** A CVE, or the evidence that found a technique or a note; several where they share the place. */
  readonly of: string
}

/** Every place of every proof, in the order of the report. */
export function placesOf({ cve, techniques, notes, seen }: VerdictView): PlaceView[] {
  const owners = seen.map((): string[] => [])
  for (const { id, findings } of [...cve, ...techniques, ...notes]) for (const place of findings) if (!owners[place]!.includes(id)) owners[place]!.push(id)
  return seen.map((one, place) => ({ ...one, place, of: owners[place]!.join(' ') }))
}

/** Where MITRE describes a technique. */
export function attackUrl(id: string): string {
  return `https://attack.mitre.org/techniques/${id.replace('.', '/')}/`
}

/** What a verdict found: exploits, techniques, notes. A CVE that is shown in several ways is several findings. */
export function findingsOf({ cve, techniques, notes, candidates, seen }: VerdictView): FindingView[] {
  const possibly = (places: readonly number[]) => candidates.filter(({ findings }) => findings.some((place) => places.includes(place)))
  const other = (kind: 'technique' | 'note', { id, attack, severity, why, findings, tlp }: VerdictView['techniques'][number]): FindingView => ({
    kind,
    why,
    cve: undefined,
    attack,
    tags: [
      ...(severity === 'info' ? [] : [`${severity} severity`]),
      ...possibly(findings).map((candidate) => `possibly ${candidate.id}`),
      id === 'yara' ? 'found by a YARA rule' : `found by ${id}`,
      ...(tlp === undefined ? [] : [`the rule is TLP:${tlp}`]),
    ],
    proof: findings.map((place) => seen[place]!),
  })
  return [
    ...cve.flatMap(({ id, basis, confidence, findings }) =>
      [...Map.groupBy(findings, (place) => seen[place]!.why)].map(([why, places]): FindingView => ({
        kind: 'exploit',
        why,
        cve: id,
        attack: [],
        tags: [BASES[basis], `${confidence} of 100 sure`],
        proof: places.map((place) => seen[place]!),
      })),
    ),
    ...techniques.map((one) => other('technique', one)),
    ...notes.map((one) => other('note', one)),
  ]
}
