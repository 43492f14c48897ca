import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import type { Id } from '#platform/ids.ts'
import { contentHash } from '#program/packages/content-hash.ts'
import { PackageContent, PARTS, PermittedUse, type Part } from '#program/packages/contract.ts'
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
      cwe: { id: 'CWE-787', name: 'Out-of-bounds Write' },
      cvss: [{ vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H', statedScore: 8.8 }],
    },
  ],
  detection: [{ sensor: 'file', title: 'Long name record', guidance: 'Look for a name record over 64 KiB.' }],
  attachments: [attachment(OBJECT, digest('a'))],
  proofOfConcept: [attachment(OTHER_OBJECT, digest('b'), 'proof.bin')],
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
    expect(places({ permittedUse: { deploy: { customers: 'maybe' } } })).toEqual(['permittedUse/deploy/customers'])
  })

  it('never has a proof of concept as an attachment too, by object or by bytes', () => {
    expect(places({ attachments: [attachment(OTHER_OBJECT, digest('c'))] })).toEqual(['attachments/0'])
    expect(places({ attachments: [attachment(OBJECT, digest('b'))] })).toEqual(['attachments/0'])
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
    expect(Object.keys(viewOf(content, (part) => part === 'guidance'))).toEqual(['detection'])
    expect(Object.keys(viewOf(content, (part) => part === 'proof-of-concept'))).toEqual(['proofOfConcept'])
    expect(Object.keys(viewOf(content, (part) => part === 'existence'))).toEqual(['schema', 'tlp', 'permittedUse'])
    expect(viewOf({ ...content, planted: 'x' } as typeof content, () => true)).toEqual(content)
  })

  test.prop([fc.subarray([...PARTS])])('never says a word of a part that may not be read', (readable) => {
    const shown = JSON.stringify(viewOf(content, (part) => readable.includes(part)))
    const words: [Part, string][] = [
      ['bulletin', 'Overflow'],
      ['bulletin', 'CVE-2026-10001'],
      ['description', 'A flaw in'],
      ['guidance', 'Long name record'],
      ['attachments', digest('a')],
      ['proof-of-concept', digest('b')],
    ]
    for (const [part, word] of words) expect(shown.includes(word), word).toBe(readable.includes(part))
  })
})
