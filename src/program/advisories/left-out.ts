import { pointerToken } from '#platform/http/strict-json.ts'

/** What the import carries over or keeps beside the draft: a name with `true` is carried whole, a tree in part; lists are looked into. */
export interface Carried {
  readonly [name: string]: true | Carried
}

const NOTES: Carried = { category: true, text: true, title: true }
const REFERENCES: Carried = { category: true, summary: true, url: true }
const PRODUCT: Carried = { name: true, product_id: true, product_identification_helper: { cpe: true, purl: true, purls: true } }
const CREDIT: Carried = { names: true, organization: true }
const CVSS: Carried = { version: true, vectorString: true, baseScore: true, baseSeverity: true }

const CWE: Carried = { id: true, name: true, version: true }

const CARRIED: Carried = {
  $schema: true,
  document: {
    category: true,
    csaf_version: true,
    title: true,
    lang: true,
    acknowledgments: CREDIT,
    distribution: { tlp: true, sharing_group: true },
    notes: NOTES,
    publisher: { category: true, name: true, namespace: true },
    references: REFERENCES,
    tracking: {
      id: true,
      version: true,
      status: true,
      revision_history: { date: true, number: true, legacy_version: true, summary: true },
      current_release_date: true,
      initial_release_date: true,
    },
  },
  product_tree: {
    branches: true,
    full_product_names: PRODUCT,
    product_groups: { group_id: true, product_ids: true },
    relationships: { full_product_name: PRODUCT },
    product_paths: { full_product_name: PRODUCT },
  },
  vulnerabilities: {
    cve: true,
    acknowledgments: CREDIT,
    cwe: CWE,
    cwes: CWE,
    release_date: true,
    disclosure_date: true,
    ids: true,
    title: true,
    notes: NOTES,
    product_status: { known_affected: true, first_affected: true, last_affected: true, fixed: true, first_fixed: true },
    references: REFERENCES,
    scores: { products: true, cvss_v3: CVSS },
    metrics: { products: true, content: { cvss_v3: CVSS, cvss_v4: CVSS } },
    remediations: { category: true, details: true, product_ids: true, group_ids: true, url: true },
    threats: true,
  },
}

/** JSON Pointers of what a document holds and the import does not carry, the outermost only. */
export function leftOut(document: unknown, carried: Carried = CARRIED): string[] {
  return walk(document, carried, '')
}

/** Most places that are kept beside a draft. */
const MOST_PLACES = 1000

/** No more of them than are kept: where there are too many, the places that hold them stand for them. */
export function outermost(pointers: readonly string[]): string[] {
  let places = [...new Set(pointers)]
  while (places.length > MOST_PLACES) places = [...new Set(places.map((pointer) => pointer.slice(0, Math.max(pointer.lastIndexOf('/'), 0)) || '/'))]
  return places
}

function walk(value: unknown, carried: Carried, pointer: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item, at) => walk(item, carried, `${pointer}/${at}`))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => {
    const at = `${pointer}/${pointerToken(name)}`
    const here = Object.hasOwn(carried, name) ? carried[name]! : false
    if (here === false) return [at]
    return here === true ? [] : walk(inner, here, at)
  })
}
