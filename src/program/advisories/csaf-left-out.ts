import { pointerToken } from '#platform/http/strict-json.ts'

/** What the import carries over or keeps beside the draft: a name with `true` is carried whole, a tree in part; lists are looked into. */
interface Carried {
  readonly [name: string]: true | Carried
}

const NOTES: Carried = { category: true, text: true, title: true }
const REFERENCES: Carried = { category: true, summary: true, url: true }
const PRODUCT: Carried = { name: true, product_id: true, product_identification_helper: { cpe: true, purl: true } }
const CVSS_3: Carried = { version: true, vectorString: true, baseScore: true, baseSeverity: true }

const CARRIED: Carried = {
  $schema: true,
  document: {
    category: true,
    csaf_version: true,
    title: true,
    lang: true,
    distribution: { tlp: true },
    notes: NOTES,
    publisher: { category: true, name: true, namespace: true },
    references: REFERENCES,
    tracking: {
      id: true,
      version: true,
      status: true,
      revision_history: { date: true, number: true, summary: true },
      current_release_date: true,
      initial_release_date: true,
    },
  },
  product_tree: { branches: true, full_product_names: PRODUCT, relationships: { full_product_name: PRODUCT } },
  vulnerabilities: {
    cve: true,
    cwe: { id: true, name: true },
    ids: true,
    title: true,
    notes: NOTES,
    product_status: { known_affected: true, first_affected: true, last_affected: true, fixed: true, first_fixed: true },
    references: REFERENCES,
    scores: { products: true, cvss_v3: CVSS_3 },
  },
}

/** JSON Pointers of what a CSAF document holds and the import does not carry, the outermost only. */
export function leftOut(document: unknown): string[] {
  return walk(document, CARRIED, '')
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
