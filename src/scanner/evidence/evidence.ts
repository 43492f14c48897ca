import type { Fact, FactKind, FactOf } from '#scanner/intake/fact.ts'
import type { ExploitFinding, Finding, OtherFinding } from '#scanner/verdict/finding.ts'
import { printable } from '#scanner/formats/bytes.ts'

/** What one evidence is about. */
export interface About {
  readonly id: string
  /** CVEs that it names, each only with its whole structure; none for a technique. */
  readonly cves?: readonly string[]
  /** CVEs of which it sees a part, and lists them as candidates. */
  readonly candidates?: readonly string[]
  /** What must all be present before it is named. */
  readonly requires: readonly string[]
  /** Where that is written: specification and section, advisory or write-up. */
  readonly source: string
}

/** One exploit or technique: which facts it looks at, and what must be present before it is named. Pure. */
export interface Evidence extends About {
  judge(facts: readonly Fact[]): Finding[]
}

/** What a judge says of a fact; the evidence adds its own name. */
export type Judged = Omit<ExploitFinding, 'id'> | Omit<OtherFinding, 'id'>

/** Evidence that judges each fact of one kind for itself. */
export function perFact<K extends FactKind>(about: About, kind: K, judge: (fact: FactOf<K>) => Judged | undefined): Evidence {
  return {
    ...about,
    judge: (facts) =>
      facts.flatMap((fact) => {
        const found = fact.kind === kind ? judge(fact as FactOf<K>) : undefined
        return found ? [{ id: about.id, ...found }] : []
      }),
  }
}

/** Text from the document as a proof shows it. */
export function shown(text: string): string {
  return printable(text, 300)
}

/** Where a fact stands, as a proof says it. */
export function at({ path, offset }: { readonly path: string; readonly offset?: number }): { path: string; offset?: number } {
  return { path, ...(offset !== undefined && { offset }) }
}
