import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import type { PlainValue } from '#platform/audit/audit.ts'
import { canonicalJson } from '#platform/audit/canonical-json.ts'
import { formatLeaf, parseLeaf, type Leaf } from '#platform/audit/leaf.ts'
import { Problem } from '#platform/errors.ts'

const text = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((value) => !value.includes('\0'))
const plain = fc
  .jsonValue({ stringUnit: 'grapheme', maxDepth: 4 })
  .filter((value) => !/\\u0000|"__proto__":/.test(JSON.stringify(value))) as fc.Arbitrary<PlainValue>

describe('canonical JSON', () => {
  it('writes the example of RFC 8785, section 3.2.2', () => {
    const value = {
      numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
      literals: [null, true, false],
    }
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    )
  })

  it('sorts keys by UTF-16 code units as in RFC 8785, section 3.2.3', () => {
    const value = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 }
    expect(Object.values(JSON.parse(canonicalJson(value)) as object)).toHaveLength(7)
    expect(canonicalJson(value)).toBe('{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}')
  })

  it('refuses what has no one text', () => {
    for (const value of ['\ud800', { '\udfff': 1 }, ['a\0b']]) {
      expect(() => canonicalJson(value)).toThrow(expect.objectContaining({ code: 'INVALID_UTF8' }) as Problem)
    }
    for (const value of [NaN, Infinity, undefined, 1n, () => 1, JSON.parse('{"a":{"__proto__":1}}')])
      expect(() => canonicalJson(value as PlainValue)).toThrow(RangeError)
    let deep: PlainValue = 1
    for (let n = 0; n < 40; n++) deep = [deep]
    expect(() => canonicalJson(deep)).toThrow(RangeError)
  })

  test.prop([plain])('keeps the value and is its own canonical form', (value) => {
    const once = canonicalJson(value)
    expect(JSON.parse(once)).toEqual(JSON.parse(JSON.stringify(value)))
    expect(canonicalJson(JSON.parse(once) as PlainValue)).toBe(once)
  })
})

const id = fc.uuid()
const name = text.filter((value) => value.length > 0 && value.length < 60 && value !== '__proto__')
const leaf: fc.Arbitrary<Leaf> = fc.record({
  v: fc.constant(1 as const),
  index: fc.nat(Number.MAX_SAFE_INTEGER),
  salt: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('hex')),
  at: fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }).map((date) => date.toISOString()),
  action: fc.constant('test.done'),
  actor: fc.record({
    kind: fc.constantFrom('operator', 'contact', 'system', 'anonymous'),
    id: fc.option(id),
    name: fc.option(text),
    organisation: fc.option(id),
    credential: fc.option(fc.record({ kind: fc.constantFrom('session', 'token'), id })),
  }),
  operator: fc.option(id),
  subject: fc.option(id),
  details: fc.dictionary(name, plain as fc.Arbitrary<never>, { maxKeys: 4, noNullPrototype: true }),
  binds: fc.array(
    fc.record({
      table: name,
      key: fc.dictionary(name, text, { minKeys: 1, maxKeys: 2, noNullPrototype: true }),
      columns: fc.array(name, { minLength: 1, maxLength: 4 }),
      sha256: fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'))),
    }),
    { maxLength: 3 },
  ),
})

describe('the body of a leaf', () => {
  test.prop([leaf])('reads back as it was written', (value) => {
    const body = formatLeaf(value)
    expect(formatLeaf(parseLeaf(body)!)).toEqual(body)
  })

  test.prop([leaf, fc.nat(), fc.integer({ min: 1, max: 255 })])('never throws on altered bytes, and accepts only canonical ones', (value, at, change) => {
    const body = formatLeaf(value)
    body[at % body.length]! ^= change
    const read = parseLeaf(body)
    if (read) expect(formatLeaf(read)).toEqual(body)
  })

  it('is refused when it is too large', () => {
    const big = fc.sample(leaf, 1)[0]!
    expect(() => formatLeaf({ ...big, details: { text: 'x'.repeat(70_000) } })).toThrow(RangeError)
  })
})
