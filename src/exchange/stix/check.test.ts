import { describe, expect, it } from 'vitest'
import { checkObject } from '#exchange/stix/check.ts'
import { toMicroseconds, fromEpochMicroseconds } from '#exchange/stix/instant.ts'
import { TLP_MARKINGS } from '#exchange/stix/tlp.ts'
import { indicator, relationship } from '#test/harness/exchange.ts'

const ID = '9299f726-ce06-492e-8472-2b52ccb53191'
const at = '2026-01-01T00:00:00Z'
const common = { spec_version: '2.1', created: at, modified: at }
const GOOD: readonly object[] = [
  indicator(),
  relationship(`indicator--${ID}`, `malware--${ID}`),
  { ...common, type: 'malware', id: `malware--${ID}`, is_family: false, x_ours: { deep: [1] } },
  { ...common, type: 'malware-analysis', id: `malware-analysis--${ID}`, product: 'p', result: 'unknown' },
  { ...common, type: 'vulnerability', id: `vulnerability--${ID}`, name: 'CVE-2017-11882' },
  { ...common, type: 'identity', id: `identity--${ID}`, name: 'n' },
  { ...common, type: 'sighting', id: `sighting--${ID}`, sighting_of_ref: `indicator--${ID}` },
  { type: 'file', id: `file--${ID}`, hashes: { MD5: 'd41d8cd98f00b204e9800998ecf8427e' } },
  { type: 'url', spec_version: '2.1', id: `url--${ID}`, value: 'https://site.example/' },
  { type: 'marking-definition', spec_version: '2.1', id: TLP_MARKINGS.RED, created: at },
]
const BAD: Readonly<Record<string, unknown>> = {
  'no object': 7,
  null: null,
  'a list': [indicator()],
  'no type': { id: `indicator--${ID}` },
  'an unknown type': { ...common, type: 'x-thing', id: `x-thing--${ID}` },
  'a bundle': { type: 'bundle', id: `bundle--${ID}`, objects: [] },
  'a type that hangs a careless expression': { ...common, type: `${'a'.repeat(40)}!`, id: 'x' },
  'a very long type': { ...common, type: 'a'.repeat(100_000), id: 'x' },
  'garbage for an id': indicator({ id: 'garbage' }),
  "another type's id": indicator({ id: `malware--${ID}` }),
  'an id without a UUID': indicator({ id: 'indicator--1' }),
  'STIX 2.0': indicator({ spec_version: '2.0' }),
  'no version of STIX': indicator({ spec_version: undefined }),
  'no creation': indicator({ created: undefined }),
  'a local time': indicator({ modified: '2026-01-01T00:00:00+01:00' }),
  'a day that does not exist': indicator({ valid_from: '2026-02-30T00:00:00Z' }),
  'the year 0': indicator({ created: '0000-01-01T00:00:00Z' }),
  'changed before it was made': indicator({ modified: '2025-12-31T23:59:59.999999Z' }),
  'no pattern': indicator({ pattern: undefined }),
  'a reference that is none': indicator({ created_by_ref: 'me' }),
  'references that are none': indicator({ object_marking_refs: ['TLP:RED'] }),
  'a marking that is no definition of one': indicator({ object_marking_refs: [`indicator--${ID}`] }),
  'a part marked by what is no definition': indicator({ granular_markings: [{ marking_ref: `identity--${ID}`, selectors: ['name'] }] }),
  'an observable changed at no instant': { type: 'file', id: `file--${ID}`, name: 'a', modified: 5 },
  'an observable made at no instant': { type: 'file', id: `file--${ID}`, name: 'a', created: '' },
  'an observable revoked by a word': { type: 'file', id: `file--${ID}`, name: 'a', revoked: 'true' },
  'an empty list of references': indicator({ object_marking_refs: [] }),
  'a custom reference that is none': indicator({ x_mine_ref: 5 }),
  'a relationship of a relationship': relationship(`relationship--${ID}`, `malware--${ID}`),
  'a sighting that ends before it begins': {
    ...common,
    type: 'sighting',
    id: `sighting--${ID}`,
    sighting_of_ref: `indicator--${ID}`,
    first_seen: '2026-01-02T00:00:00Z',
    last_seen: at,
  },
  'markings of parts that are none': { type: 'file', id: `file--${ID}`, name: 'a', granular_markings: [null] },
  'a file of nothing': { type: 'file', id: `file--${ID}`, size: 1 },
  'malware without is_family': { ...common, type: 'malware', id: `malware--${ID}` },
}

describe('checking a STIX object', () => {
  it.each(GOOD.map((object) => [(object as { type: string }).type, object] as const))('accepts a good %s', (_, object) => {
    expect(checkObject(object)).toEqual({ object })
  })

  it.each(Object.entries(BAD))('refuses %s, and says where', (_, object) => {
    expect(checkObject(JSON.parse(JSON.stringify(object)))).toEqual({ fault: expect.stringMatching(/^(\/\w*(\/\w+)*: |not an object$)/) })
  })
})

describe('references of one object', () => {
  const report = (length: number) => ({
    ...common,
    type: 'report',
    id: `report--${ID}`,
    name: 'a',
    published: common.created,
    object_refs: Array.from({ length }, () => `indicator--${ID}`),
  })
  it('are 2,000 at most', () => {
    expect(checkObject(report(2_000))).toEqual({ object: report(2_000) })
    expect(checkObject(report(2_001))).toEqual({ fault: '/object_refs: more than 2000 references in one object' })
  })
})

describe('instants', () => {
  it('are read with any fraction and written with six digits', () => {
    expect(toMicroseconds('2026-01-01T00:00:00Z')).toBe('2026-01-01T00:00:00.000000Z')
    expect(toMicroseconds('2026-01-01T00:00:00.1234567Z')).toBe('2026-01-01T00:00:00.123456Z')
    expect(['2026-01-01', '2026-01-01T00:00:00', '2026-01-01T24:00:00Z', '2026-13-01T00:00:00Z', '2026-01-01T00:00:00.Z', ''].map(toMicroseconds)).toEqual(
      Array.from({ length: 6 }, () => undefined),
    )
    expect(fromEpochMicroseconds(Date.UTC(2026, 0, 1) * 1000 + 7)).toBe('2026-01-01T00:00:00.000007Z')
  })
})
