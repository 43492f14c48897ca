import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { Problem } from '#platform/errors.ts'
import { importAdvisory, MAX_ADVISORY_BYTES } from '#program/advisories/import-advisory.ts'

type Json = Record<string, unknown>

/** An advisory with everything that the import carries. */
const advisory = () => ({
  document: {
    category: 'csaf_security_advisory',
    csaf_version: '2.0',
    distribution: { tlp: { label: 'AMBER', url: 'https://www.first.org/tlp/' } },
    notes: [
      { category: 'summary', title: 'Summary', text: 'A crafted document overflows a buffer.' },
      { category: 'legal_disclaimer', text: 'No warranty.' },
    ],
    publisher: { category: 'vendor', name: 'Vendor', namespace: 'https://vendor.example' },
    references: [
      { category: 'self', summary: 'This advisory', url: 'https://vendor.example/2026-01' },
      { summary: 'By mail', url: 'mailto:psirt@vendor.example' },
    ],
    title: 'Overflow in the font parser',
    tracking: {
      current_release_date: '2026-09-08T10:00:00-07:00',
      id: 'VENDOR-2026-01',
      initial_release_date: '2026-09-01T10:00:00-07:00',
      revision_history: [
        { date: '2026-09-01T10:00:00-07:00', number: '1', summary: 'First' },
        { date: '2026-09-08T10:00:00-07:00', number: '2', summary: 'Second' },
      ],
      status: 'final',
      version: '2',
    },
  } as Json & { tracking: Json; distribution: Json; notes: Json[] },
  product_tree: {
    branches: [
      {
        category: 'vendor',
        name: 'Vendor',
        branches: [
          {
            category: 'product_name',
            name: 'Reader',
            branches: [
              {
                category: 'product_version_range',
                name: '<2.0',
                product: {
                  name: 'Vendor Reader before 2.0',
                  product_id: 'P1',
                  product_identification_helper: { cpe: 'cpe:2.3:a:vendor:reader:*:*:*:*:*:*:*:*' },
                },
              },
              {
                category: 'product_version',
                name: '2.0',
                product: { name: 'Vendor Reader 2.0', product_id: 'P2', product_identification_helper: { purl: 'pkg:generic/reader@2.0' } },
              },
            ],
          },
        ],
      },
    ],
    full_product_names: [{ name: 'Vendor Viewer', product_id: 'P3' }],
    product_groups: [{ group_id: 'G1', product_ids: ['P1', 'P3'] }],
    relationships: [
      {
        category: 'installed_on',
        full_product_name: { name: 'Reader on Viewer', product_id: 'P4' },
        product_reference: 'P1',
        relates_to_product_reference: 'P3',
      },
    ],
  } as Json & { full_product_names: Json[]; product_groups: Json[]; relationships: Json[] },
  vulnerabilities: [
    {
      cve: 'CVE-2026-10001',
      cwe: { id: 'CWE-787', name: 'Out-of-bounds Write' },
      ids: [{ system_name: 'Vendor bug', text: '4711' }],
      notes: [{ category: 'description', text: 'The length of a name record is not checked.' }],
      product_status: { known_affected: ['P1', 'P4'], first_affected: ['P1'], fixed: ['P2'] },
      references: [{ summary: 'Again', url: 'https://vendor.example/2026-01' }],
      remediations: [{ category: 'vendor_fix', details: 'Update', group_ids: ['G1'] }],
      scores: [
        {
          products: ['P1'],
          cvss_v3: { version: '3.1', vectorString: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H', baseScore: 8.8, baseSeverity: 'HIGH' },
        },
      ],
      title: 'Name record overflow',
    },
    { ids: [{ system_name: 'Vendor bug', text: '4712' }] },
  ] as (Json & { product_status?: Json; scores?: (Json & { cvss_v3: Json })[]; remediations?: Json[] })[],
})
/** What no document of CSAF 2.0 says here. */
const NOTHING_MORE = {
  exploitability: { latest: null, older: null, text: '' },
  attackVector: { channel: null, text: '' },
  triggerConditions: '',
  reproduction: [],
  crash: { frames: [], text: '' },
  fixes: [],
  statedDisclosure: null,
}
type Advisory = ReturnType<typeof advisory>

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
const changed = (change: (document: Advisory) => void) => {
  const document = advisory()
  change(document)
  return document
}
const refusal = (value: unknown) => {
  try {
    importAdvisory(value instanceof Uint8Array ? value : bytes(value))
  } catch (error) {
    if (error instanceof Problem) return { code: error.code, at: error.fields.map(({ field }) => field) }
    throw error
  }
  return 'imported'
}
const refusedAt = (...at: string[]) => ({ code: 'VALIDATION_FAILED', at })

describe('a CSAF 2.0 advisory', () => {
  const { content, source, leftOut, assumed } = importAdvisory(bytes(advisory()))

  it('becomes the content of a package', () => {
    expect(content).toMatchObject({
      title: 'Overflow in the font parser',
      bulletin: { id: 'VENDOR-2026-01', text: '## Summary\n\nA crafted document overflows a buffer.' },
      tlp: 'AMBER+STRICT',
      references: [{ url: 'https://vendor.example/2026-01', summary: 'This advisory' }],
      revisionHistory: [
        { version: '1', instant: '2026-09-01T17:00:00.000Z', summary: 'First' },
        { version: '2', instant: '2026-09-08T17:00:00.000Z', summary: 'Second' },
      ],
    })
    expect(source).toEqual({ id: 'VENDOR-2026-01', version: '2', publisher: 'Vendor', status: 'final' })
    expect(assumed).toEqual(['/document/distribution/tlp'])
  })

  it('keeps its products with vendor, version, CPE and package URL', () => {
    expect(content.products).toEqual([
      { id: 'P1', name: 'Vendor Reader before 2.0', vendor: 'Vendor', version: '<2.0', cpe: 'cpe:2.3:a:vendor:reader:*:*:*:*:*:*:*:*', purl: null },
      { id: 'P2', name: 'Vendor Reader 2.0', vendor: 'Vendor', version: '2.0', cpe: null, purl: 'pkg:generic/reader@2.0' },
      { id: 'P3', name: 'Vendor Viewer', vendor: null, version: null, cpe: null, purl: null },
      { id: 'P4', name: 'Reader on Viewer', vendor: null, version: null, cpe: null, purl: null },
    ])
  })

  it('keeps its vulnerabilities, also one that has no CVE id yet', () => {
    expect(content.vulnerabilities).toEqual([
      {
        cve: 'CVE-2026-10001',
        otherIds: [{ system: 'Vendor bug', text: '4711' }],
        title: 'Name record overflow',
        description: 'The length of a name record is not checked.',
        cwes: [{ id: 'CWE-787', name: 'Out-of-bounds Write', version: null }],
        cvss: [{ vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H', statedScore: 8.8 }],
        ...NOTHING_MORE,
        fixes: [{ kind: 'available', details: 'Update', products: ['P1', 'P3'], url: null }],
        affected: ['P1', 'P4'],
        fixed: ['P2'],
      },
      {
        cve: null,
        otherIds: [{ system: 'Vendor bug', text: '4712' }],
        title: null,
        description: '',
        cwes: [],
        cvss: [],
        ...NOTHING_MORE,
        affected: [],
        fixed: [],
      },
    ])
  })

  it('leaves the generic description, guidance, proof of concept and permissions to the author', () => {
    expect(content).toMatchObject({ description: '', detection: [], attachments: [], proofOfConcept: [], validateParts: [] })
    expect(content.permittedUse.deploy).toEqual({ ownFleet: 'deny', customers: 'deny', blockMode: 'deny' })
  })

  it('says what was not carried over', () => {
    expect(leftOut).toEqual([
      '/product_tree/relationships/0/category',
      '/product_tree/relationships/0/product_reference',
      '/product_tree/relationships/0/relates_to_product_reference',
      '/document/notes/1',
      '/document/references/1',
    ])
    const more = changed(({ document, vulnerabilities }) => {
      document.distribution.text = 'Only for members'
      vulnerabilities[0]!['x/y'] = 1
    })
    expect(importAdvisory(bytes(more)).leftOut).toEqual(expect.arrayContaining(['/document/distribution/text', '/vulnerabilities/0/x~1y']))
  })

  it('takes a note with a title of an export for what it is only where it reads so, and says so where it does not', () => {
    const titled = changed(({ document, vulnerabilities }) => {
      document.notes = [{ category: 'details', title: 'Known-bad samples', text: 'Ask us.' }]
      vulnerabilities[1]!['notes'] = [{ category: 'details', title: 'Further weaknesses', text: 'Many.' }]
    })
    expect(importAdvisory(bytes(titled)).leftOut).toEqual(expect.arrayContaining(['/document/notes/0', '/vulnerabilities/1/notes/0']))
  })

  it.each([
    ['WHITE', 'CLEAR', 'AMBER+STRICT'],
    ['GREEN', 'GREEN', 'AMBER+STRICT'],
    ['AMBER', 'AMBER', 'AMBER+STRICT'],
    ['RED', 'RED', 'RED'],
  ])('marked %s, which TLP 2.0 calls %s, is %s until its publication, and the import says what it did', (label, statedTlp, tlp) => {
    const imported = importAdvisory(bytes(changed(({ document }) => (document.distribution = { tlp: { label } }))))
    expect([imported.content.tlp, imported.statedTlp]).toEqual([tlp, statedTlp])
    expect(imported.assumed).toEqual(tlp === statedTlp ? [] : ['/document/distribution/tlp'])
  })

  it('without a marking is for the recipients alone, and the import says that it assumed so', () => {
    const imported = importAdvisory(bytes(changed(({ document }) => delete (document as Json).distribution)))
    expect([imported.content.tlp, imported.statedTlp, imported.assumed]).toEqual(['AMBER+STRICT', null, ['/document/distribution/tlp']])
  })
})

describe('what is refused, with the place', () => {
  it('any other format or version', () => {
    for (const version of ['2.2', '1.2', 'toString', '2.0.1', '', 2, null, undefined]) {
      expect(refusal(changed(({ document }) => (document.csaf_version = version))), String(version)).toEqual(refusedAt('/document/csaf_version'))
    }
    for (const other of [null, 1, 'text', [], {}, { document: null }, { document: 'x' }, { bomFormat: 'CycloneDX' }])
      expect(refusal(other)).toEqual(refusedAt('/document'))
  })

  const wrong: [string, (document: Advisory) => void, ...string[]][] = [
    ['a missing title', ({ document }) => delete document.title, '/document/title'],
    ['a missing tracking id', ({ document }) => delete document.tracking.id, '/document/tracking/id'],
    ['an unknown marking', ({ document }) => (document.distribution = { tlp: { label: 'PURPLE' } }), '/document/distribution/tlp/label'],
    ['a date that is none', ({ document }) => (document.tracking.current_release_date = '2026-02-30T00:00:00Z'), '/document/tracking/current_release_date'],
    ['an empty history', ({ document }) => (document.tracking.revision_history = []), '/document/tracking/revision_history'],
    ['a CVE id that is none', ({ vulnerabilities }) => (vulnerabilities[1]!.cve = 'CVE-1'), '/vulnerabilities/1/cve'],
    ['a CVE id used twice', ({ vulnerabilities }) => (vulnerabilities[1]!.cve = 'CVE-2026-10001'), '/vulnerabilities/1/cve'],
    ['an empty vulnerability', ({ vulnerabilities }) => (vulnerabilities[1] = {}), '/vulnerabilities/1'],
    [
      'a vector that does not parse',
      ({ vulnerabilities }) => (vulnerabilities[0]!.scores![0]!.cvss_v3.vectorString = 'CVSS:3.1/AV:N'),
      '/vulnerabilities/0/scores/0/cvss_v3/vectorString',
    ],
    [
      'a vector of another version',
      ({ vulnerabilities }) => (vulnerabilities[0]!.scores![0]!.cvss_v3.version = '3.0'),
      '/vulnerabilities/0/scores/0/cvss_v3/vectorString',
    ],
    [
      'a score out of range',
      ({ vulnerabilities }) => (vulnerabilities[0]!.scores![0]!.cvss_v3.baseScore = 11),
      '/vulnerabilities/0/scores/0/cvss_v3/baseScore',
    ],
    [
      'a product that is not defined',
      ({ vulnerabilities }) => (vulnerabilities[0]!.product_status!.fixed = ['P2', 'P9']),
      '/vulnerabilities/0/product_status/fixed/1',
    ],
    ['a score for no defined product', ({ vulnerabilities }) => (vulnerabilities[0]!.scores![0]!.products = ['P9']), '/vulnerabilities/0/scores/0/products/0'],
    [
      'a remedy for no defined product',
      ({ vulnerabilities }) => (vulnerabilities[0]!.remediations![0]!.product_ids = ['P9']),
      '/vulnerabilities/0/remediations/0/product_ids/0',
    ],
    [
      'a remedy for no defined group',
      ({ vulnerabilities }) => (vulnerabilities[0]!.remediations![0]!.group_ids = ['G9']),
      '/vulnerabilities/0/remediations/0/group_ids/0',
    ],
    [
      'a relationship of no defined product',
      ({ product_tree: tree }) => (tree.relationships[0]!.product_reference = 'P9'),
      '/product_tree/relationships/0/product_reference',
    ],
    [
      'a group of no defined product',
      ({ product_tree: tree }) => (tree.product_groups[0]!.product_ids = ['P1', 'P9']),
      '/product_tree/product_groups/0/product_ids/1',
    ],
    [
      'a product defined twice',
      ({ product_tree: tree }) => (tree.full_product_names[0] = { name: 'Twice', product_id: 'P4' }),
      '/product_tree/relationships/0/full_product_name/product_id',
    ],
    [
      'a group defined twice',
      ({ product_tree: tree }) => tree.product_groups.push({ group_id: 'G1', product_ids: ['P1', 'P2'] }),
      '/product_tree/product_groups/1/group_id',
    ],
    [
      'a product that is affected and fixed',
      ({ vulnerabilities }) => (vulnerabilities[0]!.product_status!.fixed = ['P2', 'P1']),
      '/vulnerabilities/0/product_status/fixed/1',
    ],
    [
      'a branch with neither branches nor product',
      ({ product_tree: tree }) => (tree.branches = [{ category: 'vendor', name: 'V' }]),
      '/product_tree/branches/0',
    ],
    [
      'more text than a package holds',
      ({ document }) => (document.notes = [1, 2].map(() => ({ category: 'summary', text: 'a'.repeat(60_000) }))),
      '/document/notes',
    ],
  ]

  it.each(wrong)('%s', (_, change, ...at) => {
    const answer = refusal(changed(change))
    // Undefining P3 or changing a status can break more than one rule: the place named first is the one that was changed.
    expect(answer).toMatchObject({ code: 'VALIDATION_FAILED' })
    expect((answer as { at: string[] }).at).toContain(at[0])
  })

  it('a product may be recommended and fixed', () => {
    expect(refusal(changed(({ vulnerabilities }) => (vulnerabilities[0]!.product_status!.recommended = ['P2'])))).toBe('imported')
  })

  it('bytes that are not strict JSON, or too many', () => {
    const text = JSON.stringify(advisory())
    expect(refusal(new TextEncoder().encode(text.slice(0, -1)))).toMatchObject({ code: 'MALFORMED_JSON' })
    expect(refusal(new TextEncoder().encode(text.replace('"title"', '"title":"hidden","title"')))).toMatchObject({ code: 'DUPLICATE_KEY' })
    expect(refusal(new Uint8Array([0xff, 0xfe]))).toMatchObject({ code: 'INVALID_UTF8' })
    expect(refusal(new Uint8Array(MAX_ADVISORY_BYTES + 1).fill(0x20))).toMatchObject({ code: 'PAYLOAD_TOO_LARGE' })
    expect(refusal(new Uint8Array(0))).toMatchObject({ code: 'MALFORMED_JSON' })
  })

  it('with at most fifty places', () => {
    const answer = refusal(
      changed(({ vulnerabilities }) => (vulnerabilities[0]!.product_status!.known_affected = Array.from({ length: 500 }, (_, at) => `X${at}`))),
    )
    expect((answer as { at: string[] }).at).toHaveLength(50)
  })
})

describe('a document that is made to cost much', () => {
  const many = <T>(count: number, item: T): T[] => Array.from({ length: count }, () => item)
  const answer = (document: Json) => {
    try {
      return importAdvisory(bytes(document)).leftOut
    } catch (error) {
      return error instanceof Problem ? error.message : error
    }
  }

  it('of which nothing is carried over is imported, and what was left out is told by the places that hold it', () => {
    const references = many(1000, { summary: 'Not on the web', url: 'x' })
    const told = answer({ ...advisory(), vulnerabilities: many(150, { title: 'Overflow', references }) })
    expect(told).toContain('/vulnerabilities/149/references')
    expect((told as string[]).length).toBeLessThan(1000)
  })

  it('by groups of many products that many remedies name is refused, with the place', () => {
    const ids = Array.from({ length: 5000 }, (_, at) => `P${at}`)
    const tree = { full_product_names: ids.map((id) => ({ name: id, product_id: id })), product_groups: [{ group_id: 'G', product_ids: ids }] }
    const remediations = many(100, { category: 'workaround', details: 'Wait', group_ids: ['G'] })
    expect(answer({ ...advisory(), product_tree: tree, vulnerabilities: many(10, { title: 'Overflow', remediations }) })).toMatch(
      /\/vulnerabilities\/2\/remediations\/0\/group_ids: the groups of the remedies stand for more products/,
    )
  })

  it('by its faults is read no further than an answer tells of them', () => {
    const faults = answer({ ...advisory(), vulnerabilities: many(100, { notes: many(1000, 0) }) })
    expect(faults).toMatch(/\(and 49 more\)/)
    const uses = many(100, { product_status: { recommended: many(1000, 'unknown') } })
    expect(answer({ ...advisory(), vulnerabilities: uses })).toMatch(/\(and 49 more\)/)
  })
})

describe('any document at all', () => {
  test.prop([fc.json({ maxDepth: 4 })], { numRuns: 500 })('is imported whole or refused with a code', (text) => {
    expect(['imported', 'VALIDATION_FAILED', 'FORBIDDEN_KEY', 'NUMBER_OUT_OF_RANGE', 'DUPLICATE_KEY', 'INVALID_UTF8']).toContain(
      codeOf(new TextEncoder().encode(text)),
    )
  })

  const pointers = (value: unknown, at: (string | number)[] = []): (string | number)[][] =>
    typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([key, inner]) => [[...at, key], ...pointers(inner, [...at, key])]) : []

  test.prop([fc.constantFrom(...pointers(advisory())), fc.oneof(fc.constant(undefined), fc.jsonValue({ maxDepth: 2 }))], { numRuns: 2000 })(
    'with one thing replaced is imported whole or refused, never with another exception',
    (path, value) => {
      const document = advisory()
      const holder = path.slice(0, -1).reduce((inner, key) => inner[key] as Json, document as unknown as Json)
      holder[path.at(-1)!] = value
      expect(['imported', 'VALIDATION_FAILED', 'FORBIDDEN_KEY', 'NUMBER_OUT_OF_RANGE', 'INVALID_UTF8']).toContain(codeOf(bytes(document)))
    },
  )

  test.prop([fc.nat()], { numRuns: 300 })('cut short is refused', (cut) => {
    const whole = bytes(advisory())
    expect(codeOf(whole.subarray(0, cut % whole.length))).toBe('MALFORMED_JSON')
  })

  function codeOf(document: Uint8Array): string {
    const answer = refusal(document)
    return typeof answer === 'string' ? answer : answer.code
  }
})
