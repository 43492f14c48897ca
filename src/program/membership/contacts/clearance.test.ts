import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { DUTY_TO_REPORT, NO_CEILING } from '#program/embargo/may-read.ts'
import { NO_CLEARANCE, isSameClearance, widens, type CeilingOf, type Clearance } from '#program/membership/contacts/clearance.ts'

const ceilingOf: CeilingOf = (policy) => [NO_CEILING, DUTY_TO_REPORT].find((ceiling) => ceiling.policy === policy)
const PRODUCTS = ['Parser', 'Browser', 'Kernel']
const clearances: fc.Arbitrary<Clearance> = fc.record({
  products: fc.uniqueArray(fc.constantFrom(...PRODUCTS, '*')),
  proofOfConcept: fc.boolean(),
  jurisdiction: fc.constantFrom(null, 'unrestricted@1', 'duty-to-report@1', 'unknown@7'),
})

/** Everything that a clearance lets through, spelt out: product, part, from when. */
function reach({ products, proofOfConcept, jurisdiction }: Clearance): Set<string> {
  const ceiling = ceilingOf(jurisdiction)
  const names = products.includes('*') ? [...PRODUCTS, 'any other'] : products
  const parts = (ceiling?.parts ?? []).filter((part) => part !== 'proof-of-concept' || proofOfConcept)
  const times = ceiling?.notBefore === 'window' ? ['release', 'window'] : ['release']
  return new Set(names.flatMap((name) => parts.flatMap((part) => times.map((time) => `${name}/${part}/${time}`))))
}
const sound = (judge: typeof widens) =>
  fc.property(clearances, clearances, (before, after) => judge(before, after, ceilingOf) || reach(after).isSubsetOf(reach(before)))

describe('widening a clearance', () => {
  it('is never missed: what does not widen lets nothing more through', () => fc.assert(sound(widens), { numRuns: 2000 }))

  const blind: [string, (clearance: Clearance, before: Clearance) => Clearance][] = [
    ['products', (clearance, { products }) => ({ ...clearance, products })],
    ['proofs of concept', (clearance, { proofOfConcept }) => ({ ...clearance, proofOfConcept })],
    ['the place of work', (clearance, { jurisdiction }) => ({ ...clearance, jurisdiction })],
  ]
  it.each(blind)('would be missed by a judge that is blind to %s', (_, hide) => {
    const judge = (before: Clearance, after: Clearance, ceilings: CeilingOf) => widens(before, hide(after, before), ceilings)
    expect(fc.check(sound(judge), { numRuns: 2000 }).failed).toBe(true)
  })

  test.prop([clearances])('is not to keep what there is, nor to take all of it away', (clearance) => {
    expect([widens(clearance, clearance, ceilingOf), widens(clearance, NO_CLEARANCE, ceilingOf)]).toEqual([false, false])
    expect(isSameClearance(clearance, { ...clearance, products: clearance.products.toReversed() })).toBe(true)
  })

  test.prop([clearances, clearances, clearances])('cannot be hidden in steps: of a way that ends wider, some step widens', (a, b, c) => {
    if (reach(c).isSubsetOf(reach(a))) return
    expect(widens(a, b, ceilingOf) || widens(b, c, ceilingOf)).toBe(true)
  })

  it('is what cannot be compared', () => {
    const at = (jurisdiction: string | null): Clearance => ({ products: ['Parser'], proofOfConcept: false, jurisdiction })
    const verdict = (from: string | null, to: string | null) => widens(at(from), at(to), ceilingOf)
    expect([verdict('unknown@7', 'duty-to-report@1'), verdict('duty-to-report@1', 'unknown@7'), verdict(null, 'unknown@7')]).toEqual([true, true, true])
    expect([verdict('unrestricted@1', 'duty-to-report@1'), verdict('unrestricted@1', null)]).toEqual([false, false])
    expect(verdict('duty-to-report@1', 'unrestricted@1')).toBe(true)
  })
})
