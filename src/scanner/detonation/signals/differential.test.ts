import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { detonation, environment, happening } from '#test/harness/detonation/runs.ts'
import type { Detonation, EndState, Happening } from '../contract.ts'
import { comparePatches, reactionOf, supportsNotSeen, type FixedIn } from './differential.ts'

const FIXES: readonly FixedIn[] = [
  { cve: 'CVE-2022-38784', version: '22.12.0-1', source: 'changelog' },
  { cve: 'CVE-2020-27778', version: '20.09.0-1', source: 'changelog' },
  { cve: 'CVE-2024-6239', version: '24.06.1-1', source: 'changelog' },
]
const shell = happening('process-start', { pid: 900, parent: 812, image: '/bin/sh', arguments: ['sh'] })
const fault = (of: object) => happening('fault', { pid: 812, image: '/usr/bin/pdftoppm', signal: 'SIGSEGV', stack: ['a+0x1'], ...of })
const wild = fault({ address: '0x123456789', access: 'write' })
const nullRead = fault({ address: '0x8', access: 'read' })
const runs = (age: 'older' | 'current', ...each: readonly (readonly Happening[])[]) =>
  each.map((happenings) =>
    detonation(happenings, { environment: environment('poppler', age), end: happenings.some(({ kind }) => kind === 'fault') ? 'crashed' : 'rendered' }),
  )
const compare = (older: readonly Detonation[], current: readonly Detonation[]) => comparePatches(older, current, FIXES)

describe('the same document in two versions', () => {
  it('exploits something fixed if only the older reacts, with what the list says of the window', () => {
    for (const reaction of [shell, wild, nullRead])
      expect(compare(runs('older', [reaction], [reaction]), runs('current', [], []))).toMatchObject({ kind: 'fixed', candidates: [{ cve: 'CVE-2022-38784' }] })
    expect(comparePatches(runs('older', [shell], [shell]), runs('current', [], []))).toMatchObject({ kind: 'fixed', candidates: [] })
  })

  it('is a zero-day candidate if the current one reacts too, after repetition', () => {
    expect(compare(runs('older', [shell], [shell]), runs('current', [shell], [shell]))).toMatchObject({ kind: 'zero-day-candidate', reaction: 'effect' })
    expect(compare(runs('older', [wild], [wild]), runs('current', [wild], [wild]))).toMatchObject({ kind: 'zero-day-candidate', reaction: 'damage' })
    expect(compare(runs('older', [], []), runs('current', [shell], [shell]))).toMatchObject({ kind: 'zero-day-candidate' })
    expect(compare(runs('older', [nullRead], [nullRead]), runs('current', [nullRead], [nullRead]))).toMatchObject({ kind: 'open-crash' })
  })

  it('is a zero-day candidate, too, where only the current one was opened and reacts in two runs', () => {
    expect(compare([], runs('current', [shell], [shell]))).toMatchObject({ kind: 'zero-day-candidate', reaction: 'effect' })
    expect(compare([], runs('current', [wild], [wild]))).toMatchObject({ kind: 'zero-day-candidate', reaction: 'damage' })
    for (const once of [runs('current', [shell]), runs('current', [shell], []), runs('current', [nullRead], [nullRead]), runs('older', [shell], [shell]), []])
      expect(compare([], once)).toMatchObject({ kind: 'undecided', repeat: [] })
    // How old an operator's own guest is, nobody here knows.
    const own = runs('current', [shell], [shell]).map((one): Detonation => ({ ...one, environment: { ...one.environment, driver: 'windows' } }))
    expect(compare([], own)).toMatchObject({ kind: 'undecided' })
  })

  it('claims nothing before both are repeated', () => {
    expect(compare(runs('older', [shell], [shell]), runs('current', []))).toMatchObject({ kind: 'undecided', repeat: ['current'] })
    expect(compare(runs('older', [shell]), runs('current', [], []))).toMatchObject({ kind: 'undecided', repeat: ['older'] })
    expect(compare(runs('older', [shell]), runs('current', [shell]))).toMatchObject({ kind: 'undecided', repeat: ['older', 'current'] })
    expect(compare(runs('older', [wild], [{ ...wild, stack: ['b+0x2'] } as Happening]), runs('current', [], []))).toMatchObject({
      kind: 'undecided',
      repeat: ['older'],
    })
    expect(compare(runs('older', []), runs('current', []))).toMatchObject({ kind: 'nothing' })
    expect(compare(runs('older', [shell], [shell]), [])).toMatchObject({ kind: 'undecided' })
    expect(compare(runs('current', [shell], [shell]), runs('older', [], []))).toMatchObject({ kind: 'undecided', repeat: [] })
  })

  it('takes no other end for "not seen", and none of a run that lost events', () => {
    for (const end of ['hung', 'killed', 'agent-silenced', 'crashed'] as const) {
      const silent = [1, 2].map(() => detonation([], { environment: environment('poppler'), end }))
      expect(silent.some(supportsNotSeen)).toBe(false)
      expect(compare(runs('older', [shell], [shell]), silent)).toMatchObject({ kind: 'undecided' })
    }
    const lost = runs('current', [happening('dropped', { of: 'trace', count: 5 })], [happening('silence', { of: 'trace', detail: 'cut off' })])
    expect(reactionOf(lost)).toMatchObject({ kind: 'undecided' })
    // The control: the same runs without a loss do support it.
    expect(reactionOf(runs('current', [], []))).toMatchObject({ kind: 'none', repeated: true })
  })

  it('never claims more than its runs show', () => {
    const run = (age: 'older' | 'current') =>
      fc
        .tuple(
          fc.constantFrom(shell, wild, nullRead, undefined),
          fc.constantFrom<EndState[]>('rendered', 'idle', 'crashed', 'hung', 'killed', 'agent-silenced'),
        )
        .map(([one, end]) => detonation(one ? [one] : [], { environment: environment('poppler', age), end }))
    fc.assert(
      fc.property(fc.array(run('older'), { maxLength: 4 }), fc.array(run('current'), { maxLength: 4 }), (older, current) => {
        const { kind } = compare(older, current)
        const reacting = (all: readonly Detonation[]) => all.filter(({ happenings }) => happenings.length > 0).length
        if (kind === 'zero-day-candidate' || kind === 'open-crash') expect(reacting(current)).toBeGreaterThan(1)
        if (kind === 'fixed') expect([reacting(older) > 1, reacting(current), current.filter(supportsNotSeen).length > 1]).toEqual([true, 0, true])
        if (kind === 'nothing') expect([...older, ...current].some(supportsNotSeen)).toBe(true)
      }),
    )
  })
})
