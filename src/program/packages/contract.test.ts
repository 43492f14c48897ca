import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import type { Id } from '#platform/ids.ts'
import { contentHash } from '#program/packages/content-hash.ts'
import { Content1 } from '#program/packages/content-1.ts'
import { PackageContent, PARTS, PermittedUse, upgraded, type Part } from '#program/packages/contract.ts'
import { cvssVersionOf } from '#program/packages/cvss-vector.ts'
import { isPermitted } from '#program/packages/permitted-use.ts'
import { viewOf } from '#program/packages/view.ts'

const digest = (letter: string) => letter.repeat(64)
const attachment = (object: string, sha256: string, name = 'sample.bin') => ({ object, name, mediaType: 'application/octet-stream', size: 3, sha256 })
const OBJECT = '0193b0c8-1111-7222-8333-444455556666'
const OTHER_OBJECT = '0193b0c8-1111-7222-8333-444455556667'
const FULL = {
  title: 'Overflow in the font parser',
  description: 'A flaw in a font parser.',
  bulletin: { id: 'VB-2026-01', text: 'Details' },
  products: [{ id: 'P1', name: 'Reader 1.0', purl: 'pkg:generic/reader@1.0' }],
  vulnerabilities: [
    {
      cve: 'CVE-2026-10001',
      affected: ['P1'],
      cwes: [{ id: 'CWE-787', name: 'Out-of-bounds Write', version: '4.17' }],
      exploitability: { latest: 'more-likely', older: 'detected', text: 'Seen in tests.' },
      attackVector: { channel: 'network', text: 'By mail.' },
      triggerConditions: 'The preview is on.',
      reproduction: ['Open the file.', 'Wait.'],
      crash: { frames: ['reader!parse+0x12'], text: 'rip=0000' },
      fixes: [{ kind: 'planned', details: 'With the release.', products: ['P1'], url: 'https://vendor.example/fix' }],
      statedDisclosure: '2026-12-08T18:00:00Z',
      cvss: [{ vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H', statedScore: 8.8 }],
    },
  ],
  detection: [{ sensor: 'file', title: 'Long name record', guidance: 'Look for a name record over 64 KiB.' }],
  attachments: [attachment(OBJECT, digest('a'))],
  proofOfConcept: [attachment(OTHER_OBJECT, digest('b'), 'proof.bin')],
  samples: { knownBad: [{ name: 'bad.otf', sha256: digest('a'), size: 3, handling: 'live', attachment: OBJECT }], knownGood: [] },
  rules: [{ kind: 'yara', name: 'LongRecord', sensor: 'file', text: 'rule LongRecord { condition: false }' }],
  credit: { finders: [{ name: 'A. Finder', organisation: 'Example Lab' }] },
  sharingGroup: { id: '5868d6fb-6dc4-4f3e-8d31-2c4f5b3f9c11', name: 'Members of the programme' },
  references: [{ url: 'https://vendor.example/advisory' }],
}
const accepts = (changes: object) => PackageContent.safeParse({ ...FULL, ...changes }).success
const places = (changes: object) => PackageContent.safeParse({ ...FULL, ...changes }).error?.issues.map(({ path }) => path.join('/'))

describe('the content of a package', () => {
  it('is complete with a title, and then closed in every respect', () => {
    const content = PackageContent.parse({ title: 'T' })
    expect(content).toMatchObject({ tlp: 'AMBER+STRICT', validateParts: [], vulnerabilities: [], proofOfConcept: [] })
    expect(content.permittedUse).toEqual({
      deploy: { ownFleet: 'deny', customers: 'deny', blockMode: 'deny' },
      name: { refersToCve: 'deny' },
      visible: { probeable: 'deny', customerTelemetry: 'deny' },
      share: { withinGroup: 'deny', derivedBinaries: 'covered' },
    })
    expect(accepts({})).toBe(true)
  })

  it('names the place of what does not fit', () => {
    expect(places({ title: ' ' })).toEqual(['title'])
    expect(places({ surprise: 1 })).toEqual([''])
    expect(places({ tlp: 'WHITE' })).toEqual(['tlp'])
    expect(places({ vulnerabilities: [{ cve: 'CVE-26-1' }] })).toEqual(['vulnerabilities/0/cve'])
    expect(places({ vulnerabilities: [{ cve: null, cvss: [{ vector: 'AV:N' }] }] })).toEqual(['vulnerabilities/0/cvss/0/vector'])
    expect(places({ vulnerabilities: [{ cve: null, affected: ['P1', 'P9'] }] })).toEqual(['vulnerabilities/0/affected/1'])
    expect(places({ vulnerabilities: [{ cve: 'CVE-2026-10001' }, { cve: null }, { cve: null }, { cve: 'CVE-2026-10001' }] })).toEqual(['vulnerabilities/3/cve'])
    expect(places({ products: [...FULL.products, ...FULL.products] })).toEqual(['products/1/id'])
    expect(places({ detection: [{ sensor: 'smell', title: 'T', guidance: 'G' }] })).toEqual(['detection/0/sensor'])
    expect(places({ references: [{ url: 'javascript:alert(1)' }] })).toEqual(['references/0/url'])
    expect(places({ attachments: [attachment(OBJECT, digest('a'), '../../x')] })).toEqual(['attachments/0/name'])
    const vulnerability = (fields: object) => places({ vulnerabilities: [{ cve: null, ...fields }] })
    expect(vulnerability({ cwe: { id: 'CWE-787', name: 'x' } })).toEqual(['vulnerabilities/0'])
    expect(vulnerability({ cwes: [{ id: '787', name: 'x' }] })).toEqual(['vulnerabilities/0/cwes/0/id'])
    expect(vulnerability({ exploitability: { latest: 'certain' } })).toEqual(['vulnerabilities/0/exploitability/latest'])
    expect(vulnerability({ attackVector: { channel: 'post' } })).toEqual(['vulnerabilities/0/attackVector/channel'])
    expect(vulnerability({ fixes: [{ kind: 'available', details: 'd', products: ['P9'] }] })).toEqual(['vulnerabilities/0/fixes/0/products/0'])
    expect(vulnerability({ reproduction: ['one', ''] })).toEqual(['vulnerabilities/0/reproduction/1'])
    expect(vulnerability({ affected: ['P1'], fixed: ['P1'] })).toEqual(['vulnerabilities/0/fixed/0'])
    expect(places({ samples: { knownBad: [{ name: 'n', sha256: 'A'.repeat(64), handling: 'live' }] } })).toEqual(['samples/knownBad/0/sha256'])
    expect(places({ samples: { knownGood: [{ name: 'n', sha256: digest('b'), handling: 'live', attachment: OBJECT }] } })).toEqual([
      'samples/knownGood/0/attachment',
    ])
    expect(places({ samples: { knownBad: [{ name: 'n', sha256: digest('b'), handling: 'live', attachment: OTHER_OBJECT }] } })).toEqual([
      'samples/knownBad/0/attachment',
    ])
    expect(places({ rules: [{ kind: 'regex', name: 'n', sensor: 'file', text: 't' }] })).toEqual(['rules/0/kind'])
    expect(places({ sharingGroup: { id: '00000000-0000-0000-0000-000000000000' } })).toEqual(['sharingGroup/id'])
    expect(places({ sharingGroup: { id: FULL.sharingGroup.id, name: 'Public' } })).toEqual(['sharingGroup/name'])
    expect(places({ permittedUse: { deploy: { customers: 'maybe' } } })).toEqual(['permittedUse/deploy/customers'])
  })

  it('never has a proof of concept as an attachment too, by object or by bytes', () => {
    expect(places({ samples: {}, attachments: [attachment(OTHER_OBJECT, digest('c'))] })).toEqual(['attachments/0'])
    expect(places({ samples: {}, attachments: [attachment(OBJECT, digest('b'))] })).toEqual(['attachments/0'])
  })
})

describe('the hash of a content', () => {
  const base = { package: 'p' as Id<'package'>, version: 1, content: PackageContent.parse(FULL) }

  it('is the same whatever order the keys came in', () => {
    const turned = Object.fromEntries(Object.entries(FULL).reverse())
    expect(contentHash({ ...base, content: PackageContent.parse(turned) })).toBe(contentHash(base))
    expect(contentHash(base)).toMatch(/^[0-9a-f]{64}$/)
  })

  const leaves = (value: unknown, path: (string | number)[] = []): (string | number)[][] =>
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, Array.isArray(value) ? Number(key) : key]))
      : [path]

  it.each(leaves(base.content).map((path) => [path.join('/'), path] as const))('changes with %s', (_, path) => {
    const content = structuredClone(base.content)
    const holder = path.slice(0, -1).reduce((inner, key) => (inner as Record<string | number, unknown>)[key], content as unknown) as Record<
      string | number,
      unknown
    >
    holder[path.at(-1)!] = `${String(holder[path.at(-1)!])}!`
    expect(contentHash({ ...base, content })).not.toBe(contentHash(base))
  })
})

describe('a content of schema 1', () => {
  const stored = {
    schema: 1,
    title: 'Overflow in the font parser',
    description: 'A flaw in a font parser.',
    bulletin: { id: 'VB-2026-01', text: 'Details' },
    products: [{ id: 'P1', name: 'Reader 1.0', purl: 'pkg:generic/reader@1.0' }],
    vulnerabilities: [
      {
        cve: 'CVE-2026-10001',
        affected: ['P1'],
        cwe: { id: 'CWE-787', name: 'Out-of-bounds Write' },
        cvss: [{ vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H', statedScore: 8.8 }],
      },
    ],
    detection: [{ sensor: 'file', title: 'Long name record', guidance: 'Look for a name record over 64 KiB.' }],
    references: [{ url: 'https://vendor.example/advisory' }],
  }
  const content = Content1.parse(stored)

  it('has the hash that it had when it was stored', () => {
    // Computed by the program that wrote schema 1.
    const written = '2f1da8f308deefe66c6692e2ba802fcf4a3f26ef36c34230b88619f1a707daa4'
    expect(contentHash({ package: OBJECT as Id<'package'>, version: 1, content })).toBe(written)
    expect(contentHash({ package: OBJECT as Id<'package'>, version: 1, content: upgraded(content) })).not.toBe(written)
  })

  it('is read as schema 2 without losing anything, and is written in it by an edit', () => {
    const read = viewOf(content, () => true)
    const { vulnerabilities, schema, ...rest } = content
    expect(read).toMatchObject({ schema: 2, ...rest })
    expect(read.vulnerabilities).toMatchObject(vulnerabilities.map(({ cwe, ...same }) => ({ ...same, cwes: [{ ...cwe, version: null }] })))
    expect(PackageContent.parse(read)).toEqual(read)
    expect([schema, PackageContent.safeParse(content).success]).toEqual([1, false])
    const torn = Content1.parse({ ...stored, vulnerabilities: [{ cve: null, affected: ['P1'], fixed: ['P1'] }] })
    expect(PackageContent.safeParse(upgraded(torn)).data?.vulnerabilities).toMatchObject([{ affected: ['P1'], fixed: [] }])
  })
})

describe('a CVSS vector', () => {
  it.each([
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H', '3.1'],
    ['CVSS:3.0/S:U/AV:N/AC:L/PR:N/UI:R/C:H/I:H/A:H', '3.0'],
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H/E:F/RL:X/RC:C/MAV:X', '3.1'],
    ['CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N', '4.0'],
    ['CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:A/MSI:S/U:Amber', '4.0'],
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H', undefined],
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H/A:H', undefined],
    ['CVSS:3.1/AV:Q/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H', undefined],
    ['CVSS:3.1/AV:NA/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H', undefined],
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H/', undefined],
    ['CVSS:3.1/AV:/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H', undefined],
    ['CVSS:3.2/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H', undefined],
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H/toString:X', undefined],
    ['CVSS:4.0/AC:L/AV:N/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N', undefined],
    ['CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:S/SA:N', undefined],
    ['AV:N/AC:L/Au:N/C:P/I:P/A:P', undefined],
    ['', undefined],
  ])('%s has version %s', (vector, version) => {
    expect(cvssVersionOf(vector)).toBe(version)
  })
})

describe('a term of the permitted-use clause', () => {
  const now = new Date('2026-09-08T17:00:00Z')

  it('denies, allows, or allows from an instant on', () => {
    expect([isPermitted('deny', now), isPermitted('allow', now)]).toEqual([false, true])
    const { deploy } = PermittedUse.parse({ deploy: { ownFleet: { allowFrom: '2026-09-08T17:00:00Z' } } })
    expect(isPermitted(deploy.ownFleet, now)).toBe(true)
    expect(isPermitted(deploy.ownFleet, new Date(now.getTime() - 1))).toBe(false)
  })
})

describe('the view of a content', () => {
  const content = PackageContent.parse(FULL)

  it('holds the fields of the readable parts and no others', () => {
    expect(viewOf(content, () => true)).toEqual(content)
    expect(viewOf(content, () => false)).toEqual({})
    expect(Object.keys(viewOf(content, (part) => part === 'guidance'))).toEqual(['detection', 'samples', 'rules'])
    expect(Object.keys(viewOf(content, (part) => part === 'proof-of-concept'))).toEqual(['proofOfConcept'])
    expect(Object.keys(viewOf(content, (part) => part === 'existence'))).toEqual(['schema', 'tlp', 'permittedUse', 'sharingGroup'])
    expect(viewOf({ ...content, planted: 'x' } as typeof content, () => true)).toEqual(content)
  })

  test.prop([fc.subarray([...PARTS])])('never says a word of a part that may not be read', (readable) => {
    const shown = JSON.stringify(viewOf(content, (part) => readable.includes(part)))
    const words: [Part, string][] = [
      ['bulletin', 'Overflow'],
      ['bulletin', 'CVE-2026-10001'],
      ['description', 'A flaw in'],
      ['guidance', 'Long name record'],
      ['attachments', '"sample.bin"'],
      ['proof-of-concept', digest('b')],
      ['credit', 'A. Finder'],
      ['bulletin', 'reader!parse'],
      ['guidance', 'rule LongRecord'],
    ]
    for (const [part, word] of words) expect(shown.includes(word), word).toBe(readable.includes(part))
  })
})
