import type { FieldProblem } from '#platform/errors.ts'
import { PRODUCT_STATUSES } from '#program/advisories/csaf-20.ts'
import type { Csaf } from '#program/advisories/csaf-21.ts'
import { MOST_FAULTS } from '#program/advisories/list-of.ts'
import { productsOf } from '#program/advisories/csaf-products.ts'

/** A text that occurs somewhere in a document. */
interface Place {
  readonly value: string
  readonly pointer: string
}

type Vulnerability = NonNullable<Csaf['vulnerabilities']>[number]

/**
 * What is wrong between the parts of a document, by the mandatory tests that an import rests on, numbered alike in CSAF 2.0 and 2.1: ids of
 * products and groups defined once and known (6.1.1, 6.1.2, 6.1.4, 6.1.5), no product in contradicting states
 * (6.1.6), no CVE id twice (6.1.23). An empty list means none of these; it ends once it has as many as an answer names.
 */
export function faultsOf(document: Csaf): FieldProblem[] {
  const faults: FieldProblem[] = []
  for (const fault of allFaults(document)) {
    faults.push(fault)
    if (faults.length === MOST_FAULTS) break
  }
  return faults
}

function* allFaults(document: Csaf): Generator<FieldProblem, undefined> {
  const vulnerabilities = document.vulnerabilities ?? []
  const products = productsOf(document).map(({ product, pointer }) => ({ value: product.id, pointer }))
  const groups = groupsOf(document)
  yield* repeated(products, 'a product id that is defined twice (CSAF, 6.1.2)')
  yield* unknown(productUses(document), products, 'a product id that is not defined (CSAF, 6.1.1)')
  yield* repeated(groups, 'a product group that is defined twice (CSAF, 6.1.5)')
  yield* unknown(groupUses(vulnerabilities), groups, 'a product group that is not defined (CSAF, 6.1.4)')
  for (const [at, vulnerability] of vulnerabilities.entries()) yield* contradictions(vulnerability, at)
  const named = vulnerabilities.flatMap(({ cve }, at) => (cve ? [{ value: cve, pointer: `/vulnerabilities/${at}/cve` }] : []))
  yield* repeated(named, 'a CVE id that an earlier vulnerability has (CSAF, 6.1.23)')
}

/** One after the other: a document has millions of them. */
type Places = Generator<Place, undefined>

function groupsOf({ product_tree: tree }: Csaf): Place[] {
  return (tree?.product_groups ?? []).map(({ group_id: value }, at) => ({ value, pointer: `/product_tree/product_groups/${at}/group_id` }))
}

function* productUses({ product_tree: tree, vulnerabilities }: Csaf): Places {
  for (const [at, { product_ids: ids }] of (tree?.product_groups ?? []).entries()) yield* places(ids, `/product_tree/product_groups/${at}/product_ids`)
  for (const [at, each] of (tree?.relationships ?? []).entries())
    for (const end of ['product_reference', 'relates_to_product_reference'] as const)
      yield { value: each[end], pointer: `/product_tree/relationships/${at}/${end}` }
  for (const [at, { beginning_product_reference: begin, subpaths }] of (tree?.product_paths ?? []).entries()) {
    yield { value: begin, pointer: `/product_tree/product_paths/${at}/beginning_product_reference` }
    for (const [n, { next_product_reference: value }] of subpaths.entries())
      yield { value, pointer: `/product_tree/product_paths/${at}/subpaths/${n}/next_product_reference` }
  }
  for (const [at, vulnerability] of (vulnerabilities ?? []).entries()) yield* usesOf(vulnerability, `/vulnerabilities/${at}`)
}

function* usesOf(vulnerability: Vulnerability, root: string): Places {
  for (const status of PRODUCT_STATUSES) yield* places(vulnerability.product_status?.[status], `${root}/product_status/${status}`)
  for (const list of ['scores', 'metrics'] as const)
    for (const [index, { products }] of (vulnerability[list] ?? []).entries()) yield* places(products, `${root}/${list}/${index}/products`)
  for (const list of ['flags', 'remediations', 'threats'] as const)
    for (const [index, { product_ids: ids }] of (vulnerability[list] ?? []).entries()) yield* places(ids, `${root}/${list}/${index}/product_ids`)
}

function* groupUses(vulnerabilities: readonly Vulnerability[]): Places {
  for (const [at, vulnerability] of vulnerabilities.entries())
    for (const list of ['flags', 'remediations', 'threats'] as const)
      for (const [index, { group_ids: ids }] of (vulnerability[list] ?? []).entries()) yield* places(ids, `/vulnerabilities/${at}/${list}/${index}/group_ids`)
}

/** Statuses that say the same kind of thing; a product belongs to one kind at most. `recommended` contradicts none. */
const KINDS = [['first_affected', 'known_affected', 'last_affected'], ['known_not_affected'], ['first_fixed', 'fixed'], ['under_investigation']] as const

function* contradictions({ product_status: statuses }: Vulnerability, at: number): Generator<FieldProblem, undefined> {
  const kindOf = new Map<string, number>()
  for (const [number, kind] of KINDS.entries())
    for (const status of kind)
      for (const { value, pointer } of places(statuses?.[status], `/vulnerabilities/${at}/product_status/${status}`)) {
        const known = kindOf.get(value)
        if (known === undefined) kindOf.set(value, number)
        else if (known !== number) yield { field: pointer, message: 'a product that has a contradicting status too (CSAF, 6.1.6)' }
      }
}

function* places(values: readonly string[] | undefined, pointer: string): Places {
  for (const [at, value] of (values ?? []).entries()) yield { value, pointer: `${pointer}/${at}` }
}

function* repeated(found: Iterable<Place>, message: string): Generator<FieldProblem, undefined> {
  const seen = new Set<string>()
  for (const { value, pointer } of found) {
    if (seen.has(value)) yield { field: pointer, message }
    seen.add(value)
  }
}

function* unknown(used: Iterable<Place>, defined: readonly Place[], message: string): Generator<FieldProblem, undefined> {
  const known = new Set(defined.map(({ value }) => value))
  for (const { value, pointer } of used) if (!known.has(value)) yield { field: pointer, message }
}
