import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { compilePattern, matchPattern } from '#exchange/stix/patterns/match.ts'
import { observationOf, type Observation } from '#exchange/stix/patterns/observation.ts'
import { parsePattern } from '#exchange/stix/patterns/parse.ts'
import { StandingPatterns } from '#exchange/stix/patterns/standing.ts'

function observed(second: number, objects: readonly object[], count = 1): Observation {
  const at = new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString()
  return observationOf({ first_observed: at, last_observed: at, number_observed: count, objects: Object.fromEntries(objects.entries()) }, () => undefined)!
}

const compiled = (text: string): ReturnType<typeof compilePattern> => {
  const parsed = parsePattern(text)
  if ('fault' in parsed) throw new Error(`${text}: ${parsed.fault}`)
  return compilePattern(parsed.pattern)
}

/** Conditions and objects over few values, so that they meet often. */
const operand = fc.constantFrom(
  `'a'`,
  `'b'`,
  `''`,
  '1',
  '1.0',
  '2',
  'true',
  `h'61'`,
  `b'Yg=='`,
  `t'2026-01-01T00:00:00Z'`,
  `t'2026-01-01T00:00:00.50Z'`,
  `'\u0000n1'`,
)
const path = fc.constantFrom('v', 'list[*]', 'list[0]', 'o_ref.v', 'o_refs[*].v', 'in.v', 'o_hex', "'d-d'.e[*].f", 'in.in.v', 'o_refs[*].o_refs[*].v')
const comparison = (type: string): fc.Arbitrary<string> =>
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .tuple(path, fc.constantFrom('=', '=', '=', '!=', 'NOT ='), operand)
        .map(([at, operator, constant]) => `${type}:${at} ${operator} ${constant}`),
    },
    fc
      .tuple(path, fc.constantFrom('IN', 'NOT IN'), fc.constantFrom(`('a', 'b')`, '(1, 2.0)', '()'))
      .map(([at, operator, list]) => `${type}:${at} ${operator} ${list}`),
    fc.tuple(path, fc.constantFrom(`LIKE 'a%'`, `MATCHES '^[ab]$'`, `> 'a'`, '<= 1', `NOT LIKE '%'`)).map(([at, rest]) => `${type}:${at} ${rest}`),
    fc.tuple(path, fc.constantFrom('', 'NOT ')).map(([at, not]) => `${not}EXISTS ${type}:${at}`),
    fc
      .tuple(
        fc.constantFrom('ISSUBSET', 'ISSUBSET', 'ISSUPERSET', 'NOT ISSUBSET'),
        fc.constantFrom('10.0.0.0/8', '10.1.0.0/16', '0.0.0.0/0', '::/0', '10.1.2.3'),
      )
      .map(([operator, block]) => `${type}:v ${operator} '${block}'`),
  )
const bracket = fc.constantFrom('x', 'y').chain((type) =>
  fc.oneof(
    comparison(type).map((each) => `[${each}]`),
    fc.array(comparison(type), { minLength: 2, maxLength: 3 }).map((all) => `[${all.join(' AND ')}]`),
    fc.tuple(comparison(type), comparison('x'), comparison('y')).map(([one, two, three]) => `[${one} OR ${two} OR ${three}]`),
    fc.tuple(comparison(type), comparison(type), comparison(type)).map(([one, two, three]) => `[(${one} OR ${two}) AND ${three}]`),
  ),
)
const several = fc
  .tuple(bracket, fc.constantFrom('AND', 'OR', 'FOLLOWEDBY'), bracket, fc.constantFrom('', ' WITHIN 2 SECONDS', ' REPEATS 2 TIMES'))
  .map(([one, operator, two, qualifier]) => `(${one} ${operator} ${two})${qualifier}`)
const value = fc.constantFrom<unknown>(
  'a',
  'b',
  '',
  1,
  2,
  true,
  false,
  '61',
  '62',
  '2026-01-01T00:00:00.0Z',
  '2026-01-01T00:00:00.5Z',
  '10.1.2.3',
  '10.1.0.0/16',
  '::1',
  'c',
  '\u0000n1',
)
const holder = fc.record({ v: value }, { requiredKeys: [] })
const object = fc.record(
  {
    type: fc.constantFrom('x', 'y', 'z'),
    v: value,
    list: fc.array(value, { maxLength: 3 }),
    o_ref: fc.constantFrom('0', '1', '7'),
    o_refs: fc.array(fc.constantFrom('0', '1', '2'), { maxLength: 3 }),
    in: fc.record({ v: value, in: holder }, { requiredKeys: [] }),
    o_hex: fc.constantFrom('61', '62', 'a', '6'),
    'd-d': fc.record({ e: fc.array(fc.record({ f: value })) }),
  },
  { requiredKeys: ['type'] },
)
const observation = fc
  .tuple(fc.integer({ min: 0, max: 5 }), fc.array(object, { minLength: 1, maxLength: 3 }), fc.constantFrom(1, 1, 2))
  .map((parts) => observed(...parts))

describe('standing patterns', () => {
  test.prop(
    [fc.array(fc.oneof({ weight: 3, arbitrary: bracket }, several), { minLength: 1, maxLength: 12 }), fc.array(observation, { minLength: 1, maxLength: 6 })],
    { numRuns: 250 },
  )('find exactly what the matcher finds with each observation in turn', (patterns, observations) => {
    const standing = new StandingPatterns()
    for (const [id, text] of patterns.entries()) expect(standing.add(String(id), text), text).toBeUndefined()
    // Those that are taken away again leave nothing behind.
    for (const [id, text] of patterns.entries()) standing.add(`gone ${id}`, text)
    for (const id of patterns.keys()) expect(standing.remove(`gone ${id}`)).toBe(true)
    for (const [at, each] of observations.entries()) {
      const expected = patterns.flatMap((text, id) =>
        matchPattern(compiled(text), observations.slice(0, at + 1), { taking: at }) === 'match' ? [String(id)] : [],
      )
      const { matched, undecided, complete } = standing.match(each)
      expect({ matched: [...matched].sort(), undecided, complete }).toEqual({ matched: expected.sort(), undecided: [], complete: true })
    }
    for (const id of patterns.keys()) standing.remove(String(id))
    expect(standing.size).toBe(0)
    for (const each of observations) expect(standing.match(each)).toEqual({ matched: [], undecided: [], complete: true })
  })

  it('are replaced by another of the same id, and refused with the reason', () => {
    const standing = new StandingPatterns()
    standing.add('1', `[x:v = 'a']`)
    standing.add('1', `[x:v = 'b']`)
    expect(standing.size).toBe(1)
    expect(standing.match(observed(0, [{ type: 'x', v: 'a' }])).matched).toEqual([])
    expect(standing.match(observed(0, [{ type: 'x', v: 'b' }])).matched).toEqual(['1'])
    expect(standing.add('2', '[x:v')).toMatch(/^at 4/)
    expect(standing.add('3', `[x:v MATCHES '(?=a)']`)).toMatch(/^MATCHES/)
    expect(standing.add('4', `([x:v = 'a'] FOLLOWEDBY [x:v = 'b']) REPEATS 9999 TIMES`)).toBe('needs too many parts')
    expect(standing.remove('2')).toBe(false)
    expect(standing.size).toBe(1)
  })

  it('hang on the part of AND that fewest others hang on', () => {
    const standing = new StandingPatterns({ steps: 300 })
    for (let each = 0; each < 2_000; each++) standing.add(String(each), `[file:mime_type = 'application/x-pdf' AND file:name = 'n${each}']`)
    const match = standing.match(observed(0, [{ type: 'file', mime_type: 'application/x-pdf', name: 'n77' }]))
    expect(match).toEqual({ matched: ['77'], undecided: [], complete: true })
  })

  it('say which they could not decide when the steps are spent, the ones that can be looked up first', () => {
    const standing = new StandingPatterns({ steps: 100 })
    for (let each = 0; each < 200; each++) standing.add(`like ${each}`, `[url:value LIKE '%${each}%']`)
    standing.add('url', `[url:value = 'http://7.example/']`)
    const { matched, undecided, complete } = standing.match(observed(0, [{ type: 'url', value: 'http://7.example/' }]))
    expect(complete).toBe(true)
    expect(matched).toContain('url')
    expect(undecided.length).toBeGreaterThan(100)
    expect(undecided.length).toBeLessThan(200)
    // The next time others get their turn.
    expect(standing.match(observed(0, [{ type: 'url', value: 'http://7.example/' }])).undecided).not.toEqual(undecided)
  })

  it('take no more memory together than they may', () => {
    const standing = new StandingPatterns({ bytes: 500_000 })
    const added = Array.from({ length: 20 }, (_, each) => standing.add(String(each), `[url:value MATCHES '${each}[a-z]{50}']`))
    expect(added.filter((reason) => reason === undefined).length).toBeLessThan(10)
    expect(added.at(-1)).toBe('the standing patterns would take too much memory together')
    for (let each = 0; each < 20; each++) standing.remove(String(each))
    expect(standing.add('1', `[url:value MATCHES 'a']`)).toBeUndefined()
  })

  it('remember no more than they may, and say when what they dropped could have mattered', () => {
    const a = { type: 'x', v: 'a' }
    const b = { type: 'x', v: 'b' }
    const standing = new StandingPatterns({ kept: 3 })
    standing.add('any', `[x:v = 'b'] FOLLOWEDBY [x:v = 'c'] FOLLOWEDBY [x:v = 'a']`)
    standing.add('near', `([x:v = 'b'] FOLLOWEDBY [x:v = 'c'] FOLLOWEDBY [x:v = 'a']) WITHIN 10 SECONDS`)
    standing.match(observed(0, [b]))
    for (const second of [1, 2]) expect(standing.match(observed(second, [a]))).toEqual({ matched: [], undecided: [], complete: true })
    expect(standing.match(observed(3, [a])).undecided).toEqual(['any', 'near'])
    expect(standing.match(observed(50, [a])).undecided).toEqual(['any'])
  })

  it('are not slowed by an observation that is made to be large', () => {
    const standing = new StandingPatterns()
    standing.add('1', `[x:o_refs[*]${'.o_refs[*]'.repeat(200)}.v = 'a']`)
    for (let each = 0; each < 1_000; each++) standing.add(`p${each}`, `[x:o_refs[*].p${each} = 'a']`)
    const names = Array.from({ length: 2_000 }, (_, each) => String(each))
    const begun = process.cpuUsage()
    const { complete } = standing.match(
      observed(
        0,
        names.map(() => ({ type: 'x', o_refs: names, v: 'b' })),
      ),
    )
    expect(complete).toBe(false)
    expect(process.cpuUsage(begun).user).toBeLessThan(3_000_000)
  })
})
