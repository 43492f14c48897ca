import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { LIMITS, faultOfPattern, parseInFull, parsePattern } from '#exchange/stix/patterns/parse.ts'
import { printPattern } from '#exchange/stix/patterns/print.ts'
import { parseSimple } from '#exchange/stix/patterns/simple.ts'
import type { Pattern } from '#exchange/stix/patterns/syntax-tree.ts'
import { anyPattern } from '#test/harness/patterns.ts'

/** A pattern in normal form; fails where it is none. */
function normal(text: string): string {
  return printPattern(read(text))
}

function read(text: string): Pattern {
  const parsed = parsePattern(text)
  if ('fault' in parsed) throw new Error(`${text}: at ${parsed.offset}: ${parsed.fault}`)
  return parsed.pattern
}

const SHA = 'ef'.repeat(32)

describe('reading patterns', () => {
  it('takes time that grows with the length, however many types lie however deep', () => {
    const types = Array.from({ length: 3_000 }, (_, n) => `a${n.toString(36)}:b=1`).join(' OR ')
    let condition = `(${types}) AND a1:b=1`
    for (let level = 0; level < 30; level++) condition = `((${condition}) OR a1:c=1) AND a1:b=1`
    const times = Array.from({ length: 3 }, () => {
      const before = process.cpuUsage()
      read(`[${condition}]`)
      return process.cpuUsage(before).user / 1000
    })
    // Types that are gathered anew on each level take half a second and more.
    expect(Math.min(...times)).toBeLessThan(150)
  })

  it('takes every form that section 9 shows', () => {
    for (const pattern of [
      `[ipv4-addr:value = '198.51.100.1/32' OR ipv4-addr:value = '203.0.113.33/32' OR ipv6-addr:value = '2001:db8::1/128'] REPEATS 5 TIMES`,
      `([ipv4-addr:value = '198.51.100.1'] FOLLOWEDBY [domain-name:value = 'example.com']) WITHIN 600 SECONDS`,
      `[user-account:value = 'Peter'] START t'2016-06-01T00:00:00Z' STOP t'2016-07-01T00:00:00Z'`,
      `[(a:j = 'W' AND a:k = 'X') OR (b:m = 'Y' AND b:n = 'Z')]`,
      `[email-message:from_ref.value MATCHES '.+\\\\@example\\\\.com$' AND email-message:body_multipart[*].body_raw_ref.name MATCHES '^Final Report.+\\\\.exe$']`,
      `[file:extensions.'windows-pebinary-ext'.sections[*].entropy > 7.0]`,
      `[file:mime_type = 'image/bmp' AND file:magic_number_hex = h'ffd8']`,
      `[(file:name = 'pdf.exe' OR file:size = 371712) AND file:created = t'2014-01-13T07:03:17Z']`,
      `[process:command_line MATCHES '^.+>-add$'] FOLLOWEDBY [process:command_line MATCHES'^.+Root$'] WITHIN 300 SECONDS`,
      `[network-traffic:dst_ref.value ISSUBSET '2001:0db8:dead:beef:0000:0000:0000:0000/64']`,
      `[windows-registry-key:values[0].data IN ('a', 'b') AND NOT EXISTS windows-registry-key:key AND EXISTS windows-registry-key:values]`,
      `[artifact:payload_bin = b'dGhpcyBpcyBhIHRlc3Q=' AND artifact:x NOT LIKE 'C:\\\\%' AND artifact:y = true AND artifact:z NOT != -5]`,
    ])
      expect(faultOfPattern(pattern), pattern).toBeUndefined()
  })

  it('binds FOLLOWEDBY weaker than OR, OR weaker than AND, and qualifiers strongest', () => {
    expect(normal('[a:b=1]OR[a:b=2]AND[a:b=3]FOLLOWEDBY[a:b=4] REPEATS 5 TIMES')).toBe(
      '[a:b = 1] OR [a:b = 2] AND [a:b = 3] FOLLOWEDBY [a:b = 4] REPEATS 5 TIMES',
    )
    expect(read('[a:b=1] FOLLOWEDBY [a:b=2] OR [a:b=3] AND [a:b=4]')).toMatchObject({
      kind: 'followedby',
      parts: [{ kind: 'bracket' }, { kind: 'or', parts: [{ kind: 'bracket' }, { kind: 'and' }] }],
    })
    expect(normal('(([a:b=1] FOLLOWEDBY [a:b=2]) AND ([a:b=3] AND (([a:b=4]))))')).toBe('([a:b = 1] FOLLOWEDBY [a:b = 2]) AND [a:b = 3] AND [a:b = 4]')
    expect(read(`[a:b=1 AND a:c=2 OR a:d=3]`)).toMatchObject({ of: { kind: 'any', parts: [{ kind: 'all' }, { kind: 'comparison' }] } })
  })

  it('takes qualifiers in any order, one of each kind at one expression, also behind parentheses', () => {
    expect(normal(`[a:b=1] WITHIN 5 SECONDS REPEATS 2 TIMES START t'2026-01-01T00:00:00Z' STOP t'2026-01-02T00:00:00Z'`)).toBe(
      `[a:b = 1] WITHIN 5 SECONDS REPEATS 2 TIMES START t'2026-01-01T00:00:00Z' STOP t'2026-01-02T00:00:00Z'`,
    )
    expect(normal('([a:b=1] REPEATS 2 TIMES) WITHIN 2.50 SECONDS')).toBe('[a:b = 1] REPEATS 2 TIMES WITHIN 2.5 SECONDS')
    expect(normal('(([a:b=1] REPEATS 2 TIMES WITHIN 9 SECONDS) REPEATS 3 TIMES) WITHIN 20 SECONDS')).toBe(
      '([a:b = 1] REPEATS 2 TIMES WITHIN 9 SECONDS) REPEATS 3 TIMES WITHIN 20 SECONDS',
    )
    expect(faultOfPattern('[a:b=1] REPEATS 2 TIMES REPEATS 3 TIMES')).toBe('at 24: REPEATS stands twice at one observation expression')
    expect(faultOfPattern('([a:b=1] AND [a:b=2]) WITHIN 2 SECONDS WITHIN 3 SECONDS')).toMatch(/WITHIN stands twice/)
  })

  it('brings constants into one form and keeps them exact', () => {
    expect(normal(`[a:b=+00.500 OR a:b=-0 OR a:b=123456789012345678901234567890 OR a:b = .25 OR a:b=-1.0]`)).toBe(
      '[a:b = 0.5 OR a:b = 0 OR a:b = 123456789012345678901234567890 OR a:b = 0.25 OR a:b = -1.0]',
    )
    expect(normal(`[a:b=h'FFc3' OR a:b == b'AB\nI=' OR a:b <> true]`)).toBe(`[a:b = h'ffc3' OR a:b = b'ABI=' OR a:b != true]`)
    expect(normal(`[a:'b'.'c-d'.'AND' = 'it\\'s \\\\']`)).toBe(`[a:b.'c-d'.'AND' = 'it\\'s \\\\']`)
    expect(normal(`[EXISTS-x:y = 1 OR NOT-a:b = 2]`)).toBe('[EXISTS-x:y = 1 OR NOT-a:b = 2]')
    expect(normal(`/* one */ [ a : b = 'x' ] // last`)).toBe(`[a:b = 'x']`)
    expect(normal(`\u3000[a:b\u00a0=\u2028'x']`)).toBe(`[a:b = 'x']`)
  })

  it('refuses what is no pattern, and says where and what was expected', () => {
    const faults: Readonly<Record<string, string>> = {
      '': 'at 0: expected [ or (, found the end',
      '[': 'at 1: expected an object path (type:property), found the end',
      '[]': 'at 1: expected an object path (type:property), found "]"',
      '[a:b]': 'at 4: expected an operator, found "]"',
      "[a:b = 'x'": 'at 10: expected AND, OR or ], found the end',
      "[a:b = 'x']]": 'at 11: expected AND, OR, FOLLOWEDBY, a qualifier or the end, found "]"',
      "[a:b = 'x' and a:c = 'y']": 'at 11: expected AND, OR or ] (keywords are written in capitals), found "and a:c = \'y\']"',
      "[a:b = 'x": 'at 7: the string has no end',
      "[a:b = 'x\\n']": "at 9: only ' and \\ may follow a backslash in a string",
      '[a:b = "x"]': 'at 7: expected a constant, found "\\"x\\"]"',
      '[a:b = 007]': 'at 7: expected a number without leading zeros or exponent, found "007]"',
      '[a:b = 1e5]': 'at 8: expected AND, OR or ], found "e5]"',
      "[a:b = h'abc']": 'at 7: not an even number of hexadecimal digits',
      "[a:b = b'abc']": 'at 7: not base64',
      "[a:b = t'2026-02-30T00:00:00Z']": 'at 7: not a timestamp (RFC 3339, UTC)',
      '[a:b < true]': 'at 11: true and false have no order',
      "[a:b IN (1, 'x')]": 'at 15: the constants of a list are of one type',
      "[a:b LIKE h'00']": 'at 10: expected a string in apostrophes, found "h\'00\']"',
      "[a:b ISSUBSET '10.0.0.0/33']": 'at 14: not an address or block of addresses (CIDR)',
      "[file:hashes.SHA-256 = 'x']": 'at 13: expected apostrophes round a name with a hyphen, found "SHA-256 = \'x\']"',
      "[a:IN = 'x']": 'at 3: expected apostrophes round a name that is a keyword, found "IN = \'x\']"',
      "[NOT a:b = 'x']": 'at 1: NOT stands before an operator, after the path (or before EXISTS)',
      "[a:b = 'x' AND c:d = 'y']": 'at 14: what AND joins in brackets must hold for one object, so it must begin with one type',
      "[(a:b = 'x' OR c:b = 'x') AND d:d = 'y']": 'at 29: what AND joins in brackets must hold for one object, so it must begin with one type',
      "[a:b = 'x'] START '2026-01-01T00:00:00Z' STOP '2026-01-02T00:00:00Z'":
        "at 18: expected t'…' (a timestamp without t is STIX 2.0), found \"'2026-01-01T00:00:00\"",
      "[a:b = 'x'] WITHIN 0.0 SECONDS": 'at 19: expected a positive number of seconds, found "0.0 SECONDS"',
      "[a:b = 'x'] REPEATS 0 TIMES": 'at 20: expected a positive integer (at most 2^53 - 1), found "0 TIMES"',
      "[a:b = 'x'] REPEATS 1.5 TIMES": 'at 20: expected a positive integer (at most 2^53 - 1), found "1.5 TIMES"',
      "[a:b = 'x'] WITHIN 5 MINUTES": 'at 21: expected SECONDS, found "MINUTES"',
      "[a:b = 'x'] /* on": 'at 12: the comment has no end',
      "[a:b = '\ud800']": 'at 0: half of a surrogate pair',
    }
    for (const [pattern, fault] of Object.entries(faults)) expect(faultOfPattern(pattern), pattern).toBe(fault)
    expect(faultOfPattern("[(a:b = 'x' OR c:b = 'x') AND c:d = 'y']")).toBeUndefined()
  })

  it('is bounded in length, depth and number of parts', () => {
    const nested = (depth: number): string => `${'('.repeat(depth)}[a:b = 1]${')'.repeat(depth)}`
    expect(faultOfPattern(nested(LIMITS.depth))).toBeUndefined()
    expect(faultOfPattern(nested(LIMITS.depth + 1))).toMatch(/more than 64 parentheses/)
    expect(faultOfPattern(`[${'('.repeat(30_000)}`)).toMatch(/more than 64 parentheses/)
    expect(faultOfPattern(`[a:b = '${'x'.repeat(LIMITS.octets)}']`)).toBe('at 0: longer than 65536 octets')
    expect(faultOfPattern(`[a:b = '${'é'.repeat(40_000)}']`)).toBe('at 0: longer than 65536 octets')
    expect(faultOfPattern(`[a:b IN (${'1,'.repeat(12_000)}1)]`)).toMatch(/more than 10000/)
    expect(faultOfPattern(`[a:b${'[*]'.repeat(12_000)} = 1]`)).toMatch(/more than 10000/)
  })
})

describe('texts that are hardly patterns', () => {
  const pieces = fc.constantFrom(
    ...`[ ] ( ) a:b x-y:z.'k' [*] [0] = != IN LIKE 'x' t'2026-01-01T00:00:00Z' h'00' b'AA==' 5 -1.5 true AND OR NOT EXISTS FOLLOWEDBY WITHIN SECONDS REPEATS TIMES START STOP . , : // /* */ ' \\ é \u0000`.split(
      ' ',
    ),
  )
  test.prop(
    [
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.array(pieces, { maxLength: 14 }).map((all) => all.join(' ')),
        fc.array(pieces, { maxLength: 14 }).map((all) => all.join('')),
      ),
    ],
    {
      numRuns: 2_000,
    },
  )('are refused with a place inside, or read and printed again', (text) => {
    const parsed = parsePattern(text)
    if ('fault' in parsed) {
      expect(parsed.offset).toBeGreaterThanOrEqual(0)
      expect(parsed.offset).toBeLessThanOrEqual(text.length)
    } else expect(parsePattern(printPattern(parsed.pattern))).toEqual(parsed)
  })
})

describe('printing patterns', () => {
  test.prop([anyPattern], { numRuns: 300 })('gives text that reads as the same tree', (pattern) => {
    const text = printPattern(pattern)
    const parsed = parseInFull(text)
    // What the generator makes longer than a pattern may be proves nothing.
    fc.pre(!('fault' in parsed && parsed.fault.includes('more than')))
    expect(parsed, text).toEqual({ pattern })
  })
})

describe('the short way', () => {
  const part = fc
    .tuple(
      fc.constantFrom('file', 'ipv4-addr', 'File', 'AND', 'x_y'),
      fc.constantFrom(
        'value',
        'hashes.MD5',
        "hashes.'SHA-256'",
        'IN',
        'true',
        'hashes.SHA-256',
        "'name'",
        "a.'b.c'.d",
        'a[0]',
        'a.OR',
        'a.true',
        'Type',
        'NOTE',
      ),
      fc.constantFrom(' = ', '=', '  =\t', ' != ', ' = = '),
      fc.constantFrom(`'${SHA}'`, "''", "'a\\'b'", '5', "'x", "'a OR b'", "'é\ud83d\ude00'", "'\ud83d'"),
    )
    .map((parts) => parts.join('').replace(/^([^a-z]*[a-z0-9-]*)/i, '$1'))
  const simple = fc
    .tuple(
      fc.constantFrom('[', ' [', '[ ', '(['),
      fc.array(fc.tuple(part, fc.constantFrom(' OR ', ' OR ', ' AND ', ' OR', '  ')), { minLength: 1, maxLength: 3 }),
      fc.constantFrom(']', ' ]', '] ', ''),
    )
    .map(([open, parts, close]) =>
      `${open}${parts.map(([each, joiner], at) => (at === 0 ? each : `${joiner}${each}`)).join('')}${close}`.replaceAll(
        /(file|addr|File|AND|x_y)(?=[a-zA-Z'])/g,
        '$1:',
      ),
    )

  test.prop([simple], { numRuns: 1_000 })('gives the tree of the full grammar, or leaves the pattern to it', (text) => {
    const short = parseSimple(text)
    if (short) expect(parseInFull(text)).toEqual({ pattern: short })
  })

  it('is taken by what most indicators are', () => {
    for (const pattern of [
      `[file:hashes.'SHA-256' = '${SHA}']`,
      `[domain-name:value = 'bad.example' OR ipv4-addr:value = '198.51.100.7']`,
      `[file:name = 'a' AND file:hashes.MD5 = 'b']`,
      `[ url:value='http://bad.example/' ]`,
    ]) {
      expect(parseSimple(pattern), pattern).toBeDefined()
      expect(parseInFull(pattern)).toEqual({ pattern: parseSimple(pattern) })
    }
  })
})
