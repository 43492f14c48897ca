import { fc } from '@fast-check/vitest'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { Budget, Damaged, LimitReached } from '#scanner/intake/limits.ts'
import { check } from './check.ts'
import { documents, type Documents } from './documents.ts'
import { FINDINGS } from './findings.ts'
import { bitFlips, truncations } from './mutations.ts'
import type { Target } from './target.ts'
import { targetOf, TARGETS } from './targets.ts'

const SCANNER = join(import.meta.dirname, '../../src/scanner')
/** Files of formats/ that others ask for values, but that read no bytes: names, constants and pure functions of what a reader read. */
const NO_READERS = new Set([
  'archive-keys.ts',
  'bytes.ts',
  'javascript/objects.ts',
  'mapi.ts',
  'ole-classes.ts',
  'pdf-lexer.ts',
  'pdf-predictor.ts',
  'xlm-workbook.ts',
])

let made: Documents
beforeAll(async () => {
  made = await documents()
})

/** Seeds of a target: the shortest is cut off at every byte, the others at some places. */
function prefixes(seeds: readonly Buffer[]): Buffer[] {
  const [first, ...others] = [...seeds].sort((a, b) => a.length - b.length)
  return [...truncations(first!, 1000), ...others.slice(0, 6).flatMap((seed) => [...truncations(seed, 30)])]
}

describe.each(TARGETS.filter(({ name }) => name !== 'reports/scan-report.ts').map((target) => [target.name, target] as const))('%s', (_, target) => {
  it('has seeds, is answered whole, and shows something', () => {
    const seeds = target.seeds(made)
    expect(seeds.length).toBeGreaterThan(0)
    for (const seed of seeds) check(target, seed)
    // Control: not all that follows is refused at its first byte.
    expect(seeds.some((seed) => answers(target, seed))).toBe(true)
  })

  it('is answered cut off at every byte, and with bits changed', () => {
    const seeds = target.seeds(made)
    for (const [i, bytes] of prefixes(seeds).entries()) check(target, bytes, { twice: i % 16 === 0 })
    for (const seed of seeds.slice(0, 6)) for (const [i, bytes] of [...bitFlips(seed, 40)].entries()) check(target, bytes, { twice: i % 16 === 0 })
  })

  it('is answered with pieces changed and moved', () => {
    const seeds = target.seeds(made).filter(({ length }) => length > 0 && length < 10_000)
    if (seeds.length === 0) return
    const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
    fc.assert(
      fc.property(
        fc.constantFrom(...seeds),
        fc.array(fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 4 })), { maxLength: 8 }),
        place,
        place,
        (seed, changes, from, to) => {
          const copy = Buffer.from(seed)
          for (const [at, bytes] of changes) copy.set(bytes.subarray(0, copy.length - Math.floor(at * copy.length)), Math.floor(at * copy.length))
          const [a, b] = [from, to].map((at) => Math.floor(at * copy.length)) as [number, number]
          check(target, Buffer.concat([copy.subarray(0, a), copy.subarray(b)]), { twice: false })
        },
      ),
      { numRuns: 40 },
    )
  })
})

it.each(FINDINGS)('$target: $was', ({ target, bytes }) => {
  check(targetOf(target), bytes())
})

describe('the checks', () => {
  const target = (read: Target['read']): Target => ({ name: 'one', read, seeds: () => [] })
  const bytes = Buffer.from('abc')

  it('let pass what ends with its damage or limit', () => {
    for (const error of [new Damaged('a'), new LimitReached('steps')])
      check(
        target(() => {
          throw error
        }),
        bytes,
      )
  })

  it.each<[string, Target['read']]>([
    ['threw something else', (given) => given.readUInt32LE(0)],
    ['changed its input', (given) => given.fill(0)],
    ['answered otherwise', () => ({ at: performance.now() })],
    [
      'after its budget was spent',
      (_, budget) => {
        for (let i = 0; i < 2000; i++)
          try {
            budget.takeBytes(2 ** 20)
          } catch {
            // A reader that takes a limit for damage.
          }
      },
    ],
    [
      'processor time',
      () => {
        const from = process.cpuUsage()
        while (process.cpuUsage(from).user < 40_000);
      },
    ],
  ])('find a reader that %s', (what, read) => expect(() => check(target(read), bytes, { mostCpuMs: 30 })).toThrow(what))
})

/** What a file imports, as paths below src/scanner. */
function imports(file: string, { types = false } = {}): string[] {
  const text = readFileSync(join(SCANNER, file), 'utf8')
  return [...text.matchAll(/^(?:import|export) ([^;]*?) from '([^']+)'/gm)].flatMap(([, names, from]) => {
    if (!types && (names!.startsWith('type ') || /^\{(\s*type \w+,?)+\s*\}$/.test(names!))) return []
    return from!.startsWith('#scanner/') ? [from!.slice('#scanner/'.length)] : from!.startsWith('.') ? [join(dirname(file), from!)] : []
  })
}

function filesOf(folder: string): string[] {
  return readdirSync(join(SCANNER, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => join(folder, name))
}

describe('every reader', () => {
  const named = new Set(TARGETS.map(({ name }) => name.replace(/ \(.*/, '')))
  const outside = filesOf('.').filter((file) => !file.startsWith('formats/'))
  const asked = new Set(
    outside.flatMap((file) => imports(file)).filter((file) => file.startsWith('formats/') && !NO_READERS.has(file.slice('formats/'.length))),
  )

  it('that an opener asks has a target', () => {
    expect([...asked].filter((file) => !named.has(file)).sort()).toEqual([])
    expect(asked.size).toBeGreaterThan(50)
  })

  it('of a piece is reached from one that has a target', () => {
    const reached = new Set([...named, ...[...NO_READERS].map((file) => `formats/${file}`)].filter((file) => file.startsWith('formats/')))
    for (const file of reached) for (const next of imports(file, { types: true })) if (next.startsWith('formats/')) reached.add(next)
    expect(filesOf('formats').filter((file) => !reached.has(file))).toEqual([])
  })

  it('is named once, by a file that is there', () => {
    expect(TARGETS.map(({ name }) => name).filter((name, i, all) => all.indexOf(name) !== i)).toEqual([])
    const files = new Set(filesOf('.'))
    expect([...named].filter((file) => !files.has(file))).toEqual([])
  })
})

function answers(target: Target, seed: Buffer): boolean {
  try {
    target.read(seed, new Budget())
    return true
  } catch {
    return false
  }
}
