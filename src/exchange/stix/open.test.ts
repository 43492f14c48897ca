import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openOnes, type Standing } from '#exchange/stix/open.ts'

const one = (id: string, refs: string[], properties: Partial<Standing> = {}): Standing => ({ id, object: id, community: true, refs, ...properties })

describe('what members see', () => {
  it('is what is marked for them with all that it leads to, in turn', () => {
    const standing = [
      one('a', ['b', 'x']),
      one('b', ['c']),
      one('c', []),
      one('d', ['e']),
      one('e', [], { community: false }),
      one('f', ['y']),
      one('g', ['d']),
    ]
    expect([...openOnes(standing, new Set(['x']))]).toEqual(['a', 'b', 'c'])
  })

  it('stands or falls together where things refer to one another', () => {
    expect([...openOnes([one('a', ['b']), one('b', ['a']), one('c', ['d']), one('d', ['c', 'gone'])], new Set())]).toEqual(['a', 'b'])
  })

  it('is an object as long as one of its contributions stands', () => {
    const two = [one('b1', ['gone'], { object: 'b' }), one('b2', [], { object: 'b' })]
    expect([...openOnes([one('a', ['b']), ...two], new Set())]).toEqual(['a', 'b2'])
  })

  it('is the largest set in which nothing leads outside', () => {
    const objects = ['a', 'b', 'c', 'd', 'e']
    const ref = fc.constantFrom(...objects, 'open', 'gone')
    const some = fc.array(fc.record({ object: fc.constantFrom(...objects), community: fc.boolean(), refs: fc.array(ref, { maxLength: 3 }) }), { maxLength: 8 })
    const property = fc.property(some, (found) => {
      const standing = found.map((each, n) => ({ ...each, id: String(n) }))
      // As it is defined, step by step.
      let open = standing.filter(({ community }) => community)
      for (let before = -1; before !== open.length;) {
        before = open.length
        const visible = new Set(['open', ...open.map(({ object }) => object)])
        open = open.filter(({ refs }) => refs.every((target) => visible.has(target)))
      }
      expect([...openOnes(standing, new Set(['open']))].sort()).toEqual(open.map(({ id }) => id).sort())
    })
    fc.assert(property, { numRuns: 1000 })
  })
})
