import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalText } from '#exchange/stix/canonical.ts'
import type { StixObject } from '#exchange/stix/check.ts'
import { contentKeyText, saysTheSame } from '#exchange/stix/content.ts'
import { EXAMPLES, idOf, observable, versioned } from '#test/harness/stix.ts'

const bytes = (text: string) => Buffer.from(text)
const same = (one: unknown, other: unknown) => saysTheSame(bytes(JSON.stringify(one)), bytes(JSON.stringify(other)))

/** A value with the properties of all its objects in another order. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, inner]) => [key, turned(inner)] as const)
      .reverse(),
  )
}

describe('the canonical text', () => {
  it('is stable, and the same however properties are ordered', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const parsed: unknown = JSON.parse(JSON.stringify(value))
        const text = canonicalText(parsed)
        expect(canonicalText(JSON.parse(text))).toBe(text)
        expect(canonicalText(turned(parsed))).toBe(text)
      }),
    )
  })

  it('is that of RFC 8785: keys by code units, numbers and escapes of ECMAScript', () => {
    expect(canonicalText(JSON.parse('{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001,-0],"literals":[null,true,false]}'))).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27,0]}',
    )
    const keys = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\u{1f600}': 5, '\u0080': 6, '\u00f6': 7 }
    expect(Object.values(JSON.parse(canonicalText(keys)) as object)).toEqual([4, 2, 6, 7, 1, 5, 3])
    expect(canonicalText('\u20ac$\u000f\u000a"\\/')).toBe('"€$\\u000f\\n\\"\\\\/"')
    expect(() => canonicalText({ a: '\ud800' })).toThrow('UTF-8')
    expect(() => canonicalText(Number.NaN)).toThrow(RangeError)
    expect(() => canonicalText(undefined)).toThrow(RangeError)
  })
})

describe('whether two representations say the same', () => {
  it('does not hang on order, space or the spelling of numbers and escapes', () => {
    for (const object of EXAMPLES) expect(saysTheSame(bytes(JSON.stringify(object)), bytes(JSON.stringify(turned(object), null, 2)))).toBe(true)
    expect(saysTheSame(bytes('{"a":1.50,"b":"\\u0041"}'), bytes('{"b":"A","a":15e-1}'))).toBe(true)
    expect(same(versioned('tool', { name: 'a' }), versioned('tool', { name: 'b' }))).toBe(false)
  })

  it('does not hang on defaults that are named or left out', () => {
    expect(same(versioned('tool', { revoked: false, lang: 'en' }), versioned('tool'))).toBe(true)
    expect(same(versioned('tool', { revoked: true }), versioned('tool'))).toBe(false)
    expect(same(versioned('sighting', { summary: false }), versioned('sighting'))).toBe(true)
    expect(same(observable('url', { defanged: false }), { type: 'url', id: idOf('url') })).toBe(true)
    expect(same(versioned('tool', { x_ours: { revoked: false } }), versioned('tool', { x_ours: {} }))).toBe(false)
  })

  it('hangs on every digit of a number, also those that a double loses', () => {
    const number = (text: string) => bytes(`{"type":"x-a","x_b":${text}}`)
    const pairs = [
      ['9007199254740992', '9007199254740993'],
      ['0.1', '0.10000000000000000001'],
      ['1e-400', '0'],
      ['1e-400', '2e-400'],
      ['-123456789012345678901', '-123456789012345678902'],
    ] as const
    for (const [one, other] of pairs) expect(saysTheSame(number(one), number(other)), one).toBe(false)
    const equal = [
      ['9007199254740993', '9007199254740993.0'],
      ['9007199254740993', '9007199254740993e0'],
      ['900719925474099300', '9007199254740993e+2'],
      ['1e-400', '10e-401'],
      ['0', '0e-99999999999999999999'],
      ['100', '1e2'],
    ] as const
    for (const [one, other] of equal) expect(saysTheSame(number(one), number(other)), one).toBe(true)
    const key = (text: string) => contentKeyText(JSON.parse(number(text).toString()) as StixObject, number(text))
    expect(key('9007199254740993')).not.toBe(key('9007199254740992'))
    expect(key('1.0')).toBe(key('1'))
  })

  it('takes no longer than the bytes ask for, however many numbers there are', () => {
    const [many, long] = [`[${'1e1,'.repeat(1_000_000)}1]`, `[${'1234567890123456789.5,'.repeat(100_000)}1]`]
    const before = process.cpuUsage()
    for (const numbers of [many, long]) contentKeyText({ type: 'x-a', id: idOf('x-a') }, bytes(`{"type":"x-a","x_b":${numbers}}`))
    const { user, system } = process.cpuUsage(before)
    expect((user + system) / 1e6).toBeLessThan(4)
  })

  it('is as the decimals say, for any two', () => {
    const decimal = fc.tuple(fc.bigInt({ min: -(10n ** 25n), max: 10n ** 25n }), fc.integer({ min: -30, max: 30 }))
    fc.assert(
      fc.property(decimal, decimal, fc.boolean(), ([a, e], [b, f], again) => {
        const [one, other]: readonly (readonly [bigint, number])[] = [[a, e], again ? [a * 10n, e - 1] : [b, f]]
        const least = Math.min(one![1], other![1])
        const scaled = ([digits, power]: readonly [bigint, number]) => digits * 10n ** BigInt(power - least)
        const text = ([digits, power]: readonly [bigint, number]) => bytes(`{"type":"x-a","x_b":${digits}e${power}}`)
        expect(saysTheSame(text(one!), text(other!))).toBe(scaled(one!) === scaled(other!))
      }),
    )
  })
})
