import { fc } from '@fast-check/vitest'
import { join, type Condition, type Literal, type ObjectPath, type Pattern, type Step } from '#exchange/stix/patterns/syntax-tree.ts'

/** Patterns in normal form, as trees, of every construct that the language has. */

const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 12 }), fc.constantFrom("'", '\\', "\\'", '%_', 'a\nb', '\u{1F600}', 'é', ''))
const digits = fc.bigInt({ min: 0n, max: 10n ** 40n }).map(String)
const integer = fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }).map(String)
const fraction = fc
  .tuple(fc.bigInt({ min: 0n, max: 10n ** 6n }), fc.integer({ min: 0, max: 9999 }))
  .map(([whole, part]) => `${whole}.${part === 0 ? '0' : trim(String(part))}`)
const timestamp = fc
  .tuple(
    fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }),
    fc.constantFrom('', '.5', '.000001', '.123456789'),
  )
  .map(([date, part]) => `${date.toISOString().slice(0, 19)}${part}Z`)
const hex = fc.uint8Array({ maxLength: 6 }).map((octets) => Buffer.from(octets).toString('hex'))
const binary = fc.uint8Array({ maxLength: 6 }).map((octets) => Buffer.from(octets).toString('base64'))
const orderable: fc.Arbitrary<Literal> = fc.oneof(
  text.map((each) => ({ type: 'string' as const, text: each })),
  integer.map((each) => ({ type: 'integer' as const, text: each })),
  fraction.map((each) => ({ type: 'float' as const, text: each })),
  hex.map((each) => ({ type: 'hex' as const, text: each })),
  binary.map((each) => ({ type: 'binary' as const, text: each })),
  timestamp.map((each) => ({ type: 'timestamp' as const, text: each })),
)
const literal = fc.oneof(
  { weight: 6, arbitrary: orderable },
  { weight: 1, arbitrary: fc.constantFrom<Literal>({ type: 'boolean', text: 'true' }, { type: 'boolean', text: 'false' }) },
)
const key = fc.oneof(fc.constantFrom('name', 'SHA-256', 'AND', 'true', 'src_ref', '', "it's", 'a.b', '[*]', 'é'), text)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: key },
  { weight: 1, arbitrary: fc.integer({ min: -2, max: 9 }) },
  { weight: 1, arbitrary: fc.constant(null) },
)
const path = (types: readonly string[]): fc.Arbitrary<ObjectPath> =>
  fc.tuple(fc.constantFrom(...types), key, fc.array(step, { maxLength: 3 })).map(([type, first, rest]) => ({ type, steps: [first, ...rest] }))

function test(types: readonly string[]): fc.Arbitrary<Condition> {
  const not = fc.boolean()
  return fc.oneof(
    fc.record({ kind: fc.constant('comparison' as const), path: path(types), not, operator: fc.constantFrom('=', '!='), operand: literal }),
    fc.record({ kind: fc.constant('comparison' as const), path: path(types), not, operator: fc.constantFrom('<', '>', '<=', '>='), operand: orderable }),
    fc.record({
      kind: fc.constant('comparison' as const),
      path: path(types),
      not,
      operator: fc.constantFrom('LIKE', 'MATCHES'),
      operand: text.map((each) => ({ type: 'string' as const, text: each })),
    }),
    fc.record({
      kind: fc.constant('comparison' as const),
      path: path(types),
      not,
      operator: fc.constantFrom('ISSUBSET', 'ISSUPERSET'),
      operand: fc.constantFrom<Literal>({ type: 'string', text: '198.51.100.0/24' }, { type: 'string', text: '2001:db8::/32' }),
    }),
    fc.record({
      kind: fc.constant('in' as const),
      path: path(types),
      not,
      operands: fc.array(
        text.map((each) => ({ type: 'string' as const, text: each })),
        { maxLength: 3 },
      ),
    }),
    fc.record({ kind: fc.constant('exists' as const), path: path(types), not }),
  )
}

/** Conditions whose AND is over one type; OR mixes types. */
function condition(types: readonly string[], depth: number): fc.Arbitrary<Condition> {
  if (depth === 0) return test(types)
  const parts = (within: readonly string[]): fc.Arbitrary<Condition[]> => fc.array(condition(within, depth - 1), { minLength: 2, maxLength: 3 })
  return fc.oneof(
    test(types),
    parts(types).map((all) => join('any', all)),
    fc.constantFrom(...types).chain((type) => parts([type]).map((all) => join('all', all))),
  )
}

function tree(depth: number): fc.Arbitrary<Pattern> {
  const bracket = condition(['file', 'url', 'x-own-type'], 2).map((of) => ({ kind: 'bracket' as const, of }))
  if (depth === 0) return bracket
  const of = tree(depth - 1)
  return fc.oneof(
    bracket,
    fc.tuple(fc.constantFrom('and', 'or', 'followedby'), fc.array(of, { minLength: 2, maxLength: 3 })).map(([kind, parts]) => join(kind, parts)),
    fc.record({ kind: fc.constant('repeats' as const), of, times: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }) }),
    fc.record({
      kind: fc.constant('within' as const),
      of,
      seconds: fc.oneof(
        fraction.filter((each) => Number(each) > 0),
        digits.filter((each) => each !== '0'),
      ),
    }),
    fc.record({ kind: fc.constant('startstop' as const), of, start: timestamp, stop: timestamp }),
  )
}

export const anyPattern = tree(3)

function trim(digits: string): string {
  return digits.replace(/(?<=.)0+$/, '')
}
