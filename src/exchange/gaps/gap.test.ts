import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gapOf, shownOrganisations } from '#exchange/gaps/gap.ts'

const organisations = fc.nat({ max: 5000 })

describe('the figure that is shown', () => {
  it('is never one to four, never more than there are', () => {
    fc.assert(
      fc.property(organisations, (n) => {
        const shown = shownOrganisations(n)
        expect(shown === 0 || shown >= 5).toBe(true)
        expect(shown).toBeLessThanOrEqual(n)
      }),
    )
  })

  it('differs from every other by nothing or by at least five', () => {
    fc.assert(
      fc.property(organisations, organisations, (a, b) => {
        const apart = Math.abs(shownOrganisations(a) - shownOrganisations(b))
        expect(apart === 0 || apart >= 5).toBe(true)
      }),
    )
    // Control: the counts themselves do not keep the rule.
    const near = fc.tuple(organisations, fc.nat({ max: 9 })).map(([a, more]) => [a, a + more] as const)
    expect(() => fc.assert(fc.property(near, ([a, b]) => a === b || b - a >= 5))).toThrow()
  })

  it('is nothing for what is no count', () => {
    for (const none of [-5, Number.NaN, Number.POSITIVE_INFINITY, 5.5]) expect(shownOrganisations(none)).toBe(0)
  })
})

describe('a gap', () => {
  const seen = { others: 7, sighted: false, shipped: false }

  it("is a vendor's missing protection and a responder's missing sighting", () => {
    expect(gapOf({ ...seen, kind: 'vendor' })).toEqual({ organisations: 5, missing: 'protection' })
    expect(gapOf({ ...seen, kind: 'vendor', sighted: true })).toEqual({ organisations: 5, missing: 'protection' })
    expect(gapOf({ ...seen, kind: 'vendor', shipped: true })).toBeUndefined()
    expect(gapOf({ ...seen, kind: 'responder' })).toEqual({ organisations: 5, missing: 'sighting' })
    expect(gapOf({ ...seen, kind: 'responder', sighted: true })).toBeUndefined()
  })

  it('is not there while fewer than five others saw it', () => {
    for (const kind of ['vendor', 'responder'] as const)
      for (const others of [0, 1, 4]) expect(gapOf({ kind, others, sighted: false, shipped: false })).toBeUndefined()
  })
})
