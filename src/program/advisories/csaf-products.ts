import type { CsafBranch } from '#program/advisories/csaf-20.ts'
import type { Csaf } from '#program/advisories/csaf-21.ts'
import type { PackageContentInput } from '#program/packages/contract.ts'

export type Product = NonNullable<PackageContentInput['products']>[number]

/** A product that a document defines, and the JSON Pointer of its id. */
export interface DefinedProduct {
  readonly product: Product
  readonly pointer: string
}

type FullProductName = NonNullable<CsafBranch['product']>

/** Every product that the product tree of a document defines: in branches, by itself, by relationships and by paths (CSAF, 3.2.2). */
export function productsOf({ product_tree: tree }: Csaf): DefinedProduct[] {
  const at = '/product_tree'
  return [
    ...(tree?.branches ?? []).flatMap((branch, index) => ofBranch(branch, `${at}/branches/${index}`, {})),
    ...(tree?.full_product_names ?? []).map((name, index) => defined(name, `${at}/full_product_names/${index}`, {})),
    ...(tree?.relationships ?? []).map((each, index) => defined(each.full_product_name, `${at}/relationships/${index}/full_product_name`, {})),
    ...(tree?.product_paths ?? []).map((each, index) => defined(each.full_product_name, `${at}/product_paths/${index}/full_product_name`, {})),
  ]
}

/** What the branches above a product say of it. */
interface Above {
  readonly vendor?: string
  readonly version?: string
}

function ofBranch(branch: CsafBranch, pointer: string, above: Above): DefinedProduct[] {
  const here = { ...above, ...named(branch) }
  if (branch.product) return [defined(branch.product, `${pointer}/product`, here)]
  return (branch.branches ?? []).flatMap((each, index) => ofBranch(each, `${pointer}/branches/${index}`, here))
}

function named({ category, name }: CsafBranch): Above {
  if (category === 'vendor') return { vendor: name }
  return category === 'product_version' || category === 'product_version_range' ? { version: name } : {}
}

function defined(
  { name, product_id: id, product_identification_helper: helper }: FullProductName,
  pointer: string,
  { vendor, version }: Above,
): DefinedProduct {
  const product = { id, name, vendor: vendor ?? null, version: version ?? null, cpe: helper?.cpe ?? null, purl: helper?.purl ?? helper?.purls?.[0] ?? null }
  return { product, pointer: `${pointer}/product_id` }
}
