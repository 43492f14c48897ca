import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import type { OperatorId } from '#platform/ids.ts'
import type { Advisory, Stage } from '#program/advisories/advisory.ts'
import { cveFaults } from '#test/harness/cve-rules.ts'
import { exportCsaf } from '#program/advisories/export-csaf.ts'
import { exportCve } from '#program/advisories/export-cve.ts'
import { importAdvisory } from '#program/advisories/import-advisory.ts'
import type { PackageId } from '#program/packages/content-hash.ts'
import { PackageContent, type PackageContentInput } from '#program/packages/contract.ts'
import { csafFaults } from '#test/harness/csaf-validator.ts'

const CSAF = ['2.0', '2.1'] as const
const STAGES = ['draft', 'final', 'withdrawn', 'superseded'] as const satisfies readonly Stage[]
const RELEASE = new Date('2026-12-08T18:00:00Z')
const GROUP = { id: '5868d6fb-6dc4-4f3e-8d31-2c4f5b3f9c11', name: 'Members of the programme' }

const FULL: PackageContentInput = {
  title: 'Overflow in the font parser',
  description: 'A flaw in a font parser.',
  bulletin: { id: 'VB-2026-01', text: 'A crafted font overflows a buffer.' },
  products: [
    { id: 'P1', name: 'Vendor Reader before 2.0', vendor: 'Vendor', version: '<2.0', cpe: 'cpe:2.3:a:vendor:reader:*:*:*:*:*:*:*:*' },
    { id: 'P2', name: 'Vendor Reader 2.0', vendor: 'Vendor', version: '2.0', purl: 'pkg:generic/reader@2.0' },
    { id: 'P3', name: 'Viewer' },
  ],
  vulnerabilities: [
    {
      cve: 'CVE-2026-10001',
      otherIds: [{ system: 'Vendor bug', text: '4711' }],
      title: 'Name record overflow',
      description: 'The length of a name record is not checked.',
      cwes: [
        { id: 'CWE-787', name: 'Out-of-bounds Write', version: '4.17' },
        { id: 'CWE-20', name: 'Improper Input Validation', version: '4.17' },
      ],
      cvss: [
        { vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H', statedScore: 8.8 },
        { vector: 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:A/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N', statedScore: 8.6 },
      ],
      exploitability: { latest: 'more-likely', older: 'detected', text: 'One attack was seen.' },
      attackVector: { channel: 'network', text: 'A font in a mail.' },
      triggerConditions: 'The preview is on.',
      reproduction: ['Open the file.', 'Wait.'],
      crash: { frames: ['reader!parse+0x12', 'reader!load'], text: 'rip=0000' },
      fixes: [
        { kind: 'available', details: 'Update to 2.0.', products: ['P1'], url: 'https://vendor.example/2.0' },
        { kind: 'workaround', details: 'Turn the preview off.', products: ['P1', 'P3'] },
      ],
      affected: ['P1', 'P3'],
      fixed: ['P2'],
    },
  ],
  detection: [{ sensor: 'file', title: 'Long record', guidance: 'Over 64 KiB.', falsePositives: 'Large fonts.' }],
  rules: [{ kind: 'yara', sensor: 'file', name: 'LongRecord', text: 'rule LongRecord { condition: false }' }],
  samples: { knownBad: [{ name: 'bad font.otf', sha256: 'a'.repeat(64), size: 42, handling: 'live' }], knownGood: [{ name: 'good.otf', sha256: 'b'.repeat(64), handling: 'harmless' }] }, // prettier-ignore
  credit: { finders: [{ name: 'A. Finder', organisation: 'Example Lab' }] },
  sharingGroup: GROUP,
  permittedUse: { deploy: { ownFleet: 'allow', customers: { allowFrom: '2026-12-07T18:00:00Z' } } },
  references: [{ url: 'https://vendor.example/a', summary: 'Advisory' }],
  revisionHistory: [
    { version: 'A', instant: '2026-11-01T10:00:00.000Z', summary: 'First' },
    { version: 'B', instant: '2026-11-08T10:00:00.000Z', summary: 'Second' },
  ],
}

const advisory = (content: PackageContentInput, stage: Stage, changes: Partial<Advisory> = {}): Advisory => ({
  package: '0193b0c8-1111-7222-8333-444455556666' as PackageId,
  version: 1,
  stage,
  content: PackageContent.parse(content),
  release: RELEASE,
  at: new Date(stage === 'draft' ? '2026-11-20T10:00:00Z' : '2026-12-20T10:00:00Z'),
  publisher: { id: '0193b0c8-1111-7222-8333-444455556667' as OperatorId, name: 'Example Programme', namespace: 'https://programme.example' },
  address: 'https://programme.example/packages/1',
  ...changes,
})
interface Json {
  readonly document: { readonly distribution: { readonly text: string }; readonly notes: { readonly title?: string; readonly text: string }[] }
}
const parse = (bytes: Uint8Array) => JSON.parse(Buffer.from(bytes).toString('utf8')) as Json
const sorted = (content: PackageContent) => ({ ...content, products: [...content.products].sort((one, other) => (one.id < other.id ? -1 : 1)) })

describe.each(CSAF)('an export to CSAF %s', (version) => {
  it.each(STAGES)('passes schema and mandatory tests as %s', async (stage) => {
    for (const content of [FULL, { title: 'T' }, { title: 'T', vulnerabilities: [{ cve: null }, { cve: 'CVE-2026-1000' }] }] as PackageContentInput[])
      expect(await csafFaults(version, exportCsaf(advisory(content, stage), version))).toEqual([])
  })

  it('fails them when its document is not one', async () => {
    const broken = parse(exportCsaf(advisory(FULL, 'final'), version))
    const product = { ...(broken as unknown as { vulnerabilities: { product_status: { known_affected: string[] } }[] }) }
    product.vulnerabilities[0]!.product_status.known_affected = ['P9']
    expect((await csafFaults(version, Buffer.from(JSON.stringify(product)))).join()).toContain('mandatoryTest_6_1_1:')
    expect((await csafFaults(version, Buffer.from('{}'))).join()).toContain('csaf_2_')
  })

  it('is the same bytes each time', () => {
    expect(exportCsaf(advisory(FULL, 'draft'), version).equals(exportCsaf(advisory(FULL, 'draft'), version))).toBe(true)
  })

  it('before the release has status draft, the marking of the package and its sharing group', () => {
    const { document } = parse(exportCsaf(advisory(FULL, 'draft'), version))
    expect(document).toMatchObject({ tracking: { status: 'draft' }, distribution: { tlp: { label: version === '2.0' ? 'AMBER' : 'AMBER+STRICT' } } })
    const { text } = document.distribution
    for (const word of ['TLP:AMBER+STRICT', RELEASE.toISOString(), GROUP.name]) expect(text).toContain(word)
    if (version === '2.1') expect(document).toMatchObject({ distribution: { sharing_group: GROUP }, tracking: { id: `${GROUP.id}-VB-2026-01` } })
  })

  it('after the release is final, for everybody, and helps no attacker', () => {
    const bytes = exportCsaf(advisory(FULL, 'final'), version)
    const { document } = parse(bytes)
    expect(document).toMatchObject({ tracking: { status: 'final', id: 'VB-2026-01' }, distribution: { tlp: { label: version === '2.0' ? 'WHITE' : 'CLEAR' } } })
    const text = bytes.toString()
    for (const word of ['Open the file', 'reader!parse', 'rip=', 'preview is on', 'Over 64', 'rule LongRecord', 'bad font', GROUP.id, GROUP.name])
      expect(text).not.toContain(word)
    for (const word of ['A. Finder', 'CVE-2026-10001', 'Turn the preview off']) expect(text).toContain(word)
  })

  it.each(STAGES)('publishes the permitted-use clause with it, for people and machines, as %s', (stage) => {
    const { notes } = parse(exportCsaf(advisory(FULL, stage), version)).document
    const note = (title: string) => notes.find((each) => each.title === title)!.text
    expect(note('Permitted use')).toContain('Deploy protections to customers: allowed from 2026-12-07T18:00:00Z')
    expect(JSON.parse(note('Permitted use, machine-readable'))).toEqual({ permittedUse: PackageContent.parse(FULL).permittedUse })
  })

  it('keeps what both can say when it is imported again', () => {
    const before = PackageContent.parse(FULL)
    const { content, leftOut } = importAdvisory(exportCsaf(advisory(FULL, 'draft'), version))
    const { credit, description: _, permittedUse: _use, sharingGroup, vulnerabilities, ...same } = before
    expect(sorted(content)).toMatchObject(same)
    expect(content.credit.finders).toEqual(credit.finders)
    expect(content.sharingGroup).toEqual(version === '2.1' ? sharingGroup : null)
    const { cwes, cvss, statedDisclosure: _unset, ...rest } = vulnerabilities[0]!
    expect(content.vulnerabilities[0]).toMatchObject(rest)
    expect(content.vulnerabilities[0]!.cwes.map(({ id }) => id)).toEqual(cwes.map(({ id }) => id))
    expect(content.vulnerabilities[0]!.cvss.map(({ vector }) => vector).sort()).toEqual(cvss.map(({ vector }) => vector).sort())
    expect(content.vulnerabilities[0]!.statedDisclosure).toBe(RELEASE.toISOString())
    // The clause and the generic words are the author's to decide.
    const { notes } = parse(exportCsaf(advisory(FULL, 'draft'), version)).document
    const own = notes.flatMap(({ title }, at) => (/^(Permitted use.*|Description without detail)$/.test(title ?? '') ? [`/document/notes/${at}`] : []))
    expect(leftOut).toEqual(expect.arrayContaining(own))
    expect(own).toHaveLength(3)
  })

  it('says that a stated score is not the one that its vector computes to', () => {
    const [vulnerability] = FULL.vulnerabilities!
    const content = { ...FULL, vulnerabilities: [{ ...vulnerability!, cvss: [{ vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H', statedScore: 9.9 }] }] }
    const text = exportCsaf(advisory(content, 'final'), version).toString()
    expect(text).toContain('is stated as 9.9; its base score computes to 8.8.')
    expect(text).toContain('"baseScore": 8.8')
  })

  it('of hidden parts says nothing and is still a document', async () => {
    const { schema, tlp, permittedUse, sharingGroup, detection } = PackageContent.parse(FULL)
    for (const content of [{ schema, tlp, permittedUse, sharingGroup }, { schema, tlp, permittedUse, sharingGroup, detection }, {}]) {
      const bytes = exportCsaf(advisory(FULL, 'draft', { content }), version)
      expect(await csafFaults(version, bytes)).toEqual([])
      for (const word of ['Overflow', 'CVE-2026', 'Reader', 'VB-2026', 'Finder', 'crafted']) expect(bytes.toString()).not.toContain(word)
    }
  })
})

describe('E20, E21: what was taken back', () => {
  it('E21: is withdrawn in CSAF 2.1 by its own profile and says why, and what it said is gone', () => {
    for (const stage of ['withdrawn', 'superseded'] as const) {
      const json = parse(exportCsaf(advisory(FULL, stage), '2.1'))
      expect(json.document).toMatchObject({ category: `csaf_${stage}`, tracking: { status: 'final' } })
      expect(Object.keys(json)).toEqual(['$schema', 'document'])
    }
  })
})

describe('an export to CVE JSON 5', () => {
  const record = (stage: Stage) => exportCve(advisory(FULL, stage), 'CVE-2026-10001')!

  it('has what the schema of CVE records asks for', () => {
    for (const stage of ['draft', 'final'] as const) expect(cveFaults(parse(record(stage)))).toEqual([])
    const bare = exportCve(advisory({ title: 'T', vulnerabilities: [{ cve: 'CVE-2026-1000' }] }, 'final'), 'CVE-2026-1000')!
    expect(cveFaults(parse(bare))).toEqual([])
    expect(cveFaults({ ...parse(bare), containers: { cna: {} } })).toContain('/containers/cna/descriptions')
  })

  it('says before the release that it is under embargo, and always what members were permitted', () => {
    const marks = (stage: Stage) => (parse(record(stage)) as unknown as { containers: { cna: { x_vedette: object } } }).containers.cna.x_vedette
    expect(marks('draft')).toMatchObject({ status: 'under embargo', tlp: 'AMBER+STRICT', release: RELEASE.toISOString(), sharingGroup: GROUP })
    expect(marks('final')).toMatchObject({ status: 'released', tlp: 'CLEAR', permittedUse: PackageContent.parse(FULL).permittedUse })
    expect(record('final').toString()).not.toContain(GROUP.id)
    expect(record('final').toString()).not.toContain('The preview is on')
  })

  it('is one record for each CVE that the advisory names, and none for another', () => {
    expect(exportCve(advisory(FULL, 'final'), 'CVE-2026-99999')).toBeUndefined()
    expect(exportCve(advisory(FULL, 'withdrawn'), 'CVE-2026-10001')).toBeUndefined()
  })

  it('keeps what both can say when it is imported again', () => {
    const { content } = importAdvisory(record('draft'))
    const [before] = PackageContent.parse(FULL).vulnerabilities
    expect(content.vulnerabilities[0]).toMatchObject({
      cve: before!.cve,
      title: before!.title,
      description: before!.description,
      triggerConditions: before!.triggerConditions,
      cwes: before!.cwes.map(({ id, name }) => ({ id, name })),
      cvss: before!.cvss,
    })
    expect(content.products.map(({ name, vendor, version }) => [name, vendor, version])).toEqual([
      ['Vendor Reader before 2.0 <2.0', 'Vendor', '<2.0'],
      ['Viewer', null, null],
    ])
    expect(content.credit.finders).toEqual([{ name: 'A. Finder of Example Lab', organisation: null }])
    expect(content.references).toEqual(FULL.references)
  })
})

describe('a content that is made to cost much', () => {
  const ids = Array.from({ length: 10_000 }, (_, at) => `P${at}`)
  const costly = (count: number, more: object): PackageContentInput => ({
    title: 'Overflow',
    products: ids.map((id) => ({ id, name: id, vendor: 'Vendor' })),
    vulnerabilities: Array.from({ length: count }, () => ({ cve: null, affected: ids.slice(0, 5000), fixed: ids.slice(5000), ...more })),
  })

  it('is told in a time that grows with it', () => {
    const began = process.cpuUsage()
    exportCsaf(advisory(costly(20, {}), 'draft'), '2.1')
    const { user, system } = process.cpuUsage(began)
    expect((user + system) / 1e6).toBeLessThan(3)
  })

  it('is refused where it names its products too often for one document', () => {
    const fixes = Array.from({ length: 100 }, () => ({ kind: 'workaround', details: 'Wait' }))
    expect(() => exportCsaf(advisory(costly(2, { fixes }), 'draft'), '2.0')).toThrow('names its products too often')
  })
})

describe('any content at all', () => {
  const text = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
    .filter((value) => value.trim() !== '' && value.isWellFormed() && !value.includes('\0'))
  const prose = fc.oneof(fc.constant(''), text)
  const ids = ['P1', 'P2', 'P3'] as const
  const product = (id: string) =>
    fc.record({
      id: fc.constant(id),
      name: text,
      vendor: fc.option(text),
      version: fc.option(fc.oneof(text, fc.constantFrom('<2', '1.0', 'all versions'))),
      cpe: fc.option(fc.constantFrom('cpe:2.3:a:v:p:1.0:*:*:*:*:*:*:*', 'cpe:/a:v:p:1', 'nonsense')),
      purl: fc.option(fc.constantFrom('pkg:generic/a@1', 'pkg:npm/%40a/b@1.0', 'pkg:x')),
    })
  const cvss = fc.constantFrom(
    'CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H',
    'CVSS:3.1/AV:L/AC:H/PR:L/UI:N/S:C/C:L/I:N/A:N/E:P/RL:O/RC:C',
    'CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H',
    'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N',
    'CVSS:4.0/AV:N/AC:L/AT:P/PR:L/UI:P/VC:L/VI:N/VA:H/SC:N/SI:L/SA:N',
  )
  const vulnerability = fc
    .record({
      cve: fc.option(fc.integer({ min: 1000, max: 99_999 }).map((n) => `CVE-2026-${n}`)),
      title: fc.option(text),
      description: prose,
      cwes: fc.subarray([
        { id: 'CWE-787', name: 'Out-of-bounds Write' },
        { id: 'CWE-20', name: 'Improper Input Validation', version: '4.17' },
      ]),
      cvss: fc.array(fc.record({ vector: cvss, statedScore: fc.option(fc.constantFrom(0, 8.8, 10)) }), { maxLength: 3 }),
      exploitability: fc.record({ latest: fc.constantFrom('detected' as const, null), older: fc.constantFrom('unlikely' as const, null), text: prose }),
      attackVector: fc.record({ channel: fc.constantFrom('local' as const, null), text: prose }),
      triggerConditions: prose,
      reproduction: fc.array(text, { maxLength: 2 }),
      fixes: fc.array(
        fc.record({
          kind: fc.constantFrom('available', 'planned', 'mitigation', 'workaround', 'none-planned', 'none'),
          details: text,
          products: fc.subarray([...ids]),
          url: fc.constantFrom(null, 'https://vendor.example/fix'),
        }),
        { maxLength: 3 },
      ),
      split: fc.tuple(fc.subarray([...ids]), fc.subarray([...ids])),
    })
    .map(({ split: [affected, fixed], ...rest }) => ({ ...rest, affected, fixed: fixed.filter((id) => !affected.includes(id)) }))
  const content = fc
    .record({
      title: text,
      description: prose,
      bulletin: fc.record({ id: fc.option(text), text: prose }),
      products: fc.tuple(...ids.map(product)),
      vulnerabilities: fc.uniqueArray(vulnerability, { maxLength: 3, selector: ({ cve }) => cve ?? Symbol('none') }),
      credit: fc.record({ finders: fc.array(fc.record({ name: text, organisation: fc.option(text) }), { maxLength: 2 }) }),
      tlp: fc.constantFrom('AMBER', 'AMBER+STRICT', 'RED'),
      sharingGroup: fc.constantFrom(null, GROUP, { id: GROUP.id, name: null }),
      revisionHistory: fc.array(fc.record({ version: text, instant: fc.date({ min: new Date('2020-01-01'), max: new Date('2027-12-31'), noInvalidDate: true }).map((date) => date.toISOString()), summary: prose }), { maxLength: 3 }), // prettier-ignore
    })
    .map((input) => PackageContent.safeParse(input))
    .filter(({ success }) => success)
    .map(({ data }) => data as PackageContentInput)

  test.prop([content, fc.constantFrom(...STAGES), fc.option(fc.constant(RELEASE))], { numRuns: 60 })(
    'is exported as a valid document of either version',
    async (input, stage, release) => {
      for (const version of CSAF) expect(await csafFaults(version, exportCsaf(advisory(input, stage, { release }), version))).toEqual([])
    },
  )

  test.prop([content, fc.constantFrom<Stage>('draft', 'final')], { numRuns: 60 })(
    'is imported again, and exported as records that have what CVE asks for',
    (input, stage) => {
      for (const version of CSAF) {
        const again = importAdvisory(exportCsaf(advisory(input, stage), version)).content
        expect(again.vulnerabilities.map(({ cve }) => cve)).toEqual(input.vulnerabilities!.map(({ cve }) => cve))
      }
      for (const { cve } of input.vulnerabilities!) if (cve) expect(cveFaults(parse(exportCve(advisory(input, stage), cve)!))).toEqual([])
    },
  )
})
