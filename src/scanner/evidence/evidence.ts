import type { Fact, FactKind, FactOf } from '#scanner/intake/fact.ts'
import type { Finding } from '#scanner/verdict/contract.ts'
import { printable } from '#scanner/formats/bytes.ts'

/** One exploit or technique: which facts it looks at, and what must be present before it is named. Pure. */
export interface Evidence {
  readonly id: string
  judge(facts: readonly Fact[]): Finding[]
}

/** Evidence that judges each fact of one kind for itself. */
export function perFact<K extends FactKind>(id: string, kind: K, judge: (fact: FactOf<K>) => Omit<Finding, 'id'> | undefined): Evidence {
  return {
    id,
    judge: (facts) =>
      facts.flatMap((fact) => {
        const found = fact.kind === kind ? judge(fact as FactOf<K>) : undefined
        return found ? [{ id, ...found }] : []
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
