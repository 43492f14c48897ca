import { present } from '#program/advisories/advisory.ts'
import type { CurrentContent } from '#program/packages/contract.ts'

export type CsafVersion = '2.0' | '2.1'
type Product = CurrentContent['products'][number]

/** CPE names of both forms as the schemas of CSAF take them. */
const CPE =
  /^(cpe:2\.3:[aho*-](:(\*|-|[A-Za-z0-9._~%]+)){5}(:(\*|-|[A-Za-z]{2,3}(-[A-Za-z]{2}|-[0-9]{3})?))(:(\*|-|[A-Za-z0-9._~%]+)){4}|cpe:\/[aho]?(:[A-Za-z0-9._~%-]*){0,6})$/
const PURL = /^pkg:[A-Za-z.+-][A-Za-z0-9.+-]*\/[^\s/?#@]+(\/[^\s/?#@]+)*(@[^\s/?#@]+)?(\?[^\s#]+)?(#\S+)?$/
/** A text that is no single version (mandatory test 6.1.31). */
const RANGE = /[<>=]|\b(after|all|before|earlier|later|prior|versions?)\b/i

/** The products in the branches of their vendors. An identification that CSAF does not take is left out. */
export function productTree(products: readonly Product[], version: CsafVersion): object {
  const vendors = new Map<string, object[]>()
  const others: object[] = []
  const names: object[] = []
  for (const product of products) {
    const branch = branchOf(product, version)
    const inner = product.vendor === null ? undefined : vendors.get(product.vendor)
    if (inner) inner.push(branch)
    else if (product.vendor !== null) vendors.set(product.vendor, [branch])
    else if (product.version !== null) others.push(branch)
    else names.push(fullProductName(product, version))
  }
  const branches = [...[...vendors].map(([name, inner]) => ({ category: 'vendor', name, branches: inner })), ...others]
  return present({ branches, full_product_names: names })
}

function branchOf(product: Product, version: CsafVersion): object {
  const named = fullProductName(product, version)
  const category = 'product_name'
  const name = product.name.slice(0, 500).trim()
  if (product.version === null) return { category, name, product: named }
  const inner = { category: RANGE.test(product.version) ? 'product_version_range' : 'product_version', name: product.version, product: named }
  return { category, name, branches: [inner] }
}

function fullProductName({ id, name, cpe, purl }: Product, version: CsafVersion): object {
  const url = purl !== null && PURL.test(purl) ? purl : undefined
  const helper = present({
    cpe: cpe !== null && CPE.test(cpe) ? cpe : undefined,
    ...(version === '2.0' ? { purl: url } : { purls: url === undefined ? [] : [url] }),
  })
  return { name, product_id: id, ...present({ product_identification_helper: helper }) }
}
