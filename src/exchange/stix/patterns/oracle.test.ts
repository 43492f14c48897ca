import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { compilePattern, matchPattern } from '#exchange/stix/patterns/match.ts'
import { fromEpochMicroseconds } from '#exchange/stix/instant.ts'
import type { Observation } from '#exchange/stix/patterns/observation.ts'
import { printPattern } from '#exchange/stix/patterns/print.ts'
import { join, type Condition, type Pattern } from '#exchange/stix/patterns/syntax-tree.ts'

/**
 * The meaning of patterns over several observations, found by trying everything: each observed-data is so many units, each unit has each
 * instant of its window, and a pattern is the set of all ways to bind units to instants that satisfy it.
 */
interface Unit {
  readonly observation: number
  readonly number: number
  readonly instant: number
}
type Binding = readonly Unit[]

const BASE = Date.UTC(2026, 0, 1) * 1000

function bindings(pattern: Pattern, observations: readonly Observation[]): Binding[] {
  switch (pattern.kind) {
    case 'bracket':
      return observations.flatMap((observed, observation) =>
        holds(pattern.of, observed)
          ? Array.from({ length: observed.count }, (_, number) => number).flatMap((number) =>
              Array.from({ length: observed.last - observed.first + 1 }, (_, at) => [{ observation, number, instant: observed.first + at }]),
            )
          : [],
      )
    case 'or':
      return unique(pattern.parts.flatMap((part) => bindings(part, observations)))
    case 'and':
    case 'followedby':
      return combine(
        pattern.parts.map((part) => bindings(part, observations)),
        pattern.kind === 'followedby',
      )
    case 'repeats':
      return combine(
        Array.from({ length: pattern.times }, () => bindings(pattern.of, observations)),
        false,
      )
    case 'within':
      return bindings(pattern.of, observations).filter(
        (each) => Math.max(...instants(each)) - Math.min(...instants(each)) < Math.round(Number(pattern.seconds) * 1e6),
      )
    default:
      return bindings(pattern.of, observations).filter((each) => instants(each).every((at) => at >= micro(pattern.start) && at < micro(pattern.stop)))
  }
}

function combine(parts: readonly Binding[][], ordered: boolean): Binding[] {
  return parts.reduce((all, next) =>
    unique(
      all.flatMap((left) =>
        next
          .filter((right) => right.every((unit) => !left.some((other) => other.observation === unit.observation && other.number === unit.number)))
          .filter((right) => !ordered || Math.max(...instants(left)) <= Math.min(...instants(right)))
          .map((right) => [...left, ...right]),
      ),
    ),
  )
}

/** Bindings of the same units to the same instants are one. */
function unique(all: readonly Binding[]): Binding[] {
  const keyOf = (binding: Binding): string =>
    binding
      .map(({ observation, number, instant }) => `${observation}.${number}@${instant}`)
      .sort()
      .join()
  return [...new Map(all.map((binding) => [keyOf(binding), binding])).values()]
}

function instants(binding: Binding): number[] {
  return binding.map(({ instant }) => instant)
}

function micro(text: string): number {
  return BASE + Number(text.slice(-7, -1))
}

function holds(condition: Condition, { objects }: Observation): boolean {
  if (condition.kind !== 'in') throw new Error('the generator makes lists only')
  return objects.some(({ v }) => condition.operands.some(({ text }) => text === v))
}

const bracket = fc.subarray(['a', 'b', 'c'], { minLength: 1, maxLength: 2 }).map((values): Pattern => ({
  kind: 'bracket',
  of: { kind: 'in', path: { type: 'x', steps: ['v'] }, not: false, operands: values.map((text) => ({ type: 'string', text })) },
}))

function tree(depth: number): fc.Arbitrary<Pattern> {
  if (depth === 0) return bracket
  const of = tree(depth - 1)
  return fc.oneof(
    bracket,
    fc.tuple(fc.constantFrom('and', 'or', 'followedby'), fc.array(of, { minLength: 2, maxLength: 3 })).map(([kind, parts]): Pattern => join(kind, parts)),
    fc.record({ kind: fc.constant('repeats' as const), of, times: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ kind: fc.constant('within' as const), of, seconds: fc.constantFrom('0.000001', '0.000002', '0.000003') }),
    fc.tuple(of, fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 5 })).map(([of, from, length]): Pattern => ({
      kind: 'startstop',
      of,
      start: fromEpochMicroseconds(BASE + from),
      stop: fromEpochMicroseconds(BASE + from + length),
    })),
  )
}

const observation = fc
  .tuple(
    fc.integer({ min: 0, max: 4 }),
    fc.integer({ min: 0, max: 2 }),
    fc.constantFrom(1, 1, 1, 2),
    fc.subarray(['a', 'b', 'c'], { minLength: 1, maxLength: 2 }),
  )
  .map(([first, length, count, values]): Observation => ({
    first: BASE + first,
    last: BASE + first + length,
    count,
    objects: values.map((v) => ({ type: 'x', v })),
    find: () => undefined,
  }))

describe('patterns over several observations', () => {
  test.prop([tree(3), fc.array(observation, { maxLength: 4 })], { numRuns: 1_500 })(
    'match exactly where trying everything finds a way',
    (pattern, observations) => {
      const found = bindings(pattern, observations).length > 0
      expect(matchPattern(compilePattern(pattern), observations), printPattern(pattern)).toBe(found ? 'match' : 'none')
    },
  )
})
