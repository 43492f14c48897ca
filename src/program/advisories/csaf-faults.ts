import type { FieldProblem } from '#platform/errors.ts'
import { PRODUCT_STATUSES } from '#program/advisories/csaf-20.ts'
import type { Csaf } from '#program/advisories/csaf-21.ts'
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
 * (6.1.6), no CVE id twice (6.1.23). An empty list means none of these.
 */
export function faultsOf(document: Csaf): FieldProblem[] {
  const vulnerabilities = document.vulnerabilities ?? []
  const products = productsOf(document).map(({ product, pointer }) => ({ value: product.id, pointer }))
  const groups = groupsOf(document)
  return [
    ...repeated(products, 'a product id that is defined twice (CSAF, 6.1.2)'),
    ...unknown(productUses(document), products, 'a product id that is not defined (CSAF, 6.1.1)'),
    ...repeated(groups, 'a product group that is defined twice (CSAF, 6.1.5)'),
    ...unknown(vulnerabilities.flatMap(groupUses), groups, 'a product group that is not defined (CSAF, 6.1.4)'),
    ...vulnerabilities.flatMap(contradictions),
    ...repeated(
      vulnerabilities.flatMap(({ cve }, at) => (cve ? [{ value: cve, pointer: `/vulnerabilities/${at}/cve` }] : [])),
      'a CVE id that an earlier vulnerability has (CSAF, 6.1.23)',
    ),
  ]
}

function groupsOf({ product_tree: tree }: Csaf): Place[] {
  return (tree?.product_groups ?? []).map(({ group_id: value }, at) => ({ value, pointer: `/product_tree/product_groups/${at}/group_id` }))
}

function productUses({ product_tree: tree, vulnerabilities }: Csaf): Place[] {
  const groups = (tree?.product_groups ?? []).flatMap(({ product_ids: ids }, at) => places(ids, `/product_tree/product_groups/${at}/product_ids`))
  const relationships = (tree?.relationships ?? []).flatMap((each, at) =>
    (['product_reference', 'relates_to_product_reference'] as const).map((end) => ({ value: each[end], pointer: `/product_tree/relationships/${at}/${end}` })),
  )
  const paths = (tree?.product_paths ?? []).flatMap(({ beginning_product_reference: begin, subpaths }, at) => [
    { value: begin, pointer: `/product_tree/product_paths/${at}/beginning_product_reference` },
    ...subpaths.map(({ next_product_reference: value }, n) => ({ value, pointer: `/product_tree/product_paths/${at}/subpaths/${n}/next_product_reference` })),
  ])
  return [...groups, ...relationships, ...paths, ...(vulnerabilities ?? []).flatMap(usesOf)]
}

function usesOf(vulnerability: Vulnerability, at: number): Place[] {
  const root = `/vulnerabilities/${at}`
  const statuses = PRODUCT_STATUSES.flatMap((status) => places(vulnerability.product_status?.[status], `${root}/product_status/${status}`))
  const scores = (vulnerability.scores ?? []).flatMap(({ products }, index) => places(products, `${root}/scores/${index}/products`))
  const metrics = (vulnerability.metrics ?? []).flatMap(({ products }, index) => places(products, `${root}/metrics/${index}/products`))
  const others = (['flags', 'remediations', 'threats'] as const).flatMap((list) =>
    (vulnerability[list] ?? []).flatMap(({ product_ids: ids }, index) => places(ids, `${root}/${list}/${index}/product_ids`)),
  )
  return [...statuses, ...scores, ...metrics, ...others]
}

function groupUses(vulnerability: Vulnerability, at: number): Place[] {
  return (['flags', 'remediations', 'threats'] as const).flatMap((list) =>
    (vulnerability[list] ?? []).flatMap(({ group_ids: ids }, index) => places(ids, `/vulnerabilities/${at}/${list}/${index}/group_ids`)),
  )
}

/** Statuses that say the same kind of thing; a product belongs to one kind at most. `recommended` contradicts none. */
const KINDS = [['first_affected', 'known_affected', 'last_affected'], ['known_not_affected'], ['first_fixed', 'fixed'], ['under_investigation']] as const

function contradictions({ product_status: statuses }: Vulnerability, at: number): FieldProblem[] {
  const kindOf = new Map<string, number>()
  return KINDS.flatMap((kind, number) =>
    kind
      .flatMap((status) => places(statuses?.[status], `/vulnerabilities/${at}/product_status/${status}`))
      .filter(({ value }) => {
        const known = kindOf.get(value)
        if (known === undefined) kindOf.set(value, number)
        return known !== undefined && known !== number
      })
      .map(({ pointer }) => ({ field: pointer, message: 'a product that has a contradicting status too (CSAF, 6.1.6)' })),
  )
}

function places(values: readonly string[] | undefined, pointer: string): Place[] {
  return (values ?? []).map((value, at) => ({ value, pointer: `${pointer}/${at}` }))
}

function repeated(found: readonly Place[], message: string): FieldProblem[] {
  const seen = new Set<string>()
  return found.flatMap(({ value, pointer }) => {
    const again = seen.has(value)
    seen.add(value)
    return again ? [{ field: pointer, message }] : []
  })
}

function unknown(used: readonly Place[], defined: readonly Place[], message: string): FieldProblem[] {
  const known = new Set(defined.map(({ value }) => value))
  return used.filter(({ value }) => !known.has(value)).map(({ pointer }) => ({ field: pointer, message }))
}
