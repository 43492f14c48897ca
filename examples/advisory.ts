/** What tells one example advisory from another. */
export interface AdvisoryFacts {
  /** Tracking id, such as `PSIRT-2026-0007`. */
  readonly id: string
  readonly title: string
  readonly cve: string
  readonly product: string
  readonly weakness: { readonly id: string; readonly name: string }
  readonly vector: string
  readonly score: number
  readonly severity: 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL'
  readonly summary: string
  readonly details: string
}

/** Instant of its first and only revision. */
const WRITTEN = '2026-11-02T09:00:00.000Z'

/** A CSAF 2.0 security advisory (OASIS, category `csaf_security_advisory`) about one vulnerability of one product. */
export function csafAdvisory(facts: AdvisoryFacts) {
  const product = (version: string) => ({ name: `${facts.product} ${version}`, product_id: `${facts.product.toLowerCase().replaceAll(' ', '-')}-${version}` })
  const affected = product('4.2')
  const fixed = product('4.3')
  const branch = (version: string) => ({ category: 'product_version', name: version, product: product(version) })
  return {
    document: {
      category: 'csaf_security_advisory',
      csaf_version: '2.0',
      title: facts.title,
      distribution: { tlp: { label: 'AMBER' } },
      lang: 'en',
      notes: [{ category: 'summary', title: 'Summary', text: facts.summary }],
      publisher: { category: 'vendor', name: 'Response centre of psirt.example', namespace: 'https://psirt.example' },
      references: [{ category: 'self', summary: 'This advisory', url: `https://psirt.example/advisories/${facts.id.toLowerCase()}` }],
      tracking: {
        id: facts.id,
        version: '1',
        status: 'draft',
        current_release_date: WRITTEN,
        initial_release_date: WRITTEN,
        revision_history: [{ date: WRITTEN, number: '1', summary: 'First version' }],
      },
    },
    product_tree: {
      branches: [
        {
          category: 'vendor',
          name: 'Example',
          branches: [{ category: 'product_name', name: facts.product, branches: [branch('4.2'), branch('4.3')] }],
        },
      ],
    },
    vulnerabilities: [
      {
        cve: facts.cve,
        cwe: facts.weakness,
        title: facts.title,
        notes: [{ category: 'description', text: facts.details }],
        product_status: { known_affected: [affected.product_id], fixed: [fixed.product_id] },
        scores: [
          {
            products: [affected.product_id],
            cvss_v3: { version: '3.1', vectorString: facts.vector, baseScore: facts.score, baseSeverity: facts.severity },
          },
        ],
      },
    ],
  }
}

/** The advisory that the guide and the example script import. */
export const EXAMPLE_ADVISORY: AdvisoryFacts = {
  id: 'PSIRT-2026-0031',
  title: 'Heap overflow in the preview of Example Document Server',
  cve: 'CVE-2026-990031',
  product: 'Example Document Server',
  weakness: { id: 'CWE-122', name: 'Heap-based Buffer Overflow' },
  vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H',
  score: 8.8,
  severity: 'HIGH',
  summary: 'A prepared document overflows a buffer when the server draws its preview.',
  details: 'The width of an embedded picture is taken from its header without a check against the rows that follow.',
}

/** How to detect it, in the words of its author: CSAF has no place for this. */
export const EXAMPLE_GUIDANCE = {
  sensor: 'file',
  title: 'Picture header that disagrees with its rows',
  guidance: 'Read the width at offset 18 of the picture and multiply by the rows. Alert when the product is larger than the data that follow.',
  falsePositives: 'Pictures cut off in transfer: they end before the last row, while the prepared ones continue behind it.',
} as const
