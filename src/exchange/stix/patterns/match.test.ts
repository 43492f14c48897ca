import { describe, expect, it } from 'vitest'
import { compilePattern, matchPattern, unevaluated, type Outcome } from '#exchange/stix/patterns/match.ts'
import { observationOf, type Observation } from '#exchange/stix/patterns/observation.ts'
import { parsePattern } from '#exchange/stix/patterns/parse.ts'

/** An observed-data of the given second of a day, of 2.1 with references or of 2.0 with the objects inside. */
function observed(second: number | [number, number], objects: Readonly<Record<string, object>> | object, count = 1): Observation {
  const [first, last] = typeof second === 'number' ? [second, second] : second
  const embedded = 'type' in objects ? { '0': objects } : objects
  const data = { type: 'observed-data', first_observed: at(first), last_observed: at(last), number_observed: count, objects: embedded }
  return observationOf(data, () => undefined)!
}

function at(second: number): string {
  return new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString()
}

function match(pattern: string, observations: readonly Observation[], steps?: number): Outcome {
  const parsed = parsePattern(pattern)
  if ('fault' in parsed) throw new Error(`${pattern}: at ${parsed.offset}: ${parsed.fault}`)
  return matchPattern(compilePattern(parsed.pattern), observations, steps === undefined ? {} : { steps })
}

/** Whether one object alone matches what stands in brackets. */
function holds(condition: string, object: object): boolean {
  const outcome = match(`[${condition}]`, [observed(0, object)])
  expect(['match', 'none'], condition).toContain(outcome)
  return outcome === 'match'
}

const file = (name: string): object => ({ type: 'file', name })
const a = file('a')
const b = file('b')
const c = file('c')
const A = `[file:name = 'a']`
const B = `[file:name = 'b']`
const C = `[file:name = 'c']`

describe('one observation', () => {
  it('AND in brackets holds for one object, also through its references', () => {
    const pattern = `[network-traffic:src_ref.value = '203.0.113.10' AND network-traffic:dst_ref.value = '198.51.100.58']`
    const addresses = { 1: { type: 'ipv4-addr', value: '203.0.113.10' }, 3: { type: 'ipv4-addr', value: '198.51.100.58' } }
    expect(match(pattern, [observed(0, { 0: { type: 'network-traffic', src_ref: '1' }, 2: { type: 'network-traffic', dst_ref: '3' }, ...addresses })])).toBe(
      'none',
    )
    expect(match(pattern, [observed(0, { 0: { type: 'network-traffic', src_ref: '1', dst_ref: '3' }, ...addresses })])).toBe('match')
    expect(match(`[file:name = 'a' AND file:size = 1]`, [observed(0, { 0: { type: 'file', name: 'a' }, 1: { type: 'file', size: 1 } })])).toBe('none')
    expect(match(`[file:name = 'x' OR url:value = 'u']`, [observed(0, { 0: a, 1: { type: 'url', value: 'u' } })])).toBe('match')
  })

  it('a reference leads to objects of the observation alone', () => {
    const store: Readonly<Record<string, object>> = {
      'email-message--1': { type: 'email-message', id: 'email-message--1', from_ref: 'email-addr--2' },
      'email-addr--2': { type: 'email-addr', value: 'a@b.example' },
    }
    const data = (references: string[]): Observation =>
      observationOf({ first_observed: at(0), last_observed: at(0), object_refs: references }, (id) => store[id])!
    expect(match(`[email-message:from_ref.value = 'a@b.example']`, [data(['email-message--1', 'email-addr--2'])])).toBe('match')
    expect(match(`[email-message:from_ref.value = 'a@b.example']`, [data(['email-message--1'])])).toBe('none')
    expect(match(`[email-message:from_ref = 'email-addr--2' AND email-message:from_ref.type != 'x']`, [data(['email-message--1', 'email-addr--2'])])).toBe(
      'match',
    )
  })

  it('references in circles, and lists of lists that refer to one another, end', () => {
    const names = Array.from({ length: 100 }, (_, each) => String(each))
    const directories = Object.fromEntries(names.map((name) => [name, { type: 'directory', path: name, contains_refs: names, parent_ref: name }]))
    expect(match(`[directory:contains_refs[*]${'.contains_refs[*]'.repeat(50)}.path = '99']`, [observed(0, directories)])).toBe('match')
    expect(match(`[directory:contains_refs[*]${'.contains_refs[*]'.repeat(50)}.path = 'x']`, [observed(0, directories)])).not.toBe('match')
    expect(match(`[directory:parent_ref${'.parent_ref'.repeat(900)}.path = '7']`, [observed(0, directories)])).toBe('match')
  })

  it('a path that leads nowhere makes a comparison false whatever the operator', () => {
    for (const test of [
      `= 'x'`,
      `!= 'x'`,
      `NOT = 'x'`,
      `NOT IN ('x')`,
      `NOT LIKE 'x'`,
      `NOT MATCHES 'x'`,
      `NOT ISSUBSET '10.0.0.0/8'`,
      `NOT < 5`,
      `NOT != 'x'`,
    ])
      expect(holds(`file:size ${test}`, a), test).toBe(false)
    expect(holds(`file:protocols[3] NOT = 'x'`, { type: 'file', protocols: ['a'] })).toBe(false)
    expect(holds(`file:protocols[-1] = 'a'`, { type: 'file', protocols: ['a'] })).toBe(false)
    expect(holds(`file:__proto__.constructor != 'x'`, a)).toBe(false)
  })

  it('what cannot be compared is false, but for !=; NOT turns it round', () => {
    const object = { type: 'file', size: 5, name: '5', flag: true, list: ['a'] }
    for (const test of [
      `file:size = '5'`,
      `file:name = 5`,
      `file:flag = 'true'`,
      `file:list = 'a'`,
      `file:name < 6`,
      `file:size LIKE '5'`,
      `file:name = t'2026-01-01T00:00:00Z'`,
    ])
      expect(holds(test, object), test).toBe(false)
    for (const test of [`file:size != '5'`, `file:name != 5`, `file:flag != 1`, `file:list != 'a'`, `file:size NOT = '5'`, `file:name NOT < 6`])
      expect(holds(test, object), test).toBe(true)
  })

  it('[*] holds if one element does, and NOT turns the whole round', () => {
    const object = { type: 'x', list: ['a', 'b'] }
    expect([`= 'b'`, `!= 'b'`, `NOT = 'b'`, `NOT = 'c'`, `NOT != 'c'`].map((test) => holds(`x:list[*] ${test}`, object))).toEqual([
      true,
      true,
      false,
      true,
      false,
    ])
    expect(holds(`x:list[1] = 'b'`, object)).toBe(true)
  })

  it('EXISTS asks for the property alone', () => {
    expect(holds('EXISTS x:values', { type: 'x', values: [] })).toBe(true)
    expect(holds('EXISTS x:values[*]', { type: 'x', values: [] })).toBe(false)
    expect(holds('NOT EXISTS x:values', { type: 'x' })).toBe(true)
    expect(holds('NOT EXISTS x:values', { type: 'y' })).toBe(false)
  })

  it('strings are compared by code points, without normalisation', () => {
    const object = { type: 'x', v: 'o\u0300' }
    expect(holds(`x:v = '\u00f2'`, object)).toBe(false)
    expect(['o', 'oz'].map((text) => holds(`x:v > '${text}'`, object))).toEqual([true, true])
    expect(['z', '\u00f2'].map((text) => holds(`x:v < '${text}'`, object))).toEqual([true, true])
    // In UTF-16 units the surrogates of U+1F600 come before U+FF5E.
    expect(holds(`x:v > '\uff5e'`, { type: 'x', v: '\u{1F600}' })).toBe(true)
    expect(holds(`x:v >= 'ab'`, { type: 'x', v: 'a' })).toBe(false)
  })

  it('numbers are compared exactly, whole ones with fractions', () => {
    expect(holds('x:v = 1', { type: 'x', v: 1.5 })).toBe(false)
    expect(holds('x:v > 1', { type: 'x', v: 1.5 })).toBe(true)
    expect(holds('x:v = 1.0', { type: 'x', v: 1 })).toBe(true)
    expect(holds('x:v = 9007199254740993', { type: 'x', v: 9_007_199_254_740_992 })).toBe(false)
    expect(holds('x:v < 9007199254740993', { type: 'x', v: 9_007_199_254_740_992 })).toBe(true)
    expect(holds('x:v = 9007199254740993', { type: 'x', v: 9_007_199_254_740_993n })).toBe(true)
  })

  it('octets are compared as octets, however either side writes them', () => {
    const artifact = { type: 'artifact', payload_bin: 'dGhpcyBpcyBhIHRlc3Q=', magic_hex: 'FFd8', name: 'this is a test' }
    expect(holds(`artifact:payload_bin = 'dGhpcyBpcyBhIHRlc3Q='`, artifact)).toBe(false)
    for (const test of [`'this is a test'`, `b'dGhpcyBpcyBhIHRlc3Q='`, `h'7468697320697320612074657374'`]) {
      expect(holds(`artifact:payload_bin = ${test}`, artifact), test).toBe(true)
      expect(holds(`artifact:name = ${test}`, artifact), test).toBe(true)
    }
    expect(holds(`artifact:magic_hex = h'ffd8' AND artifact:magic_hex = b'/9g=' AND artifact:magic_hex = '\u00ff\u00d8'`, artifact)).toBe(true)
    expect(holds(`artifact:magic_hex > h'ff' AND artifact:magic_hex < h'ffd800' AND artifact:magic_hex > h'00'`, artifact)).toBe(true)
    expect(holds(`artifact:payload_bin = '\u0100'`, artifact)).toBe(false)
    expect(holds(`artifact:payload_bin != '\u0100'`, artifact)).toBe(true)
    expect(holds(`artifact:payload_bin LIKE 'this%' AND artifact:payload_bin MATCHES '\\\\x20a\\\\x20'`, artifact)).toBe(true)
    expect(holds(`artifact:magic_hex MATCHES '^\\\\xff.$'`, artifact)).toBe(true)
    expect(holds(`artifact:magic_hex = h'ffd8'`, { type: 'artifact', magic_hex: 'xyz' })).toBe(false)
  })

  it('timestamps are compared as instants', () => {
    const object = { type: 'file', mtime: '2026-01-01T00:00:00.5Z' }
    expect(holds(`file:mtime = t'2026-01-01T00:00:00.500000Z'`, object)).toBe(true)
    expect(holds(`file:mtime > t'2026-01-01T00:00:00Z' AND file:mtime < t'2026-01-01T00:00:00.5000000001Z'`, object)).toBe(true)
    expect(holds(`file:mtime < t'2027-01-01T00:00:00Z'`, { type: 'file', mtime: 'yesterday' })).toBe(false)
  })

  it('IN is equality with one of a list; an empty list holds nothing', () => {
    expect(holds(`file:name IN ('x', 'a')`, a)).toBe(true)
    expect(holds(`file:name NOT IN ('x', 'a')`, a)).toBe(false)
    expect(holds(`file:name IN ()`, a)).toBe(false)
  })

  it('ISSUBSET and ISSUPERSET compare blocks of addresses of one family', () => {
    const address = (value: string): object => ({ type: 'ipv4-addr', value })
    expect(holds(`ipv4-addr:value ISSUBSET '198.51.100.0/24'`, address('198.51.100.0/27'))).toBe(true)
    expect(holds(`ipv4-addr:value ISSUBSET '198.51.100.0/24'`, address('198.51.100.77'))).toBe(true)
    expect(holds(`ipv4-addr:value ISSUBSET '198.51.100.0/27'`, address('198.51.100.0/24'))).toBe(false)
    expect(holds(`ipv4-addr:value ISSUPERSET '198.51.100.0/27'`, address('198.51.100.0/24'))).toBe(true)
    expect(holds(`ipv4-addr:value ISSUBSET '198.51.100.7/32' AND ipv4-addr:value ISSUPERSET '198.51.100.7'`, address('198.51.100.7'))).toBe(true)
    expect(holds(`ipv4-addr:value ISSUBSET '2001:db8::/32'`, address('2001:db8:dead:beef::1'))).toBe(true)
    expect(holds(`ipv4-addr:value ISSUBSET '::/0'`, address('198.51.100.7'))).toBe(false)
    expect(holds(`ipv4-addr:value ISSUBSET '0.0.0.0/0'`, address('word'))).toBe(false)
    expect(holds(`ipv4-addr:value ISSUBSET '::ffff:198.51.100.0/120'`, address('::ffff:c633:6407'))).toBe(true)
  })
})

describe('LIKE', () => {
  it('takes % and _ after NFC, without escapes, over line feeds, to both ends', () => {
    const like = (pattern: string, value: string): boolean => holds(`file:name LIKE '${pattern.replaceAll('\\', '\\\\')}'`, file(value))
    for (const [pattern, value] of [
      ['%', ''],
      ['a_c', 'abc'],
      ['a%c', 'a\n\nc'],
      ['%.bad.example', 'x.bad.example'],
      ['C:\\Windows\\%\\foo', 'C:\\Windows\\System32\\foo'],
      ['caf_', 'cafe\u0301'],
      ['cafe\u0301', 'caf\u00e9'],
      ['_', '\u{1F600}'],
      ['%b_b%', 'aabab'],
      [`%${'ab_'.repeat(100)}%`, `x${'aba'.repeat(100)}y`],
      [`%${'ab_'.repeat(200)}%`, `x${'aba'.repeat(200)}y`],
      ['%_', 'a'],
      ['%a_a%a__', 'aaabaaa'],
      ['a%b%c', 'aXbXbc'],
      ['.*', '.*'],
    ] as const)
      expect(like(pattern, value), `${pattern} ${value}`).toBe(true)
    for (const [pattern, value] of [
      ['a_c', 'ac'],
      ['a', 'ab'],
      ['b', 'ab'],
      ['ab%ab', 'ab'],
      ['aba%bab', 'abab'],
      ['%.bad.example', 'x.bad.example.org'],
      ['%a_a', 'aab'],
      ['A', 'a'],
      ['_%_', 'a'],
      [`%${'ab_'.repeat(100)}%`, `x${'aba'.repeat(99)}abx`.slice(0, -1)],
      [`%${'ab_'.repeat(200)}%`, `x${'aba'.repeat(199)}ab`],
    ] as const)
      expect(like(pattern, value), `${pattern} ${value}`).toBe(false)
  })

  it('costs steps that grow with the text, whatever the pattern', () => {
    const value = file('a'.repeat(200_000))
    const begun = process.cpuUsage()
    for (const pattern of [`${'%a_'.repeat(2_000)}b`, `%${'a'.repeat(30_000)}b%`, `%${'a_'.repeat(10_000)}b%`, '%'.repeat(60_000)])
      expect(['none', 'match', 'budget']).toContain(match(`[file:name LIKE '${pattern}']`, [observed(0, value)]))
    expect(process.cpuUsage(begun).user).toBeLessThan(4_000_000)
  })
})

describe('MATCHES', () => {
  const matches = (expression: string, value: string): boolean => holds(`file:name MATCHES '${expression.replaceAll('\\', '\\\\')}'`, file(value))

  it('is a search in which the point is any character, after NFC', () => {
    expect(matches('b.d', 'abcde')).toBe(true)
    expect(matches('a.c', 'a\nc')).toBe(true)
    expect(matches('^b', 'ab')).toBe(false)
    expect(matches('^caf.$', 'cafe\u0301')).toBe(true)
    expect(matches('\u00e9', 'e\u0301')).toBe(true)
    expect(matches('(?i)EVIL\\.example$', 'x.evil.example')).toBe(true)
    expect(matches('^.$', '\u{1F600}')).toBe(true)
  })

  it('takes $ before a line feed at the very end, as PCRE does', () => {
    expect(matches('ab$', 'ab\n')).toBe(true)
    expect(matches('ab$', 'ab\nc')).toBe(false)
    expect(matches('ab\\z', 'ab\n')).toBe(false)
  })

  it('is no way to stop the process', () => {
    const begun = process.cpuUsage()
    expect(matches('^(a+)+$', `${'a'.repeat(5_000)}!`)).toBe(false)
    for (const expression of ['(x+x+)+y', '(.*)(.*)(.*)(.*)(.*)[12]', '([ab]*a[ab]{200}){2}c'])
      expect(['none', 'budget']).toContain(match(`[file:name MATCHES '${expression}']`, [observed(0, file('ab'.repeat(100_000)))]))
    expect(process.cpuUsage(begun).user).toBeLessThan(4_000_000)
  })

  it('would be one on the engine of V8 (control)', () => {
    const text = `${'a'.repeat(21)}!`
    const seconds = (search: () => boolean): number => {
      const begun = process.cpuUsage()
      expect(search()).toBe(false)
      return process.cpuUsage(begun).user / 1e6
    }
    const expression = '^(a+)+$'
    expect(seconds(() => new RegExp(expression).test(text))).toBeGreaterThan(5 * seconds(() => matches(expression, text)))
  })

  it('says what the engine cannot take instead of guessing', () => {
    for (const expression of [
      '(?=a)b',
      '(a)\\1',
      '(?<!x)y',
      '(?>a)',
      'a{1001}',
      '(((((a{10}){10}){10}){10}){10})',
      '[',
      'a++',
      '(a{1000}){1}(b{1000})(c{1000})(d{1000})',
    ]) {
      const pattern = `[file:name = 'a' OR file:name MATCHES '${expression.replaceAll('\\', '\\\\')}']`
      expect(unevaluated(pattern), expression).toMatch(/^MATCHES: /)
      expect(match(pattern, [observed(0, a)])).toBe('unevaluated')
    }
    expect(unevaluated(`[file:name MATCHES '(?P<n>a)\\\\x2e\\\\p{L}']`)).toBeUndefined()
    const begun = process.cpuUsage()
    for (const large of ['(a{1000}|b{1000}){9}', '((a{30}){30}){30}', `(${'a{1000}|'.repeat(100)}b)`, 'a'.repeat(1_001), '[]a{2}]{1000}x{1000}y{1000}'])
      expect(unevaluated(`[${Array.from({ length: 50 }, () => `file:name MATCHES '${large}'`).join(' OR ')}]`), large).toMatch(/^MATCHES/)
    expect(unevaluated(`[${Array.from({ length: 200 }, (_, each) => `file:name MATCHES '${each}'`).join(' OR ')}]`)).toMatch(/together$/)
    expect(process.cpuUsage(begun).user).toBeLessThan(1_000_000)
    expect(unevaluated('[')).toMatch(/^at 1/)
  })
})

describe('several observations', () => {
  it('AND needs different ones', () => {
    expect(match(`${A} AND ${B}`, [observed(0, { 0: a, 1: b })])).toBe('none')
    expect(match(`${A} AND ${B}`, [observed(0, { 0: a, 1: b }), observed(9, { 0: a, 1: b })])).toBe('match')
    expect(match(`${A} AND ${A}`, [observed(0, a)])).toBe('none')
    // The second must yield the observation that it could have to the first.
    expect(match(`[file:name IN ('a', 'b')] AND ${A}`, [observed(0, a), observed(0, b)])).toBe('match')
    expect(match(`${A} OR ${B}`, [observed(0, b)])).toBe('match')
    expect(match(`${A} AND ${B} OR ${C}`, [observed(0, c)])).toBe('match')
  })

  it('an observed-data counts as often as it was observed', () => {
    expect(match(`${A} AND ${A}`, [observed(0, a, 2)])).toBe('match')
    expect(match(`${A} REPEATS 5 TIMES`, [observed(0, a, 4)])).toBe('none')
    expect(match(`${A} REPEATS 5 TIMES`, [observed(0, a, 4), observed(1, a)])).toBe('match')
    expect(match(`${A} REPEATS 999999999 TIMES`, [observed([0, 9], a, 999_999_999)])).toBe('match')
    expect(match(`([file:name = 'a'] AND [file:name IN ('a', 'b')]) REPEATS 2 TIMES`, [observed(0, a, 3), observed(0, b)])).toBe('match')
    expect(match(`([file:name = 'a'] AND [file:name IN ('a', 'b')]) REPEATS 2 TIMES`, [observed(0, a, 1), observed(0, b, 9)])).toBe('none')
  })

  it('REPEATS of parentheses repeats all in them', () => {
    const pairs = [observed(0, a), observed(1, b), observed(2, a), observed(3, b)]
    expect(match(`(${A} FOLLOWEDBY ${B}) REPEATS 2 TIMES`, pairs)).toBe('match')
    expect(match(`(${A} FOLLOWEDBY ${B}) REPEATS 2 TIMES`, [observed(0, b), ...pairs.slice(0, 3)])).toBe('none')
    expect(match(`${A} FOLLOWEDBY ${B} REPEATS 2 TIMES`, pairs)).toBe('match')
    expect(match(`${A} FOLLOWEDBY ${B} REPEATS 3 TIMES`, pairs)).toBe('none')
  })

  it('WITHIN is strict: the latest is before the earliest plus the window', () => {
    expect(match(`(${A} AND ${B}) WITHIN 5 SECONDS`, [observed(0, a), observed(5, b)])).toBe('none')
    expect(match(`(${A} AND ${B}) WITHIN 5.000001 SECONDS`, [observed(0, a), observed(5, b)])).toBe('match')
    expect(match(`(${A} AND ${B}) WITHIN 5 SECONDS`, [observed(5, a), observed(0.001, b)])).toBe('match')
    expect(match(`${A} WITHIN 1 SECONDS`, [observed([0, 100], a)])).toBe('match')
    expect(match(`(${A} AND ${B}) WITHIN 0.0000001 SECONDS`, [observed(5, a), observed(5, b)])).toBe('match')
    expect(match(`(${A} AND ${B}) WITHIN 1.1 SECONDS`, [observed(0, a), observed(1.1, b)])).toBe('none')
  })

  it('START is included, STOP is not', () => {
    const window = `START t'${at(5)}' STOP t'${at(9)}'`
    expect([4.999, 5, 8.999, 9].map((second) => match(`${A} ${window}`, [observed(second, a)]))).toEqual(['none', 'match', 'match', 'none'])
    expect(match(`(${A} AND ${B}) ${window}`, [observed(5, a), observed(9, b)])).toBe('none')
    expect(match(`${A} START t'${at(5)}' STOP t'${at(5)}'`, [observed(5, a)])).toBe('none')
    expect(match(`${A} ${window}`, [observed([0, 100], a)])).toBe('match')
  })

  it('FOLLOWEDBY is not before: equal instants follow one another', () => {
    expect(match(`${A} FOLLOWEDBY ${B}`, [observed(1, a), observed(1, b)])).toBe('match')
    expect(match(`${A} FOLLOWEDBY ${B}`, [observed(1, a), observed(0.999, b)])).toBe('none')
    expect(match(`${A} FOLLOWEDBY ${B} FOLLOWEDBY ${C}`, [observed(0, a), observed(2, b), observed(1, c)])).toBe('none')
    expect(match(`(${A} AND ${B}) FOLLOWEDBY ${C}`, [observed(0, a), observed(2, b), observed(1, c)])).toBe('none')
    expect(match(`${A} FOLLOWEDBY ${A}`, [observed(1, a)])).toBe('none')
  })

  it('instants within windows are chosen once for all relations', () => {
    const spread = [observed([0, 10], a), observed([4, 6], b), observed([8, 12], c)]
    expect(match(`(${A} FOLLOWEDBY ${B} FOLLOWEDBY ${C}) WITHIN 3 SECONDS`, spread)).toBe('match')
    expect(match(`(${A} FOLLOWEDBY ${B} FOLLOWEDBY ${C}) WITHIN 2 SECONDS`, spread)).toBe('none')
    expect(match(`${C} FOLLOWEDBY ${A}`, spread)).toBe('match')
    // Each pair alone would do, all three do not.
    expect(match(`(${C} FOLLOWEDBY ${A}) AND ${B} START t'${at(0)}' STOP t'${at(6)}'`, spread)).toBe('match')
    expect(match(`((${C} FOLLOWEDBY ${A}) AND ${B}) WITHIN 2 SECONDS`, spread)).toBe('none')
  })

  it('qualifiers apply in the order in which they stand', () => {
    const often = [0, 10, 20].map((second) => observed(second, a))
    expect(match(`${A} REPEATS 3 TIMES WITHIN 5 SECONDS`, often)).toBe('none')
    expect(match(`${A} WITHIN 5 SECONDS REPEATS 3 TIMES`, often)).toBe('match')
    expect(match(`${A} REPEATS 3 TIMES WITHIN 20.5 SECONDS`, often)).toBe('match')
    expect(match(`${A} FOLLOWEDBY ${B} WITHIN 1 SECONDS`, [observed(0, a), observed(100, b)])).toBe('match')
  })
})

describe('budgets', () => {
  const many = (count: number, object: object): Observation[] => Array.from({ length: count }, (_, each) => observed(each, object))

  it('are said to be spent, never taken for no', () => {
    expect(match(`(${A} AND ${B}) WITHIN 1 SECONDS`, [...many(50, a), observed(100, b)], 20)).toBe('budget')
    expect(match(`(${A} AND ${B}) WITHIN 1 SECONDS`, [...many(50, a), observed(100, b)])).toBe('none')
    expect(match(`(${A} FOLLOWEDBY ${B}) REPEATS 1000 TIMES`, many(3_000, file('a')))).toBe('budget')
    expect(match(`(${A} FOLLOWEDBY ${B}) REPEATS 1000 TIMES`, many(3, a))).toBe('none')
    expect(match(`[${Array.from({ length: 300 }, (_, each) => `file:name LIKE '%${each}%'`).join(' OR ')}]`, many(10, a), 500)).toBe('budget')
  })

  it('are enough for thousands of observations in common patterns', () => {
    const begun = process.cpuUsage()
    const mixed = [...many(1_500, a), ...many(1_500, b)]
    expect(match(`(${A} FOLLOWEDBY ${B} FOLLOWEDBY ${C}) WITHIN 5 SECONDS`, [...mixed, observed(9_999, c)])).toBe('none')
    expect(
      match(`(${A} FOLLOWEDBY ${B}) WITHIN 0.5 SECONDS`, [
        ...many(1_500, a),
        ...many(1_500, b).map((each) => ({ ...each, first: each.first + 600_000, last: each.last + 600_000 })),
      ]),
    ).toBe('none')
    expect(match(`${A} REPEATS 1400 TIMES WITHIN 1400 SECONDS`, mixed)).toBe('match')
    expect(match(`${A} REPEATS 1501 TIMES WITHIN 9999 SECONDS`, mixed)).toBe('none')
    expect(match(`(${A} REPEATS 100 TIMES FOLLOWEDBY ${B} REPEATS 100 TIMES) WITHIN 150 SECONDS`, mixed)).toBe('none')
    expect(match(`(${A} REPEATS 100 TIMES FOLLOWEDBY ${B} REPEATS 100 TIMES) WITHIN 200 SECONDS`, mixed)).toBe('match')
    expect(process.cpuUsage(begun).user).toBeLessThan(4_000_000)
  })

  it('hold for patterns that are made to explode', () => {
    const begun = process.cpuUsage()
    let nested = `(${A} FOLLOWEDBY ${B})`
    for (let depth = 0; depth < 50; depth++) nested = `(${nested} REPEATS 400 TIMES)`
    expect(['none', 'budget']).toContain(match(nested, many(100, a)))
    const either = Array.from({ length: 30 }, (_, each) => `((${A} AND ${B} WITHIN ${each + 1} SECONDS) OR (${B} FOLLOWEDBY ${C}))`).join(' AND ')
    expect(['none', 'budget']).toContain(match(either, [...many(20, a), ...many(20, b), ...many(20, c)]))
    const rivals = Array.from({ length: 40 }, (_, each) => `([file:name IN ('a', '${each}')] FOLLOWEDBY [file:name IN ('a', 'x${each}')])`).join(' AND ')
    expect(['none', 'budget', 'match']).toContain(match(`(${rivals}) WITHIN 60 SECONDS`, many(79, a)))
    expect(process.cpuUsage(begun).user).toBeLessThan(6_000_000)
  })
})
